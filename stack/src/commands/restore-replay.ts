import type { RestoreReplay } from '@vestige/api/monitoring/restore-replay';
import type { Command } from 'commander';
import { EXIT } from '../exit-code.ts';
import { table } from '../terminal.ts';
import { instantMs } from './instant.ts';
import { leaf, run } from './leaf.ts';

interface RestoreOptions {
  readonly since: string;
  readonly tenant?: string;
}

const WHEN_TO_RUN = `
Run it after a backup of ClickHouse was restored or a detached part attached, before vestige up or vestige api starts
again: everybody who is stored is compared with everybody who was erased, and who came back is erased from the files
again and verified. The requests are reopened, because more than our own telemetry may have been restored.

The list of who was erased is in Postgres. Keep its backups apart from those of ClickHouse: a list that is restored to a
time before the erasures cannot know of them. "erasures since" says how many it knows.

May be stopped and run again. Embedded engines are held by vestige up: stop it first.

Ends with 7 when something is left that could bring people back: parts that are detached, frozen copies in the data
folder, or people nobody leads to and no erasure explains.`;

export function restoreReplayCommand(): Command {
  const command = leaf(
    'restore-replay',
    'erase again who came back with a restored backup',
    'restore-replay --since 2026-11-20T02:00:00Z',
  )
    .requiredOption('--since <instant>', 'when the restored backup was made, RFC 3339')
    .option('--tenant <name>', 'this tenant alone; all when absent')
    .addHelpText('after', WHEN_TO_RUN);
  return run<RestoreOptions>(command, async ({ terminal, options }) => {
    const since = new Date(instantMs(options.since));
    const { restoreReplay } = await import('@vestige/api/monitoring/restore-replay');
    const { withStores } = await import('../with-stores.ts');
    return withStores(options.tenant ?? null, async ({ tenants, stores, frozenCopies }) => {
      const replays: Record<string, RestoreReplay> = {};
      for (const tenant of tenants) {
        const monitored = { deps: { ...stores, now: () => new Date() }, tenant };
        const onProgress = (seen: number) => terminal.progress(`${tenant.name}: ${seen} people looked at`);
        replays[tenant.name] = await restoreReplay(monitored, { since, onProgress });
      }
      const detachedParts = await stores.verifier.detachedParts();
      const frozen = await frozenCopies();
      const isLeft =
        frozen.length > 0 ||
        Object.values(detachedParts).some((parts) => parts > 0) ||
        Object.values(replays).some(({ unknown }) => unknown > 0);
      terminal.answer(
        { clean: !isLeft, tenants: replays, detachedParts, frozenCopies: frozen },
        textOf(replays, detachedParts, frozen),
      );
      return isLeft ? EXIT.negative : EXIT.done;
    });
  });
}

function textOf(
  replays: Readonly<Record<string, RestoreReplay>>,
  detachedParts: Readonly<Record<string, number>>,
  frozen: readonly string[],
): string {
  const rows = Object.entries(replays).map(([tenant, { seen, erasuresSince, resurfaced, unknown }]) => {
    const again = Object.values(resurfaced).reduce((sum, count) => sum + count, 0);
    return [tenant, seen, erasuresSince, Object.keys(resurfaced).length, again, unknown].map(String);
  });
  const detached = Object.entries(detachedParts).filter(([, parts]) => parts > 0);
  return [
    table([['tenant', 'people', 'erasures since', 'came back', 'rows erased again', 'nobody leads to'], ...rows]),
    ...detached.map(
      ([name, parts]) => `${parts} parts of ${name} are detached: attach them and run this again, or drop them.`,
    ),
    ...frozen.map((name) => `shadow/${name} is a frozen copy: it holds who was erased since. Remove it.`),
  ].join('\n');
}
