import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Secret } from '@vestige/core/secret';
import { migrateClickHouse } from '@vestige/migrations/clickhouse';
import { migratePostgres } from '@vestige/migrations/postgres';
import { postgresSession } from '@vestige/migrations/postgres-session';
import { startEmbeddedClickHouse } from '@vestige/stack/clickhouse/embedded';
import type { ClickHouseRole } from '@vestige/stack/clickhouse/roles';
import { type Database, type DatabaseRole, openDatabase } from '@vestige/store/postgres';
import { migratedPgliteDump } from './pglite-dump.ts';

export interface TestClickHouse {
  url(role: ClickHouseRole): Secret;
  readonly dataDir: string;
  readonly httpPort: number;
  readonly nativePort: number;
  /** Of the engine, for tests that kill it. */
  readonly pid: number;
  stop(): Promise<void>;
}

/** A real ClickHouse in a temporary folder with every migration applied and the database `vestige`; about half a second. */
export async function startTestClickHouse(): Promise<TestClickHouse> {
  const dataDir = await mkdtemp(join(tmpdir(), 'vestige-clickhouse-'));
  const engine = await startEmbeddedClickHouse({ dataDir });
  const stop = async () => {
    engine.kill();
    await engine.exited;
    await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await migrateClickHouse({ url: engine.url('admin') });
  } catch (error) {
    await stop();
    throw error;
  }
  const { httpPort, nativePort, pid } = engine;
  return { url: engine.url, dataDir, httpPort, nativePort, pid, stop };
}

export interface TestPostgres {
  /** As the application. */
  readonly db: Database;
  /** The same database as another process sees it; on a server only. */
  as(role: DatabaseRole): Promise<Database>;
  close(): Promise<void>;
}

/**
 * A control database with every migration applied: PGlite in memory, or a fresh database of the server that
 * `TEST_DATABASE_URL` names (its role must be allowed to create databases and roles).
 */
export async function openTestPostgres(): Promise<TestPostgres> {
  const { testDatabaseUrl } = await import('./config.ts');
  const server = testDatabaseUrl();
  return server === null ? onPglite() : onServer(server);
}

async function onPglite(): Promise<TestPostgres> {
  const client = await PGlite.create({ loadDataDir: await migratedPgliteDump() });
  const db = await openDatabase({ kind: 'pglite-client', client });
  const as = () => Promise.reject(new Error('an embedded Postgres has one session, and so one role at a time'));
  return { db, as, close: () => db.close() };
}

async function onServer(server: Secret): Promise<TestPostgres> {
  const name = `vestige_test_${randomBytes(8).toString('hex')}`;
  const url = new URL(server.reveal());
  const maintenance = await postgresSession(server);
  const drop = async () => {
    await maintenance.script(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await maintenance.close();
  };
  await maintenance.script(`CREATE DATABASE ${name}`);
  url.pathname = `/${name}`;
  const own = new Secret(url.toString());
  try {
    const owner = await postgresSession(own);
    await migratePostgres(owner).finally(() => owner.close());
    const db = await openDatabase({ kind: 'url', url: own });
    const others: Database[] = [];
    return {
      db,
      async as(role) {
        const other = await openDatabase({ kind: 'url', url: own, as: role });
        others.push(other);
        return other;
      },
      async close() {
        await Promise.all([db, ...others].map((each) => each.close()));
        await drop();
      },
    };
  } catch (error) {
    await drop();
    throw error;
  }
}
