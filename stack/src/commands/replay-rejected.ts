import { REJECT_REASONS } from '@vestige/collector/otlp/reject-reason';
import type { ReplayCount, ReplayCounts } from '@vestige/collector/replay/replay-rejected';
import { UNREAD_REASONS } from '@vestige/core/model/kept-span';
import { type Command, Option } from 'commander';
import { EXIT } from '../exit-code.ts';
import { table } from '../terminal.ts';
import { instantMs } from './instant.ts';
import { leaf, run } from './leaf.ts';

interface ReplayOptions {
  readonly tenant?: string;
  readonly reason?: string;
  readonly since?: string;
  readonly dryRun?: boolean;
}

const WHAT_IT_MENDS = `
Rejected spans are kept for 30 days, scrubbed, and read again by the rules of this version:
  reader_fault      after the fault of ours is mended
  not_understood    after the reader has learnt them
  bad_time          when the clock was ahead and that time has come by now
  bad_parent_id     only if a later version takes such spans
  bad_trace_id, bad_span_id, malformed, too_large
                    never: without an id there is no place for a span, and what was not read to its end is not whole
Keys of records, raw identifiers and texts of errors were dropped before a span was kept, so records that it named in
clear stay unknown, and a failed call counts as one that may have had an effect. A span that is stored now is kept
for as long as one that arrives now.

May be stopped and started again, also while collectors run; a person who is being erased is never brought back.
Embedded engines are held by vestige up: stop it first.

Ends with 7 when spans stay rejected.`;

export function replayRejectedCommand(): Command {
  const command = leaf(
    'replay-rejected',
    'read rejected spans again, and store what is understood now',
    'replay-rejected --tenant acme --reason reader_fault --dry-run',
  )
    .option('--tenant <name>', 'this tenant alone; all when absent')
    .addOption(
      new Option('--reason <reason>', 'spans of this reason alone').choices([...REJECT_REASONS, ...UNREAD_REASONS]),
    )
    .option('--since <instant>', 'received at or after, RFC 3339')
    .option('--dry-run', 'count what would be understood, and change nothing')
    .addHelpText('after', WHAT_IT_MENDS);
  return run<ReplayOptions>(command, async ({ terminal, options }) => {
    const sinceMs = options.since === undefined ? 0 : instantMs(options.since);
    const { replayRejected } = await import('@vestige/collector/replay/replay-rejected');
    const { openRejectedStore } = await import('@vestige/store/events/rejected-store');
    const { withStored } = await import('../with-stored.ts');
    const dryRun = options.dryRun === true;
    const byTenant = await withStored(options.tenant ?? null, async ({ tenants, clickhouse, ...stored }) => {
      const rejected = openRejectedStore(clickhouse);
      try {
        const counts: Record<string, ReplayCounts> = {};
        for (const tenant of tenants) {
          counts[tenant.name] = await replayRejected({ ...stored, rejected, nowMs: Date.now }, tenant, {
            reason: options.reason ?? null,
            sinceMs,
            dryRun,
            onProgress: (seen, total) =>
              terminal.progress(`${tenant.name}: ${sumOf(seen, 'replayed', 'kept', 'erased')} of ${total} read`),
          });
        }
        return counts;
      } finally {
        await rejected.close();
      }
    });
    terminal.answer({ dryRun, tenants: byTenant }, textOf(byTenant, dryRun));
    const isLeft = Object.values(byTenant).some((counts) => sumOf(counts, 'kept') > 0);
    return isLeft ? EXIT.negative : EXIT.done;
  });
}

function sumOf(counts: ReplayCounts, ...kinds: readonly (keyof ReplayCount)[]): number {
  return Object.values(counts).reduce((sum, count) => kinds.reduce((more, kind) => more + count[kind], sum), 0);
}

function textOf(byTenant: Readonly<Record<string, ReplayCounts>>, dryRun: boolean): string {
  const rows = Object.entries(byTenant).flatMap(([tenant, counts]) =>
    Object.entries(counts).map(([reason, { replayed, kept, erased }]) =>
      [tenant, reason, replayed, kept, erased].map(String),
    ),
  );
  if (rows.length === 0) return 'No rejected spans.';
  return table([
    ['tenant', 'reason', dryRun ? 'would be stored' : 'stored', 'still rejected', 'being erased'],
    ...rows,
  ]);
}
