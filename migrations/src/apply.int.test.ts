import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { Secret } from '@vestige/core/secret';
import { testDatabaseUrl } from '@vestige/e2e/harness/config';
import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clickHouseStatus, migrateClickHouse } from './clickhouse.ts';
import { describeClickHouse } from './describe-clickhouse.ts';
import { describePostgres } from './describe-postgres.ts';
import { CLICKHOUSE_FILES, POSTGRES_FILES } from './files.ts';
import { migratePostgres, postgresStatus } from './postgres.ts';
import { type PostgresSession, pgliteSession, postgresSession } from './postgres-session.ts';

const schema = (name: string) => readFile(fileURLToPath(new URL(`../schema/${name}.sql`, import.meta.url)), 'utf8');

const tablesOf = (sql: string) => [...sql.matchAll(/^CREATE TABLE (\S+)/gm)].map((match) => match[1]);

/** A copy of a folder of files that a test may edit. */
async function copyOf(folder: string): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'vestige-migrations-'));
  await cp(folder, copy, { recursive: true });
  return copy;
}

describe('on ClickHouse', () => {
  let clickhouse: TestClickHouse;
  beforeAll(async () => {
    clickhouse = await startTestClickHouse();
  });
  afterAll(() => clickhouse.stop());

  test('applying twice equals applying once', async () => {
    const before = await describeClickHouse(clickhouse.url('admin'));

    expect(await migrateClickHouse({ url: clickhouse.url('admin') })).toEqual([]);

    expect(await describeClickHouse(clickhouse.url('admin'))).toBe(before);
  });

  test('the files add up to the reviewed schema', async () => {
    expect(await describeClickHouse(clickhouse.url('admin'))).toBe(await schema('clickhouse'));
  });

  test('every file is applied, each at a known time', async () => {
    const status = await clickHouseStatus({ url: clickhouse.url('admin') });
    expect(status.length).toBeGreaterThan(5);
    expect(status.every((row) => row.state === 'applied' && /^\d{4}-.*Z$/.test(row.appliedAt ?? ''))).toBe(true);
  });

  test('an edited file is refused and nothing is applied', async () => {
    const folder = await copyOf(CLICKHOUSE_FILES);
    await writeFile(join(folder, '0001-spans.sql'), 'CREATE TABLE IF NOT EXISTS other (x Int8) ENGINE = Memory');
    await writeFile(join(folder, '9000-new.sql'), 'CREATE TABLE IF NOT EXISTS fresh (x Int8) ENGINE = Memory');

    await expect(migrateClickHouse({ url: clickhouse.url('admin'), folder })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('0001-spans.sql was edited'),
    });

    expect(await describeClickHouse(clickhouse.url('admin'))).not.toContain('fresh');
    await rm(folder, { recursive: true });
  });

  test('a statement the engine refuses stops the run at that file, which may then be corrected', async () => {
    const folder = await copyOf(CLICKHOUSE_FILES);
    const bad = join(folder, '9001-bad.sql');
    await writeFile(bad, 'CREATE TABLE IF NOT EXISTS bad (x NoSuchType) ENGINE = Memory');

    await expect(migrateClickHouse({ url: clickhouse.url('admin'), folder })).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringMatching(/9001-bad\.sql: UNKNOWN_TYPE/),
    });
    await writeFile(bad, 'DROP TABLE IF EXISTS bad');
    expect(await migrateClickHouse({ url: clickhouse.url('admin'), folder })).toEqual(['9001-bad.sql']);

    await rm(folder, { recursive: true });
  });
});

interface FreshPostgres {
  readonly session: PostgresSession;
  close(): Promise<void>;
}

async function onPglite(): Promise<FreshPostgres> {
  const client = await PGlite.create();
  return { session: pgliteSession(client), close: () => client.close() };
}

async function onServer(server: Secret): Promise<FreshPostgres & { another(): Promise<PostgresSession> }> {
  const maintenance = await postgresSession(server);
  const name = `vestige_migrations_${randomBytes(6).toString('hex')}`;
  await maintenance.script(`CREATE DATABASE ${name}`);
  const url = new URL(server.reveal());
  url.pathname = `/${name}`;
  const another = () => postgresSession(new Secret(url.toString()));
  const session = await another();
  const close = async () => {
    await session.close();
    await maintenance.script(`DROP DATABASE ${name} WITH (FORCE)`);
    await maintenance.close();
  };
  return { session, another, close };
}

const server = testDatabaseUrl();
const engines = [
  { engine: 'PGlite', open: onPglite },
  ...(server === null ? [] : [{ engine: 'a Postgres server', open: () => onServer(server) }]),
];

describe.each(engines)('on $engine', ({ engine, open }) => {
  let postgres: FreshPostgres;
  let session: PostgresSession;
  beforeAll(async () => {
    postgres = await open();
    session = postgres.session;
    await migratePostgres(session);
  });
  afterAll(() => postgres.close());

  test('applying twice equals applying once', async () => {
    const before = await describePostgres(session);

    expect(await migratePostgres(session)).toEqual([]);

    expect(await describePostgres(session)).toBe(before);
  });

  test('the files add up to the reviewed schema', async () => {
    // Releases of Postgres spell the same definition differently; the file is PGlite's.
    const described = await describePostgres(session);
    const expected = await schema('postgres');
    if (engine === 'PGlite') expect(described).toBe(expected);
    else expect(tablesOf(described)).toEqual(tablesOf(expected));
  });

  test('a file that fails halfway leaves nothing behind and is not recorded', async () => {
    const folder = await copyOf(POSTGRES_FILES);
    await writeFile(join(folder, '9000-half.sql'), 'CREATE TABLE half (x int); SELECT no_such_function();');

    await expect(migratePostgres(session, () => {}, folder)).rejects.toMatchObject({ code: 'misconfigured' });

    expect(await session.query(`SELECT to_regclass('half') AS half`)).toEqual([{ half: null }]);
    expect((await postgresStatus(session, folder)).at(-1)).toMatchObject({ name: '9000-half.sql', state: 'pending' });
    await rm(folder, { recursive: true });
  });

  test('an error never quotes the rows it failed on', async () => {
    const folder = await copyOf(POSTGRES_FILES);
    const sql = `CREATE TABLE people (email text); INSERT INTO people VALUES ('ada@example.com'), ('ada@example.com');
      CREATE UNIQUE INDEX once ON people (email);`;
    await writeFile(join(folder, '9000-leak.sql'), sql);

    const failure = await migratePostgres(session, () => {}, folder).catch((error: Error) => error);

    expect(failure).toMatchObject({ code: 'misconfigured' });
    expect(JSON.stringify(failure) + String(failure)).not.toContain('ada@example.com');
    await rm(folder, { recursive: true });
  });

  test('an edited file is refused with one sentence', async () => {
    const folder = await copyOf(POSTGRES_FILES);
    await writeFile(join(folder, '0001-roles.sql'), '-- empty');

    await expect(migratePostgres(session, () => {}, folder)).rejects.toThrow(
      'Migration 0001-roles.sql was edited after it was applied; restore the file and put the change into a new one.',
    );
    await rm(folder, { recursive: true });
  });
});

for (const url of server === null ? [] : [server]) {
  test('on a Postgres server two runners at once apply every file once', async () => {
    const { session, another, close } = await onServer(url);
    const second = await another();

    const applied = await Promise.all([migratePostgres(session), migratePostgres(second)]);

    expect(applied.map((names) => names.length).toSorted((a, b) => a - b)[0]).toBe(0);
    expect((await postgresStatus(session)).every(({ state }) => state === 'applied')).toBe(true);
    await second.close();
    await close();
  });
}
