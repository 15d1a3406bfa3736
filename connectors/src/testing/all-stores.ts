import { appendFile, copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  CreateBucketCommand,
  ListObjectVersionsCommand,
  type ObjectVersion,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';
import { connect } from '@lancedb/lancedb';
import { createClient as createSqlite } from '@libsql/client';
import { createClient as createRedis } from '@redis/client';
import { createConnection } from 'mysql2/promise';
import postgres from 'postgres';
import { bytesHold } from './bytes.ts';
import { startTestMariadb, startTestPostgresServer, startTestRedis, type TestServer } from './servers.ts';
import { S3_OWNER, S3_READER, startTestS3 } from './swift.ts';

/** One real store of a test, filled and read past its connector. */
export interface FilledStore {
  readonly node: string;
  /** Its entry in a worker file. */
  readonly entry: object;
  put(id: number, email: string, note: string): Promise<void>;
  /** Every record as text, sorted. */
  rows(): Promise<string[]>;
  /** Whether its data files hold these bytes; null where they are in memory. */
  holds(text: string): Promise<boolean | null>;
}

export interface AllStores {
  readonly postgres: FilledStore & { readonly server: TestServer };
  readonly mysql: FilledStore & {
    readonly server: TestServer;
    /** Keeps every row locked until the returned function is called: a DELETE waits in the middle. */
    lockRows(): Promise<() => Promise<void>>;
  };
  readonly redis: FilledStore & { readonly server: TestServer };
  readonly s3: FilledStore;
  readonly sqlite: FilledStore & { backUp(): Promise<void>; restore(): Promise<void> };
  readonly duckdb: FilledStore;
  readonly lancedb: FilledStore;
  readonly filesystem: FilledStore;
  readonly each: readonly FilledStore[];
  stop(): Promise<void>;
}

const people = (node: string) => ({ table: 'people', node, identifiers: { email: 'email' } });
const sorted = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort();

/** Every store that a connector of ours serves and that runs here, each with people in it. */
export async function openAllStores(folder: string): Promise<AllStores> {
  const [postgresStore, mysql, redis, s3] = [
    await openPostgres(),
    await openMysql(),
    await openRedis(),
    await openS3(),
  ];
  const sqlite = await openSqlite(folder);
  const [duckdb, lancedb, filesystem] = [await openDuckdb(folder), await openLancedb(folder), await openFiles(folder)];
  return {
    postgres: postgresStore,
    mysql,
    redis,
    s3,
    sqlite,
    duckdb,
    lancedb,
    filesystem,
    each: [postgresStore, mysql, redis, s3, sqlite, duckdb, lancedb, filesystem],
    async stop() {
      for (const store of [postgresStore, mysql, redis, s3]) await store.server.stop();
    },
  };
}

async function openPostgres() {
  const server = await startTestPostgresServer();
  const url = (user: string) => `postgres://${user}@127.0.0.1:${server.port}/postgres`;
  const run = async (sql: string, params: (string | number)[] = []) => {
    const db = postgres(url('postgres'), { max: 1, onnotice: () => undefined });
    const rows = [...(await db.unsafe(sql, params))].map((row) => ({ ...row }));
    await db.end();
    return rows;
  };
  await run(`CREATE ROLE worker LOGIN; CREATE ROLE verifier LOGIN;
    CREATE TABLE people (id int PRIMARY KEY, email text, note text); ALTER TABLE people OWNER TO worker;
    GRANT SELECT ON people TO verifier;`);
  const node = 'store:postgres://db:5432/shop.public.people';
  return {
    server,
    node,
    entry: {
      connector: 'postgres',
      url: url('worker'),
      verifyUrl: url('verifier'),
      vacuum: 'full',
      tables: [{ ...people(node), table: 'public.people' }],
    },
    put: async (id: number, email: string, note: string) =>
      void (await run('INSERT INTO people VALUES ($1, $2, $3)', [id, email, note])),
    rows: async () => sorted(await run('SELECT * FROM people')),
    async holds(text: string) {
      await run('CHECKPOINT');
      const [row] = await run("SELECT oid FROM pg_database WHERE datname = 'postgres'");
      return bytesHold(path.join(server.folder, 'data', 'base', String(row?.['oid'])), text);
    },
  };
}

async function openMysql() {
  const server = await startTestMariadb();
  const as = () => createConnection({ host: '127.0.0.1', port: server.port, user: 'root', multipleStatements: true });
  const run = async (sql: string, params: (string | number)[] = []) => {
    const db = await as();
    const [rows] = await db.query(sql, params);
    await db.end();
    return rows as unknown[];
  };
  await run(`CREATE DATABASE shop; CREATE TABLE shop.people (id int PRIMARY KEY, email varchar(200), note text);
    CREATE USER worker; GRANT SELECT, INSERT, DELETE ON shop.* TO worker; CREATE USER verifier; GRANT SELECT ON shop.* TO verifier;`);
  const url = (user: string) => `mysql://${user}@127.0.0.1:${server.port}/shop`;
  const node = 'store:mysql://db:3306/shop.people';
  return {
    server,
    node,
    entry: { connector: 'mysql', url: url('worker'), verifyUrl: url('verifier'), tables: [people(node)] },
    put: async (id: number, email: string, note: string) =>
      void (await run('INSERT INTO shop.people VALUES (?, ?, ?)', [id, email, note])),
    rows: async () => sorted(await run('SELECT * FROM shop.people')),
    async holds(text: string) {
      await run('FLUSH TABLES shop.people FOR EXPORT; UNLOCK TABLES');
      return bytesHold(path.join(server.folder, 'data', 'shop'), text);
    },
    async lockRows() {
      const db = await as();
      await db.query('START TRANSACTION; SELECT * FROM shop.people FOR UPDATE');
      return async () => {
        await db.query('ROLLBACK');
        await db.end();
      };
    },
  };
}

async function openRedis() {
  const server = await startTestRedis();
  const run = async (...command: string[]) => {
    const client = createRedis({ url: `redis://127.0.0.1:${server.port}`, RESP: 2 });
    await client.connect();
    const reply = await client.sendCommand(command);
    await client.close();
    return reply;
  };
  // Users are kept in memory: after a restart they are gone, so both are the default one here.
  const node = 'store:redis://cache:6379/0.profile:*';
  return {
    server,
    node,
    entry: {
      connector: 'redis',
      url: `redis://127.0.0.1:${server.port}/0`,
      persistence: 'rewrite',
      families: [{ node, keys: 'profile:*', fields: { email: 'email' } }],
    },
    put: async (id: number, email: string, note: string) =>
      void (await run('HSET', `profile:${id}`, 'email', email, 'note', note)),
    async rows() {
      const keys = (await run('KEYS', '*')) as unknown as string[];
      return sorted(await Promise.all(keys.map(async (key) => [key, await run('HGETALL', key)])));
    },
    holds: (text: string) => bytesHold(server.folder, text),
  };
}

async function openS3() {
  const server = await startTestS3();
  const endpoint = `http://127.0.0.1:${server.port}`;
  const client = new S3Client({ region: 'us-east-1', endpoint, forcePathStyle: true, credentials: { ...S3_OWNER } });
  await client.send(new CreateBucketCommand({ Bucket: 'crm' }));
  const on = { Bucket: 'crm', VersioningConfiguration: { Status: 'Enabled' as const } };
  await client.send(new PutBucketVersioningCommand(on));
  const node = 'store:s3://crm/profiles';
  return {
    server,
    node,
    entry: {
      connector: 's3',
      bucket: 'crm',
      endpoint,
      credential: S3_OWNER,
      verifyCredential: S3_READER,
      objects: [{ node, keys: 'profiles/{email}/*' }],
    },
    put: async (id: number, email: string, note: string) =>
      void (await client.send(new PutObjectCommand({ Bucket: 'crm', Key: `profiles/${email}/${id}`, Body: note }))),
    async rows() {
      const all = await everyVersion(client, 'crm');
      return sorted(all.map(({ Key, VersionId, LastModified }) => [Key, VersionId, LastModified]));
    },
    holds: async () => null,
  };
}

async function everyVersion(client: S3Client, bucket: string) {
  const found: Pick<ObjectVersion, 'Key' | 'VersionId' | 'LastModified'>[] = [];
  for (let at: { KeyMarker?: string; VersionIdMarker?: string } = {}; ; ) {
    const page = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, ...at }));
    found.push(...(page.Versions ?? []), ...(page.DeleteMarkers ?? []));
    if (page.IsTruncated !== true) return found;
    at = { KeyMarker: page.NextKeyMarker ?? '', VersionIdMarker: page.NextVersionIdMarker ?? '' };
  }
}

async function openSqlite(folder: string) {
  const own = path.join(folder, 'sqlite');
  await mkdir(own);
  const file = path.join(own, 'crm.db');
  const backup = path.join(folder, 'crm.backup');
  const run = async (sql: string, args: (string | number)[] = []) => {
    const db = createSqlite({ url: `file:${file}` });
    const { rows } = await db.execute({ sql, args });
    db.close();
    return rows.map((row) => ({ ...row }));
  };
  await run('CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT, note TEXT)');
  const node = 'store:sqlite:/crm.db/main.people';
  return {
    node,
    entry: { connector: 'sqlite', file, tables: [people(node)] },
    put: async (id: number, email: string, note: string) =>
      void (await run('INSERT INTO people VALUES (?, ?, ?)', [id, email, note])),
    rows: async () => sorted(await run('SELECT * FROM people')),
    holds: (text: string) => bytesHold(own, text),
    backUp: () => copyFile(file, backup),
    restore: () => copyFile(backup, file),
  };
}

async function openDuckdb(folder: string) {
  const own = path.join(folder, 'duckdb');
  await mkdir(own);
  const file = path.join(own, 'warehouse.duckdb');
  const run = async (sql: string, params: (string | number)[] = []) => {
    const instance = await DuckDBInstance.create(file);
    const connection = await instance.connect();
    const rows = (await connection.runAndReadAll(sql, params)).getRowObjectsJson();
    connection.closeSync();
    instance.closeSync();
    return rows;
  };
  await run('CREATE TABLE people (id INTEGER, email VARCHAR, note VARCHAR)');
  const node = 'store:duckdb:warehouse/people';
  return {
    node,
    entry: { connector: 'duckdb', file, tables: [people(node)] },
    put: async (id: number, email: string, note: string) =>
      void (await run('INSERT INTO people VALUES ($1, $2, $3)', [id, email, note])),
    rows: async () => sorted(await run('SELECT * FROM people')),
    holds: (text: string) => bytesHold(own, text),
  };
}

async function openLancedb(folder: string) {
  const own = path.join(folder, 'lancedb');
  const db = await connect(own);
  const example = { id: 0, email: 'nobody@example.com', note: 'example', vector: [0, 0] };
  await db.createTable('notes', [example]);
  const node = 'memory:support/notes';
  return {
    node,
    entry: { connector: 'lancedb', path: own, tables: [{ ...people(node), table: 'notes' }] },
    async put(id: number, email: string, note: string) {
      const table = await db.openTable('notes');
      await table.add([{ id, email, note, vector: [id, 1] }]);
    },
    async rows() {
      const table = await db.openTable('notes');
      const rows = await table.query().select(['id', 'email', 'note']).toArray();
      return sorted(rows.map(({ id, email, note }) => ({ id, email, note })));
    },
    holds: (text: string) => bytesHold(own, text),
  };
}

async function openFiles(folder: string) {
  const own = path.join(folder, 'exports');
  await mkdir(own);
  await writeFile(path.join(own, 'people.jsonl'), '');
  const node = 'store:file:exports';
  return {
    node,
    entry: {
      connector: 'filesystem',
      folders: [{ layout: 'json_lines', node, folder: own, identifiers: { email: 'email' } }],
    },
    put: (id: number, email: string, note: string) =>
      appendFile(path.join(own, 'people.jsonl'), `${JSON.stringify({ id, email, note })}\n`),
    async rows() {
      const texts = await Promise.all((await readdir(own)).map((name) => readFile(path.join(own, name), 'utf8')));
      return texts
        .flatMap((text) => text.split('\n'))
        .filter(Boolean)
        .sort();
    },
    holds: (text: string) => bytesHold(own, text),
  };
}
