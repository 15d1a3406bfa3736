import { join } from 'node:path';
import type { Secret } from '@vestige/core/secret';
import { clickHouseStatus, migrateClickHouse } from '@vestige/migrations/clickhouse';
import type { MigrationStatus } from '@vestige/migrations/plan';
import { migratePostgres, postgresStatus } from '@vestige/migrations/postgres';
import { type PostgresSession, pgliteSession, postgresSession } from '@vestige/migrations/postgres-session';
import { PROCESS_LOGINS } from '@vestige/migrations/process-logins';
import { Command } from 'commander';
import { startEmbeddedClickHouse } from '../clickhouse/embedded.ts';
import { type MigrateConfig, readMigrateConfig } from '../config.ts';
import { EXIT } from '../exit-code.ts';
import { openPglite } from '../postgres/embedded.ts';
import { table } from '../terminal.ts';
import { leaf, run } from './leaf.ts';

interface Targets {
  readonly clickhouse: { readonly url: Secret; readonly cluster: string | undefined };
  readonly postgres: PostgresSession;
}

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('change the shape of the databases: those given by URL, else the embedded ones')
    .addCommand(up())
    .addCommand(status())
    .addCommand(check())
    .addCommand(roles());
}

function up(): Command {
  return run(leaf('up', 'apply what is missing; twice equals once', 'migrate up'), async ({ terminal }) =>
    withTargets(async ({ clickhouse, postgres }) => {
      const said = (engine: string) => (name: string) => terminal.progress(`${engine}  ${name}`);
      const applied = {
        postgres: await migratePostgres(postgres, said('postgres  ')),
        clickhouse: await migrateClickHouse(clickhouse, said('clickhouse')),
      };
      const count = applied.postgres.length + applied.clickhouse.length;
      terminal.answer({ applied }, count === 0 ? 'Nothing was missing.' : `${count} migrations applied.`);
      return EXIT.done;
    }),
  );
}

function status(): Command {
  return run(leaf('status', 'list the files and what was applied', 'migrate status'), async ({ terminal }) => {
    const found = await statusOfBoth();
    const rows = (['clickhouse', 'postgres'] as const).flatMap((engine) =>
      found[engine].map(({ name, state, appliedAt }) => [engine, name, state, appliedAt ?? '']),
    );
    terminal.answer(found, table(rows));
    return EXIT.done;
  });
}

function check(): Command {
  const command = leaf('check', 'exit with 7 unless both databases are exactly at the last file', 'migrate check');
  return run(command, async ({ terminal }) => {
    const found = await statusOfBoth();
    const pending = [...found.clickhouse, ...found.postgres].filter((row) => row.state === 'pending');
    const names = pending.map((row) => row.name);
    terminal.answer(
      { ok: names.length === 0, pending: names },
      names.length === 0
        ? 'Both databases are at the last file.'
        : `Missing: ${names.join(', ')}. Run vestige migrate up.`,
    );
    return names.length === 0 ? EXIT.done : EXIT.negative;
  });
}

function roles(): Command {
  const command = leaf(
    'roles',
    'print the SQL that gives each process a login of its own in Postgres; for psql, with a password in each variable',
    'migrate roles',
  );
  return run(command, async ({ terminal }) => {
    terminal.answer({ sql: PROCESS_LOGINS }, PROCESS_LOGINS);
    return EXIT.done;
  });
}

const statusOfBoth = (): Promise<Record<'clickhouse' | 'postgres', readonly MigrationStatus[]>> =>
  withTargets(async ({ clickhouse, postgres }) => ({
    clickhouse: await clickHouseStatus(clickhouse),
    postgres: await postgresStatus(postgres),
  }));

async function withTargets<T>(work: (targets: Targets) => Promise<T>, config = readMigrateConfig()): Promise<T> {
  const closers: (() => Promise<void>)[] = [];
  try {
    const url = config.clickhouse ?? (await embeddedClickHouse(config, closers));
    const postgres =
      config.postgres === null ? await embeddedPostgres(config, closers) : await postgresSession(config.postgres);
    closers.push(() => postgres.close());
    return await work({ clickhouse: { url, cluster: config.cluster }, postgres });
  } finally {
    for (const close of closers.toReversed()) await close();
  }
}

async function embeddedClickHouse(config: MigrateConfig, closers: (() => Promise<void>)[]): Promise<Secret> {
  const engine = await startEmbeddedClickHouse({ dataDir: join(config.dataDir, 'clickhouse') });
  closers.push(engine.stop);
  return engine.url('admin');
}

async function embeddedPostgres(config: MigrateConfig, closers: (() => Promise<void>)[]): Promise<PostgresSession> {
  const { client, release } = await openPglite(join(config.dataDir, 'postgres'));
  closers.push(async () => {
    await client.close();
    release();
  });
  return pgliteSession(client);
}
