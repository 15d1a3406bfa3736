import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from '@lancedb/lancedb';
import { type Client, createClient } from '@libsql/client';
import type { ClaimedTask, TaskAction } from '@vestige/core/request/worker-protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { JANE, JOHN, jobFor } from './conformance.ts';
import { ErasedSoFar } from './erased-so-far.ts';
import { filesystemConnector } from './files/filesystem.ts';
import { HttpConfig, httpConnector } from './http/recipient.ts';
import type { Connector } from './kit.ts';
import { classifyFailure, performTask } from './perform-task.ts';
import { TableMapping } from './sql/mapping.ts';
import { SqliteConfig, sqliteConnector } from './sql/sqlite.ts';
import { bytesHold } from './testing/bytes.ts';
import { lancedbConnector } from './vector/lancedb.ts';

/**
 * How erasure fails in practice, one test per line of the catalogue (FM1 to FM23) that a connector or the kit can answer.
 * Not here, because no connector takes part: FM4 duplicates, FM5 defaults, FM7 packages, FM9 deadlines, FM16 queries of our
 * own store, FM17 suppression at ingest, FM21 holds.
 */

const PEOPLE = 'store:sqlite:crm.db/people';
const FILES = 'store:file:exports';

let folder: string;
let file: string;
let db: Client;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vestige-failures-'));
  file = path.join(folder, 'crm.db');
  db = createClient({ url: `file:${file}` });
  await db.executeMultiple(`
    CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT, note TEXT);
    INSERT INTO people VALUES (1, '${JANE}', 'janes-note'), (2, 'Jane@Example.com', 'second'), (3, '${JOHN}', 'third');`);
});
afterEach(async () => {
  db.close();
  await rm(folder, { recursive: true });
});

const crm = (table: object = {}, more: object = {}) =>
  sqliteConnector(
    SqliteConfig.parse({
      connector: 'sqlite',
      file,
      tables: [{ table: 'people', node: PEOPLE, identifiers: { email: 'email' }, ...table }],
      ...more,
    }),
    [],
  );
const exportsIn = (of: string) =>
  filesystemConnector({
    connector: 'filesystem',
    folders: [{ layout: 'json_lines', node: FILES, folder: of, suffix: '.jsonl', identifiers: { email: 'email' } }],
  });
const task = (action: TaskAction, node = PEOPLE, more: Partial<ClaimedTask> = {}): ClaimedTask => ({
  id: 't1',
  requestId: 'r1',
  fence: 1,
  leaseUntil: '2026-01-01T00:00:00.000Z',
  action,
  node,
  selectors: [{ type: 'email', value: JANE }],
  tokens: [],
  recordRefs: [],
  spared: [],
  attempt: 1,
  idempotencyKey: 'k',
  expected: null,
  ...more,
});
const perform = (connector: Connector, of: ClaimedTask) =>
  performTask(
    connector,
    of,
    new AbortController().signal,
    async () => undefined,
    async () => undefined,
  );
/** What the API would be told: never a report. */
const failureOf = (connector: Connector, of: ClaimedTask) =>
  perform(connector, of).then((report) => ({ report }), classifyFailure);

test('FM1: a table without any key to find a person by is refused, and so is a task that brings none', async () => {
  expect(TableMapping.safeParse({ table: 'people', node: PEOPLE }).success).toBe(false);
  await expect(crm({ recordKey: 'uid' }).check()).rejects.toMatchObject({ code: 'missing_column' });
  const selectors = [{ type: 'cookie_id', value: 'c-1' }];
  for (const action of ['search', 'erase', 'verify'] as const) {
    expect(await failureOf(crm(), task(action, PEOPLE, { selectors }))).toMatchObject({
      class: 'needs_human',
      code: 'no_usable_selector',
    });
  }
});

test('FM2: a missing table, column, folder or collection fails the task and is not skipped', async () => {
  await mkdir(path.join(folder, 'vectors'));
  const noTable = crm({ table: 'persons' }, { withoutPersonalData: ['people'] });
  const noColumn = crm({ identifiers: { email: 'mail' } });
  const noFolder = exportsIn(path.join(folder, 'nowhere'));
  const noCollection = lancedbConnector(
    {
      connector: 'lancedb',
      path: path.join(folder, 'vectors'),
      withoutPersonalData: [],
      tables: [{ table: 'notes', node: PEOPLE, identifiers: { email: 'email' } }],
    },
    [],
  );
  for (const [connector, node, code] of [
    [noTable, PEOPLE, 'missing_table'],
    [noColumn, PEOPLE, 'missing_column'],
    [noFolder, FILES, 'missing_folder'],
    [noCollection, PEOPLE, 'missing_table'],
  ] as const) {
    await expect(connector.check()).rejects.toMatchObject({ class: 'permanent', code });
    for (const action of ['search', 'export', 'erase', 'verify'] as const) {
      expect(await failureOf(connector, task(action, node)), `${code} ${action}`).toMatchObject({ code });
    }
  }
});

test('FM3: a worker that lost its lease changes nothing, and the next one does the whole task', async () => {
  const lost = jobFor(PEOPLE, JANE, { signal: AbortSignal.abort() });
  await expect(crm().erase(lost)).rejects.toThrow();
  expect(await perform(crm(), task('erase'))).toMatchObject({ found: 2, erased: 2, residual: 0 });
});

test('FM6: erased rows are gone, not blanked, hashed or renamed', async () => {
  const report = await perform(crm(), task('erase'));
  expect(report.method).toMatch(/^delete/);
  expect((await db.execute('SELECT id, email, note FROM people')).rows.map((row) => [...Object.values(row)])).toEqual([
    [3, JOHN, 'third'],
  ]);
});

test('FM8: a node that is not in the mapping is a failure and not an empty success', async () => {
  for (const action of ['search', 'erase', 'verify'] as const) {
    expect(await failureOf(crm(), task(action, 'store:nobody'))).toMatchObject({ code: 'unmapped_node' });
  }
});

test('FM10: the raw files beside a database are a store of their own, and erasing the one says nothing of the other', async () => {
  await writeFile(path.join(folder, 'raw.jsonl'), `${JSON.stringify({ email: JANE })}\n`);
  await perform(crm(), task('erase'));
  expect(await perform(exportsIn(folder), task('verify', FILES))).toMatchObject({ residual: 1 });
});

test('FM11: the bytes of deleted rows leave the file, its free pages and its log', async () => {
  await db.execute('PRAGMA journal_mode = WAL');
  await db.execute(`INSERT INTO people VALUES (4, '${JANE}', 'in-the-log')`);
  expect(await bytesHold(folder, 'in-the-log')).toBe(true);
  await perform(crm(), task('erase'));
  for (const text of [JANE, 'janes-note', 'in-the-log']) expect(await bytesHold(folder, text), text).toBe(false);
});

test('FM12: a count of zero skips nothing: bytes that a dead worker left behind its commit still go', async () => {
  await db.executeMultiple("PRAGMA secure_delete = OFF; DELETE FROM people WHERE lower(email) = 'jane@example.com';");
  expect(await bytesHold(folder, 'janes-note')).toBe(true);
  expect(await perform(crm(), task('erase'))).toMatchObject({ found: 0, erased: 0, searched: true });
  expect(await bytesHold(folder, 'janes-note')).toBe(false);
});

test('FM12: an attempt that fails after its rows are gone is part of the next report, which would else say that there was nothing', async () => {
  const erasedSoFar = new ErasedSoFar();
  const attempt = (connector: Connector, key = 'k') =>
    performTask(
      connector,
      task('erase', PEOPLE, { idempotencyKey: key }),
      new AbortController().signal,
      async () => undefined,
      async () => undefined,
      erasedSoFar,
    );
  const reader = createClient({ url: `file:${file}` });
  await db.execute('PRAGMA journal_mode = WAL');
  const open = await reader.transaction('read');
  await open.execute('SELECT count(*) FROM people');
  // The reader keeps the log from being emptied: rows are gone, bytes are not, and the attempt fails.
  await expect(attempt(crm())).rejects.toMatchObject({ class: 'retryable' });
  open.close();
  reader.close();

  expect(await attempt(crm(), 'of another task')).toMatchObject({ found: 0, erased: 0 });
  expect(await attempt(crm())).toMatchObject({ found: 2, erased: 2, residual: 0 });
  expect(await bytesHold(folder, 'janes-note')).toBe(false);
});

test('FM13: a verification reads in pieces and reaches the last row of a large table', async () => {
  const vectors = path.join(folder, 'vectors');
  const lance = await connect(vectors);
  const rows = Array.from({ length: 25_000 }, (_, n) => ({ id: `${n}`, email: `p${n}@example.com`, v: [n] }));
  await lance.createTable('notes', [...rows, { id: 'last', email: JANE, v: [0] }]);
  lance.close();
  const connector = lancedbConnector(
    {
      connector: 'lancedb',
      path: vectors,
      withoutPersonalData: [],
      tables: [{ table: 'notes', node: PEOPLE, identifiers: { email: 'email' } }],
    },
    [],
  );
  expect(await perform(connector, task('verify'))).toMatchObject({ residual: 1 });
});

test('FM14: evidence of a verification comes from its own count, by another path than the erasure’s', async () => {
  const erased = await perform(crm(), task('erase'));
  await db.execute(`INSERT INTO people VALUES (9, '${JANE}', 'late')`);
  const verified = await perform(crm(), task('verify', PEOPLE, { expected: { found: 2, erased: 2, residual: 0 } }));
  expect(verified).toMatchObject({ residual: 1, method: 'count_by_other_path' });
  expect(verified.evidenceDigest).not.toBe(erased.evidenceDigest);
});

test('FM15: who comes back under the same identifier is found again, and nobody else is touched by the old erasure', async () => {
  await perform(crm(), task('erase'));
  await db.execute(`INSERT INTO people VALUES (1, '${JOHN}', 'has the old number')`);
  expect(await perform(crm(), task('erase'))).toMatchObject({ found: 0, erased: 0 });
  await db.execute(`INSERT INTO people VALUES (2, '${JANE}', 'came back')`);
  expect(await perform(crm(), task('verify'))).toMatchObject({ residual: 1 });
  expect((await db.execute(`SELECT count(*) AS n FROM people WHERE email = '${JOHN}'`)).rows[0]?.['n']).toBe(2);
});

test('FM18: what an outside party answers is its word: asked again the same way, and never called another path', async () => {
  const keeps: Server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(request.method === 'DELETE' ? '{"status":"ok"}' : '[{"still":"here"}]');
  });
  await new Promise<void>((resolve) => keeps.listen(0, '127.0.0.1', resolve));
  const address = keeps.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const node = 'recipient:mail.example';
  const connector = httpConnector(
    HttpConfig.parse({
      connector: 'http',
      node,
      baseUrl: `http://127.0.0.1:${port}`,
      search: { method: 'GET', path: '/people/{email}' },
      erase: { method: 'DELETE', path: '/people/{email}' },
    }),
  );
  expect(await perform(connector, task('erase', node))).toMatchObject({ found: 1, erased: 0, residual: 1 });
  expect(await perform(connector, task('verify', node))).toMatchObject({ residual: 1, method: 'count_again' });
  keeps.close();
});

test('FM19: a table that the mapping has not heard of, or that points at a mapped one, stops the worker', async () => {
  await crm().check();
  await db.execute('CREATE TABLE visits (person_id INTEGER REFERENCES people, at TEXT)');
  await expect(crm().check()).rejects.toMatchObject({ code: 'unmapped_table' });
  await expect(crm({}, { withoutPersonalData: ['visits'] }).check()).rejects.toMatchObject({
    code: 'unmapped_reference',
    message: expect.stringContaining('visits (person_id) → people (id)'),
  });
});

test('FM20: copies that outlive the erasure are named in its report', async () => {
  for (const connector of [crm(), exportsIn(folder)]) expect(connector.cannotErase).toContain('backups');
  expect((await perform(crm(), task('erase'))).cannotErase).toContain('backups');
});

test('FM22: a copy that a worker left when it died in the middle of a rewrite does not outlive the next erasure', async () => {
  const exports = path.join(folder, 'exports');
  await mkdir(exports);
  await writeFile(path.join(exports, 'a.jsonl'), `${JSON.stringify({ email: JOHN })}\n`);
  await writeFile(path.join(exports, 'a.jsonl.vestige-rewrite'), `${JSON.stringify({ email: JANE })}\n`);
  await perform(exportsIn(exports), task('erase', FILES));
  expect(await readdir(exports)).toEqual(['a.jsonl']);
  expect(await bytesHold(exports, JANE)).toBe(false);
});

test('FM23: a store that says done and keeps the rows is reported with what is left', async () => {
  await db.execute('CREATE TRIGGER keep BEFORE DELETE ON people BEGIN SELECT RAISE(IGNORE); END');
  expect(await perform(crm(), task('erase'))).toMatchObject({ found: 2, erased: 0, residual: 2 });
  expect(await perform(crm(), task('verify'))).toMatchObject({ residual: 2 });
});
