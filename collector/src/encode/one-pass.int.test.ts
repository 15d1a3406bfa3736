import { readContext } from '@vestige/core/recognise/read-context';
import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { type ClickHouse, type InsertBlock, openClickHouse } from '@vestige/store/clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NOW_MS } from '../otlp/testing/arbitrary-request.ts';
import { encodeProtobuf } from '../otlp/testing/otlp-messages.ts';
import { createInlineEncoder } from './inline-encoder.ts';
import { recordFormat } from './record-format.ts';
import { resolution, TENANT } from './testing/compare-rows.ts';
import { typesOf } from './testing/decode-blocks.ts';
import { plainRows } from './testing/plain-reference.ts';
import { neighbourRequests } from './testing/recorded-requests.ts';

/** What ClickHouse makes of our Native blocks is what it makes of the rows written one by one. */

let engine: TestClickHouse;
let admin: ClickHouse;
beforeAll(async () => {
  engine = await startTestClickHouse();
  admin = openClickHouse(engine.url('admin'));
});
afterAll(async () => {
  await admin?.close();
  await engine?.stop();
});

const encoder = createInlineEncoder({
  onReaderFault: (error) => {
    throw error;
  },
});
const context = readContext();
const bodies = neighbourRequests().map(({ request }) => encodeProtobuf(request));

let encoded: readonly InsertBlock[] | null = null;

async function encodedBlocks(): Promise<readonly InsertBlock[]> {
  if (encoded !== null) return encoded;
  const records = [];
  for (const body of bodies) {
    const { payload } = await encoder.encode(TENANT, context, [{ body, form: 'protobuf', receivedAtMs: NOW_MS }]);
    records.push(recordFormat.open(payload));
  }
  const { blocks } = recordFormat.assemble(records, resolution);
  encoded = [...blocks.first, ...blocks.last];
  return encoded;
}

/** A table like `name` and nothing else in it; merges stand still, so that parts can be counted. */
async function likeTable(name: string, copy: string): Promise<void> {
  await admin.run(0, { name: 'test', sql: `CREATE TABLE ${copy} AS ${name}` }, {});
  await admin.run(0, { name: 'test', sql: `SYSTEM STOP MERGES ${copy}` }, {});
}

/** Rows, and what all their columns hash to together; the columns that the server fills in are left out. */
async function contentOf(table: string, columns: readonly string[]): Promise<unknown> {
  const sql = `SELECT count() AS rows, toString(groupBitXor(cityHash64(${columns.join(', ')}))) AS hash,
    toString(sum(cityHash64(${columns.join(', ')}))) AS sum FROM ${table}`;
  return (await admin.rows(0, { name: 'test', sql }, {}))[0];
}

describe.each(['spans', 'record_touches', 'links_in', 'touches'])('%s', (table) => {
  test('holds the same from Native blocks as from rows', async () => {
    const native = (await encodedBlocks()).filter((block) => block.table === table);
    const plain = bodies
      .flatMap((body) => plainRows(TENANT.id, context, body, 'protobuf', NOW_MS, resolution).blocks)
      .filter((block) => block.table === table);
    await likeTable(table, `${table}_native`);
    await likeTable(table, `${table}_plain`);
    for (const block of native) await admin.insert(0, { ...block, table: `${table}_native` });
    for (const block of plain) await admin.insert(0, { ...block, table: `${table}_plain` });
    const columns = native[0]?.columns ?? plain[0]?.columns ?? [];
    if (columns.length === 0) return;
    expect(await contentOf(`${table}_native`, columns)).toEqual(await contentOf(`${table}_plain`, columns));
  });
});

test('the blocks of many requests, end to end in one body, are one part of the table', async () => {
  const [spans] = (await encodedBlocks()).filter(({ table }) => table === 'spans');
  if (spans === undefined) throw new Error('no spans');
  expect([spans.body].flat().length).toBeGreaterThan(3);
  await likeTable('spans', 'spans_one');
  await admin.insert(0, { ...spans, table: 'spans_one' });
  const sql = `SELECT count() AS parts, sum(rows) AS rows FROM system.parts
    WHERE database = currentDatabase() AND table = 'spans_one' AND active`;
  expect(await admin.rows(0, { name: 'test', sql }, {})).toEqual([{ parts: 1, rows: spans.rows }]);
});

test('the types in our blocks are those of the tables, so that nothing is converted', async () => {
  const types = typesOf(await encodedBlocks());
  const sql = "SELECT concat(table, ' ', name) AS name, type FROM system.columns WHERE database = currentDatabase()";
  const columns = new Map(
    (await admin.rows<{ name: string; type: string }>(0, { name: 'test', sql }, {})).map(({ name, type }) => [
      name,
      type,
    ]),
  );
  expect(types.size).toBeGreaterThan(50);
  for (const [name, type] of types) expect([name, type]).toEqual([name, columns.get(name)]);
});
