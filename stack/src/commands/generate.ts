import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { migrateClickHouse } from '@vestige/migrations/clickhouse';
import { describeClickHouse } from '@vestige/migrations/describe-clickhouse';
import { describePostgres } from '@vestige/migrations/describe-postgres';
import { migratePostgres } from '@vestige/migrations/postgres';
import { pgliteSession } from '@vestige/migrations/postgres-session';
import type { Command } from 'commander';
import { startEmbeddedClickHouse } from '../clickhouse/embedded.ts';
import { deployedUsersFile } from '../clickhouse/users-file.ts';
import { EXIT } from '../exit-code.ts';
import { leaf, run } from './leaf.ts';

const root = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** For developers: writes the committed files that are made from others. Tests fail while they differ. */
export function generateCommand(): Command {
  const command = leaf('generate', 'write migrations/schema and deploy/clickhouse/users.d anew', 'generate');
  return run(command, async ({ terminal }) => {
    const written = {
      'migrations/schema/clickhouse.sql': await clickHouseSchema(),
      'migrations/schema/postgres.sql': await postgresSchema(),
      'deploy/clickhouse/users.d/vestige.xml': deployedUsersFile(),
    };
    for (const [path, content] of Object.entries(written)) await writeFile(root(path), content);
    terminal.answer({ written: Object.keys(written) }, Object.keys(written).join('\n'));
    return EXIT.done;
  });
}

async function clickHouseSchema(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'vestige-schema-'));
  const engine = await startEmbeddedClickHouse({ dataDir });
  try {
    await migrateClickHouse({ url: engine.url('admin') });
    return await describeClickHouse(engine.url('admin'));
  } finally {
    await engine.stop();
    await rm(dataDir, { recursive: true });
  }
}

async function postgresSchema(): Promise<string> {
  const client = await PGlite.create();
  try {
    await migratePostgres(pgliteSession(client));
    return await describePostgres(pgliteSession(client));
  } finally {
    await client.close();
  }
}
