import { randomUUID } from 'node:crypto';
import { readContext } from '@vestige/core/recognise/read-context';
import { Secret } from '@vestige/core/secret';
import { clickHouseLines, clickHouseText } from '@vestige/e2e/harness/clickhouse-text';
import { openTestPostgres, startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import type { AliasStore } from '@vestige/store/control/alias-store';
import { postgresAliasStore } from '@vestige/store/control/postgres-alias-store';
import { postgresTenantStore } from '@vestige/store/control/postgres-tenant-store';
import type { Tenant } from '@vestige/store/control/tenant-store';
import { openEventStore } from '@vestige/store/events/clickhouse-event-store';
import type { EncodedBlocks, EventStore } from '@vestige/store/events/event-store';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createInlineEncoder } from '../encode/inline-encoder.ts';
import { recordFormat } from '../encode/record-format.ts';
import { SubjectCache } from '../ingest/subject-cache.ts';
import { SuppressionWatch } from '../ingest/suppression-watch.ts';
import { openMemoryLog } from '../log/memory-log.ts';
import { encodeProtobuf } from '../otlp/testing/otlp-messages.ts';
import { aSpan, aToken, hexId, requestOf, tokensAttribute } from '../testing/export-client.ts';
import { Drain } from './drain.ts';
import type { RecordFormat } from './drain-record.ts';

let clickhouse: TestClickHouse;
let postgres: Awaited<ReturnType<typeof openTestPostgres>>;
let events: EventStore;
let aliases: AliasStore;
let tenant: Tenant;
let log: ReturnType<typeof openMemoryLog>;
let watch: SuppressionWatch;
let drains: Drain[];
let unstorable: number[];
let unreadable: number;

beforeAll(async () => {
  [clickhouse, postgres] = await Promise.all([startTestClickHouse(), openTestPostgres()]);
  events = openEventStore({ writeUrl: clickhouse.url('collector'), readUrl: clickhouse.url('api') });
  aliases = postgresAliasStore(postgres.db);
});
afterAll(async () => {
  await events?.close();
  await postgres?.close();
  await clickhouse?.stop();
});
beforeEach(async () => {
  tenant = await postgresTenantStore(postgres.db).ensureTenant(`t-${randomUUID()}`);
  const nowMs = () => performance.now();
  log = openMemoryLog({ bytesMax: 1e9, tenantBytesMax: 1e9, nowMs });
  watch = new SuppressionWatch({
    aliases,
    collectorId: randomUUID(),
    pollMs: 50,
    staleMs: 60_000,
    inDoubtMs: 50,
    idleMs: 60_000,
    nowMs,
    onPollFailed: () => {},
  });
  watch.start();
  drains = [];
  unstorable = [];
  unreadable = 0;
});
afterEach(async () => {
  for (const drain of drains) await drain.stop(5_000);
  watch.close();
  await log.close();
});

/** Waits for a database that is away, as behind a log on disk. */
function startDrain(
  more: { appendEncoded?: EventStore['appendEncoded']; format?: RecordFormat; tagsMax?: number } = {},
): void {
  const drain = new Drain({
    log,
    limits: { spansMax: 10_000, bytesMax: 1e9, waitMs: 0 },
    format: more.format ?? recordFormat,
    events: { appendEncoded: more.appendEncoded ?? ((blocks) => events.appendEncoded(blocks)) },
    aliases,
    cache: new SubjectCache(1000),
    watch,
    waits: true,
    ...(more.tagsMax !== undefined && { tagsMax: more.tagsMax }),
    onStored: () => {},
    onRetry: () => {},
    onUnstorable: async ({ record }) => void unstorable.push(record.spans),
    onUnreadable: async () => {
      unreadable += 1;
    },
  });
  drains.push(drain);
  drain.start();
}

const encoder = createInlineEncoder({
  onReaderFault: (error) => {
    throw error;
  },
});

/** Appends one request of one span. @returns its trace, and a promise that ends when it is drained */
async function append(...tokens: readonly string[]): Promise<{ traceId: string; drained: Promise<void> }> {
  const traceId = hexId(16);
  const attributes = tokens.length === 0 ? [] : [tokensAttribute(tokens)];
  const body = encodeProtobuf(requestOf(aSpan({ traceId, attributes })));
  const { spans, payload } = await encoder.encode(tenant, readContext(), [
    { body, form: 'protobuf', receivedAtMs: Date.now() },
  ]);
  return { traceId, drained: log.append({ tenant: tenant.id, spans, payload }) };
}

const storedTraces = () =>
  clickHouseLines(
    clickhouse.url('verifier'),
    `SELECT lower(hex(trace_id)) FROM spans FINAL WHERE tenant = ${tenant.id} ORDER BY trace_id`,
  );
const touches = async () =>
  Number(await clickHouseText(clickhouse.url('verifier'), `SELECT count() FROM touches WHERE tenant = ${tenant.id}`));
const broken = (blocks: EncodedBlocks): EncodedBlocks => ({
  ...blocks,
  first: blocks.first.map((block) => ({ ...block, body: Buffer.from('no rows of any format') })),
});

test('a record that ClickHouse refuses for its content is set aside alone: all others of its block are stored', async () => {
  const all = [];
  for (let i = 0; i < 20; i += 1) all.push(await append());
  const [poison] = all;
  const isPoison = new WeakSet<object>();
  const format: RecordFormat = {
    open(payload) {
      const record = recordFormat.open(payload);
      if (Buffer.from(payload).includes(Buffer.from(poison?.traceId ?? '', 'hex'))) isPoison.add(record);
      return record;
    },
    assemble(records, resolution) {
      const assembled = recordFormat.assemble(records, resolution);
      return records.some((record) => isPoison.has(record))
        ? { ...assembled, blocks: broken(assembled.blocks) }
        : assembled;
    },
  };
  startDrain({ format });
  await Promise.all(all.map(({ drained }) => drained));
  expect(unstorable).toEqual([1]);
  expect(await storedTraces()).toEqual(
    all
      .slice(1)
      .map(({ traceId }) => traceId)
      .sort(),
  );
});

test('bytes that no version of ours wrote are set aside, and what came with them is stored', async () => {
  const garbage = log.append({ tenant: tenant.id, spans: 3, payload: Buffer.from([255, 1, 2, 3]) });
  const { traceId, drained } = await append();
  startDrain();
  await Promise.all([garbage, drained]);
  expect(unreadable).toBe(1);
  expect(await storedTraces()).toEqual([traceId]);
});

test('a retry sends the very same block, however often the database fails', async () => {
  const sent: EncodedBlocks[] = [];
  startDrain({
    async appendEncoded(blocks) {
      sent.push(blocks);
      await events.appendEncoded(blocks);
      // Stored, and the answer is lost.
      if (sent.length < 4) await openEventStore({ writeUrl: nowhere(), readUrl: nowhere() }).appendEncoded(blocks);
    },
  });
  const { traceId, drained } = await append(aToken());
  await drained;
  expect(sent).toHaveLength(4);
  for (const blocks of sent) expect(blocks).toBe(sent[0]);
  expect(await storedTraces()).toEqual([traceId]);
});

test('an erasure between two attempts wins: the block is resolved anew, and she is in none of its rows', async () => {
  const [erased, other] = [aToken(), aToken()];
  let attempts = 0;
  startDrain({
    async appendEncoded(blocks) {
      attempts += 1;
      if (attempts > 1) return events.appendEncoded(blocks);
      await aliases.suppress(tenant.id, [], Date.now() + 60_000, randomUUID(), [erased]);
      await watch.poll();
      return openEventStore({ writeUrl: nowhere(), readUrl: nowhere() }).appendEncoded(blocks);
    },
  });
  const hers = append(erased);
  const { traceId, drained } = await append(other);
  await Promise.all([(await hers).drained, drained]);
  expect(await storedTraces()).toEqual([traceId]);
  expect(await touches()).toBe(1);
});

test('an erasure between two parts of a span wins: no later part holds a row of hers', async () => {
  const [erased, ...others] = Array.from({ length: 4_000 }, aToken);
  const { id } = await aliases.createSet(tenant.id, [erased ?? '', ...others]);
  const tagsOfParts: number[] = [];
  startDrain({
    tagsMax: 1_500,
    async appendEncoded(blocks) {
      await events.appendEncoded(blocks);
      tagsOfParts.push(blocks.last.reduce((sum, { rows = 0 }) => sum + rows, 0));
      if (tagsOfParts.length > 1) return;
      await aliases.suppress(tenant.id, [], Date.now() + 60_000, randomUUID(), [erased ?? '']);
      await watch.poll();
    },
  });
  await appendNaming(id);
  const [, ...later] = tagsOfParts;
  expect(later.reduce((sum, tags) => sum + tags, 0)).toBe(others.length);
});

test('a span that names more people than fit into a block is written in several, and everybody is found', async () => {
  const members = Array.from({ length: 4_000 }, aToken);
  const { id } = await aliases.createSet(tenant.id, members);
  startDrain({ tagsMax: 1_500 });
  const traceId = await appendNaming(id);
  expect(await storedTraces()).toEqual([traceId]);
  const people = `SELECT uniqExact(subject_id) FROM touches WHERE tenant = ${tenant.id}`;
  expect(await clickHouseText(clickhouse.url('verifier'), people)).toBe('4000');
  expect(unstorable).toEqual([]);
});

/** A span that names a set, stored when this returns. @returns its trace */
async function appendNaming(setId: string): Promise<string> {
  const traceId = hexId(16);
  const set = { key: 'vestige.subject.set', value: { stringValue: setId } };
  const body = encodeProtobuf(requestOf(aSpan({ traceId, attributes: [set] })));
  const { spans, payload } = await encoder.encode(tenant, readContext(), [
    { body, form: 'protobuf', receivedAtMs: Date.now() },
  ]);
  await log.append({ tenant: tenant.id, spans, payload });
  return traceId;
}

/** A ClickHouse that is not there. */
function nowhere() {
  const url = clickhouse.url('collector').reveal();
  return new Secret(url.replace(`:${clickhouse.httpPort}/`, ':1/'));
}
