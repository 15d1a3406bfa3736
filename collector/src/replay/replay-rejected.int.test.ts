import { randomBytes, randomUUID } from 'node:crypto';
import type { KeptSpan } from '@vestige/core/model/kept-span';
import { readContext } from '@vestige/core/recognise/read-context';
import { openTestPostgres, startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import type { AliasStore } from '@vestige/store/control/alias-store';
import { postgresAliasStore } from '@vestige/store/control/postgres-alias-store';
import { postgresTenantStore } from '@vestige/store/control/postgres-tenant-store';
import type { Tenant } from '@vestige/store/control/tenant-store';
import { openEventStore } from '@vestige/store/events/clickhouse-event-store';
import type { EventStore, RejectedSpan } from '@vestige/store/events/event-store';
import { openRejectedStore, type RejectedStore } from '@vestige/store/events/rejected-store';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { SuppressionWatch } from '../ingest/suppression-watch.ts';
import { type ReplayDeps, type ReplayOptions, replayRejected } from './replay-rejected.ts';

const NOW_MS = Date.parse('2026-11-20T12:00:00Z');
const EVER = { fromUs: null, toUs: null };

let clickhouse: TestClickHouse;
let postgres: Awaited<ReturnType<typeof openTestPostgres>>;
let aliases: AliasStore;
let events: EventStore;
let rejected: RejectedStore;
let tenant: Tenant;

beforeAll(async () => {
  [clickhouse, postgres] = await Promise.all([startTestClickHouse(), openTestPostgres()]);
  aliases = postgresAliasStore(postgres.db);
  const urls = { writeUrl: clickhouse.url('collector'), readUrl: clickhouse.url('api') };
  events = openEventStore(urls);
  rejected = openRejectedStore(urls);
});
afterAll(async () => {
  await Promise.all([events?.close(), rejected?.close(), postgres?.close()]);
  await clickhouse?.stop();
});
beforeEach(async () => {
  tenant = await postgresTenantStore(postgres.db).ensureTenant(`t-${randomUUID()}`);
});

const kept = (given: Partial<KeptSpan> = {}): KeptSpan => ({
  traceId: randomBytes(16).toString('hex'),
  spanId: randomBytes(8).toString('hex'),
  parentId: '',
  name: 'INSERT users',
  kind: 'client',
  startNs: String(BigInt(NOW_MS) * 1_000_000n),
  endNs: String(BigInt(NOW_MS) * 1_000_000n),
  status: 'unset',
  scopeName: 'pg',
  scopeVersion: '1',
  resource: { 'service.name': 'desk' },
  attributes: {
    'db.system.name': 'postgresql',
    'db.query.text': 'INSERT INTO users VALUES (?)',
    'server.address': 'db',
  },
  events: [],
  links: [],
  attribution: 'declared',
  cut: false,
  ...given,
});
const rejection = (span: KeptSpan, given: Partial<RejectedSpan> = {}): RejectedSpan => ({
  receivedAtMs: NOW_MS,
  reason: 'reader_fault',
  service: 'service:desk',
  span: JSON.stringify(span),
  subjectIds: [],
  linkSubjectIds: [],
  ...given,
});
const aPerson = async (): Promise<string> => {
  const token = `ps1.k1.${randomBytes(16).toString('base64url')}`;
  const [subject] = await aliases.resolve(tenant.id, [{ token, atMs: NOW_MS }]);
  return subject as string;
};
const watchOf = (collectorId: string) =>
  new SuppressionWatch({
    aliases,
    collectorId,
    pollMs: 1000,
    staleMs: 60_000,
    inDoubtMs: 1,
    idleMs: 60_000,
    nowMs: () => performance.now(),
    onPollFailed: () => {},
  });
const replay = (options: Partial<ReplayOptions> = {}, deps: Partial<ReplayDeps> = {}) =>
  replayRejected(
    {
      rejected,
      events,
      aliases,
      contexts: { of: async () => readContext() },
      watch: watchOf('replay'),
      nowMs: () => NOW_MS,
      ...deps,
    },
    tenant,
    { reason: null, sinceMs: 0, dryRun: false, ...options },
  );
const tagsOf = (subjectId: string) => events.subjectTags(tenant.id, { ...EVER, subjectIds: [subjectId], limit: 100 });
const rejectedCount = async () => (await events.gaps(tenant.id, EVER)).rejectedSpans;

test('what is understood now is stored with its people and leaves the count; the rest stays, with its reason', async () => {
  const [own, linked] = [await aPerson(), await aPerson()];
  const good = kept();
  await events.appendRejected(tenant.id, [
    rejection(good, { subjectIds: [own], linkSubjectIds: [linked] }),
    rejection(kept({ traceId: '0'.repeat(32) }), { reason: 'bad_trace_id' }),
    rejection(kept({ cut: true }), { reason: 'too_large' }),
    rejection(kept(), { reason: 'bad_time' }),
  ]);
  const counts = {
    reader_fault: { replayed: 1, kept: 0, erased: 0 },
    bad_trace_id: { replayed: 0, kept: 1, erased: 0 },
    too_large: { replayed: 0, kept: 1, erased: 0 },
    bad_time: { replayed: 1, kept: 0, erased: 0 },
  };
  expect(await replay({ dryRun: true })).toEqual(counts);
  expect(await rejectedCount()).toBe(4);
  expect(await replay()).toEqual(counts);
  expect(await rejectedCount()).toBe(2);
  const trace = await events.trace(tenant.id, good.traceId, 10);
  expect(trace.rows).toMatchObject([
    { spanId: good.spanId, attribution: 'declared', touches: [{ action: 'write' }], subjectIds: [own, linked].sort() },
  ]);
  expect((await tagsOf(own)).rows).toMatchObject([{ attribution: 'declared', viaLink: false }]);
  expect((await tagsOf(linked)).rows).toMatchObject([{ attribution: 'ambient', viaLink: true }]);
  expect(await replay()).toEqual({ bad_trace_id: counts.bad_trace_id, too_large: counts.too_large });
});

test('only the spans of a reason, and only since an instant, are read', async () => {
  await events.appendRejected(tenant.id, [
    rejection(kept()),
    rejection(kept(), { reason: 'bad_time' }),
    rejection(kept(), { receivedAtMs: NOW_MS - 1 }),
  ]);
  await replay({ reason: 'reader_fault', sinceMs: NOW_MS });
  expect(await rejectedCount()).toBe(2);
});

test('a replay that dies between storing and marking is repeated and stores nothing twice', async () => {
  const person = await aPerson();
  const spans = Array.from({ length: 450 }, () => kept());
  await events.appendRejected(
    tenant.id,
    spans.map((span) => rejection(span, { subjectIds: [person] })),
  );
  let marks = 0;
  const dying = {
    ...rejected,
    markReplayed: async (...args: Parameters<RejectedStore['markReplayed']>) => {
      marks += 1;
      if (marks === 2) throw new Error('killed');
      await rejected.markReplayed(...args);
    },
  };
  await expect(replay({}, { rejected: dying })).rejects.toThrow('killed');
  expect(await rejectedCount()).toBe(250);
  const seen: number[] = [];
  await replay({ onProgress: (counts, total) => seen.push(total, counts['reader_fault']?.replayed ?? 0) });
  expect(seen).toEqual([250, 200, 250, 250]);
  expect(await rejectedCount()).toBe(0);
  expect(await events.subjectSummary(tenant.id, [person])).toMatchObject({ spans: 450 });
});

test('nobody who is being erased comes back, and a span that is others’ too is stored for them', async () => {
  const [erased, other] = [await aPerson(), await aPerson()];
  const shared = kept();
  await events.appendRejected(tenant.id, [
    rejection(kept(), { subjectIds: [erased] }),
    rejection(shared, { subjectIds: [erased, other] }),
  ]);
  await aliases.suppress(tenant.id, [erased], NOW_MS + 1, randomUUID());
  expect(await replay()).toEqual({ reader_fault: { replayed: 1, kept: 0, erased: 1 } });
  expect((await tagsOf(erased)).rows).toEqual([]);
  expect((await tagsOf(other)).rows).toMatchObject([{ traceId: shared.traceId }]);
});

test('an erasure that begins while spans are being stored waits for them, and one that began just before is seen', async () => {
  const [early, late] = [await aPerson(), await aPerson()];
  await events.appendRejected(tenant.id, [rejection(kept(), { subjectIds: [early, late] })]);
  const collectorId = randomUUID();
  const watch = watchOf(collectorId);
  let asked = 0;
  let waitedFor: string[] = [];
  await replay(
    {},
    {
      watch,
      aliases: {
        async livingSubjects(...args) {
          const living = await aliases.livingSubjects(...args);
          // The answer above is old at once; the poll of another moment brings the news before anything is written.
          if (asked++ === 0) {
            await aliases.suppress(tenant.id, [early], NOW_MS + 1, randomUUID());
            await watch.poll();
          }
          return living;
        },
      },
      events: {
        async append(...args) {
          const version = await aliases.suppress(tenant.id, [late], NOW_MS + 1, randomUUID());
          await watch.poll();
          waitedFor = await aliases.unacknowledged(tenant.id, version, 60_000);
          await events.append(...args);
        },
      },
    },
  );
  expect(waitedFor).toEqual([collectorId]);
  expect([(await tagsOf(early)).rows.length, (await tagsOf(late)).rows.length]).toEqual([0, 1]);
  await watch.poll();
  expect(await aliases.unacknowledged(tenant.id, await aliases.suppressionVersion(tenant.id), 60_000)).toEqual([]);
});
