import type { ReclassifyProgress, ReclassifyReport } from '@vestige/collector/reclassify/reclassify';
import { VestigeError } from '@vestige/core/errors';
import type { Command } from 'commander';
import { EXIT } from '../exit-code.ts';
import { instantMs } from './instant.ts';
import { leaf, run } from './leaf.ts';

interface ReclassifyOptions {
  readonly tenant?: string;
  readonly from?: string;
  readonly to?: string;
  readonly spansPerSecond?: string;
}

const WHAT_IT_DOES = `
Run it after an upgrade that raised the rule set. Day by day, spans stored under an older rule set are derived again
where a rule that concerns them has changed: what they touched, which node ran, who received, and the touches of their
people follow. All other spans are only marked as seen. Stores that have another name since are called by it, in spans,
record refs and runs of batch jobs, and names of spans lose content that is not kept any more.

Not derived again, because the text they came from is not stored: the outcome of a call, which records it was about and
how many, conversations of spans that were no turn of one then. Statements of systems other than
SQL, and names given in dropped content, tell the new rules nothing. Names of nodes follow the aliases and hosts that
are registered now.

May be stopped and started again: it goes on with what is left. Collectors may run, and erasures too: nobody who is
being erased is written again, and an erasure waits for what is being written. On embedded engines stop vestige up.

Ends with 7 when spans are left that a rule tripped over.`;

export function reclassifyCommand(): Command {
  const command = leaf(
    'reclassify',
    'derive the touches of stored spans again after an upgrade of the rules',
    'reclassify --tenant acme --from 2026-11-01 --spans-per-second 5000',
  )
    .option('--tenant <name>', 'this tenant alone; all when absent')
    .option('--from <instant>', 'spans that began at or after, RFC 3339')
    .option('--to <instant>', 'spans that began before, RFC 3339')
    .option('--spans-per-second <number>', 'rest so that it goes no faster')
    .addHelpText('after', WHAT_IT_DOES);
  return run<ReclassifyOptions>(command, async ({ terminal, options }) => {
    const window = { fromUs: us(options.from), toUs: us(options.to) };
    const spansPerSecond = paceOf(options.spansPerSecond);
    const { reclassify } = await import('@vestige/collector/reclassify/reclassify');
    const { CURRENT_RULES } = await import('@vestige/core/recognise/registry');
    const { renameDatasets } = await import('@vestige/collector/reclassify/rename-datasets');
    const { openReclassifyStore } = await import('@vestige/store/events/reclassify-store');
    const { openDatasetNames } = await import('@vestige/store/events/dataset-names');
    const { setTimeout: sleep } = await import('node:timers/promises');
    const { withStored } = await import('../with-stored.ts');
    const byTenant = await withStored(options.tenant ?? null, async ({ tenants, clickhouse, ...stored }) => {
      const spans = openReclassifyStore(clickhouse);
      const names = openDatasetNames(clickhouse);
      try {
        const reports: Record<string, Report> = {};
        for (const tenant of tenants) {
          const renamed = await renameDatasets(names, tenant.id);
          const report = await reclassify(
            { ...stored, spans, table: CURRENT_RULES, nowMs: () => performance.now(), sleep },
            tenant,
            {
              ...window,
              spansPerSecond,
              onProgress: (progress) => terminal.progress(progressText(tenant.name, progress)),
            },
          );
          reports[tenant.name] = { ...report, renamed };
        }
        return reports;
      } finally {
        await Promise.all([spans.close(), names.close()]);
      }
    });
    terminal.answer({ ruleSet: CURRENT_RULES.version, tenants: byTenant }, textOf(CURRENT_RULES.version, byTenant));
    const hasFailed = Object.values(byTenant).some(({ failed }) => failed > 0);
    return hasFailed ? EXIT.negative : EXIT.done;
  });
}

interface Report extends ReclassifyReport {
  /** Datasets of batch jobs that had another name. */
  readonly renamed: number;
}

const us = (instant: string | undefined): number | null => (instant === undefined ? null : instantMs(instant) * 1000);

function paceOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const pace = Number(text);
  if (Number.isInteger(pace) && pace >= 1) return pace;
  throw new VestigeError('bad_request', 'A pace is a whole number of spans per second, at least 1.');
}

function progressText(tenant: string, { day, read, total, changed, remainingMs }: ReclassifyProgress): string {
  const rest = remainingMs === null ? '' : `, about ${Math.ceil(remainingMs / 1000)} s left`;
  return `${tenant} ${day}: ${read} of ${total} spans, ${changed} changed${rest}`;
}

function textOf(ruleSet: number, byTenant: Readonly<Record<string, Report>>): string {
  const lines = Object.entries(byTenant).map(([tenant, { read, changed, failed, renamed }]) => {
    const left = failed === 0 ? '' : `, ${failed} left because a rule failed on them`;
    const datasets = renamed === 0 ? '' : ` ${renamed} datasets under their present names.`;
    return `${tenant}: ${read} spans read, ${changed} changed${left}.${datasets}`;
  });
  return [`Rule set ${ruleSet}.`, ...lines].join('\n');
}
