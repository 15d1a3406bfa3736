import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { readContext } from '@vestige/core/recognise/read-context';
import { CURRENT_RULES, type RuleTable } from '@vestige/core/recognise/registry';
import { type Rule, touch } from '@vestige/core/recognise/rule';
import { openTestPostgres, startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { type ClickHouse, openClickHouse, SYSTEM_SPEAKER } from '@vestige/store/clickhouse/client';
import type { AliasStore } from '@vestige/store/control/alias-store';
import { postgresAliasStore } from '@vestige/store/control/postgres-alias-store';
import { postgresTenantStore } from '@vestige/store/control/postgres-tenant-store';
import type { Tenant } from '@vestige/store/control/tenant-store';
import { openEventStore } from '@vestige/store/events/clickhouse-event-store';
import type { EventStore, ResolvedSpan } from '@vestige/store/events/event-store';
import { openReclassifyStore, type ReclassifyStore } from '@vestige/store/events/reclassify-store';
import { aSpan, ns } from '@vestige/store/events/testing/spans';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { SuppressionWatch } from '../ingest/suppression-watch.ts';
import { type ReclassifyDeps, type ReclassifyOptions, reclassify } from './reclassify.ts';

const DAY = 86_400;
const OLD = CURRENT_RULES.version;
const NEW = OLD + 1;
const STORE = 'store:postgres://db:5432/shop.public.users';

/** Tomorrow's table: calls of this system do what their operation says, touch by touch. */
const spelled: Rule = {
  id: 'db',
  source: 'this test',
  changedIn: NEW,
  match: (span) => span.text('db.system.name') === 'spelled',
  read(span) {
    const said = span.text('db.operation.name').split(' ').filter(Boolean);
    if (said[0] === 'trip') throw new Error('a rule with a fault');
    return { touches: said.map((action) => touch(STORE, action as 'read', `db.spelled.${action}`)) };
  },
};
const tomorrow: RuleTable = { version: NEW, rules: [spelled, ...CURRENT_RULES.rules] };

let clickhouse: TestClickHouse;
let postgres: Awaited<ReturnType<typeof openTestPostgres>>;
let admin: ClickHouse;
let aliases: AliasStore;
let events: EventStore;
let spans: ReclassifyStore;
let tenant: Tenant;

beforeAll(async () => {
  [clickhouse, postgres] = await Promise.all([startTestClickHouse(), openTestPostgres()]);
  admin = openClickHouse(clickhouse.url('admin'));
  aliases = postgresAliasStore(postgres.db);
  const urls = { writeUrl: clickhouse.url('collector'), readUrl: clickhouse.url('api') };
  events = openEventStore(urls);
  spans = openReclassifyStore(urls);
});
afterAll(async () => {
  await Promise.all([admin, events, spans, postgres].map((each) => each?.close()));
  await clickhouse?.stop();
});
beforeEach(async () => {
  tenant = await postgresTenantStore(postgres.db).ensureTenant(`t-${randomUUID()}`);
});

const aPerson = async (): Promise<string> => {
  const token = `ps1.k1.${randomBytes(16).toString('base64url')}`;
  const [subject] = await aliases.resolve(tenant.id, [{ token, atMs: 1 }]);
  return subject as string;
};

type Done = 'read' | 'write' | 'delete';
/** A span that was read as `then` by the old rules, and is read as `now` by the new ones. */
function called(then: readonly Done[], now: string, given: Partial<ResolvedSpan> & { readonly second?: number } = {}) {
  const { second = 0, subjectIds = [], linkSubjectIds = [] } = given;
  const touches = then.map((action) => touch(STORE, action, `db.old.${action}`));
  const span = aSpan({
    startNs: ns(second),
    attrs: { 'db.system.name': 'spelled', 'db.operation.name': now, 'http.route': '/a' },
    resource: { 'service.name': 'desk', 'service.version': '1' },
    events: [{ timeNs: ns(second), name: 'exception', attrs: { 'exception.type': 'E' } }],
    recordRefs: [`${STORE}#${'r'.repeat(22)}`],
    attribution: subjectIds.length > 0 ? 'declared' : 'none',
    role: 'mentioned',
    categories: ['user.contact'],
    purpose: 'support',
    touches,
    ruleSet: OLD,
    seq: 7,
  });
  return { span, subjectIds, linkSubjectIds };
}

const run = (options: Partial<ReclassifyOptions> = {}, deps: Partial<ReclassifyDeps> = {}) =>
  reclassify(
    {
      spans,
      aliases,
      contexts: { of: async () => readContext() },
      watch: watchOf(randomUUID()),
      table: tomorrow,
      nowMs: () => performance.now(),
      sleep,
      ...deps,
    },
    tenant,
    { fromUs: null, toUs: null, spansPerSecond: null, ...options },
  );
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
const ask = <Row>(sql: string) => admin.rows<Row>(SYSTEM_SPEAKER, { name: 'test', sql }, { tenant: tenant.id });
const spanRows = () =>
  ask<Record<string, unknown>>('SELECT * FROM spans FINAL WHERE tenant = {tenant: UInt32} ORDER BY ALL');
const touchRows = () =>
  ask<Record<string, unknown>>(
    `SELECT * EXCEPT subject_id, UUIDNumToString(subject_id) AS subject
     FROM touches FINAL WHERE tenant = {tenant: UInt32} ORDER BY subject, ts, span_id, touch_no`,
  );
const touchesOf = async (subject: string) =>
  (await touchRows())
    .filter((row) => row['subject'] === subject)
    .map((row) => [row['touch_no'], row['peer'], row['action']]);
const left = async () =>
  (await spans.days(tenant.id, { fromUs: null, toUs: null }, NEW)).reduce((sum, day) => sum + day.spans, 0);
const RECEIVED_LONG_AGO = '2025-12-24';
/** As if it had been received long ago, so that a row written again with today's date is seen. */
const aged = () =>
  Promise.all(
    ['spans', 'touches'].map((table) =>
      admin.run(
        SYSTEM_SPEAKER,
        {
          name: 'test',
          sql: `ALTER TABLE ${table} UPDATE received_on = '${RECEIVED_LONG_AGO}' WHERE tenant = {tenant: UInt32}`,
          settings: { mutations_sync: '2' },
        },
        { tenant: tenant.id },
      ),
    ),
  );

test('new touches come, old ones go, people stay, and nothing else of a span or its tags changes', async () => {
  const [own, linked] = [await aPerson(), await aPerson()];
  const batch = [
    called(['read'], 'write delete', { subjectIds: [own], linkSubjectIds: [linked] }),
    called(['read', 'write', 'delete'], 'delete', { subjectIds: [own], second: 1 }),
    called([], 'read', { subjectIds: [own], second: 2 }),
    called(['write'], '', { subjectIds: [own], second: 3 }),
    called(['read'], 'read', { second: 4 }),
  ];
  await events.append(tenant.id, { spans: batch });
  await aged();
  const [spansBefore, touchesBefore] = [await spanRows(), await touchRows()];

  expect(await run()).toEqual({ read: 5, changed: 5, failed: 0 });

  const derived = ['touch_peer', 'touch_action', 'touch_rule', 'rule_set'];
  const without = (row: Record<string, unknown>, keys: readonly string[]) =>
    Object.fromEntries(Object.entries(row).filter(([key]) => !keys.includes(key)));
  const spansAfter = await spanRows();
  expect(spansAfter.map((row) => without(row, derived))).toEqual(spansBefore.map((row) => without(row, derived)));
  expect(spansAfter.every((row) => row['rule_set'] === NEW && row['received_on'] === RECEIVED_LONG_AGO)).toBe(true);
  const actions = new Map(spansAfter.map((row) => [String(row['ts']), row['touch_action']]));
  expect([...actions].sort().map(([, said]) => said)).toEqual([
    ['write', 'delete'],
    ['delete'],
    ['read'],
    [],
    ['read'],
  ]);

  expect(await touchesOf(own)).toEqual([
    [1, STORE, 'write'],
    [2, STORE, 'delete'],
    [1, STORE, 'delete'],
    [2, '', 'none'],
    [3, '', 'none'],
    [0, '', 'none'],
    [1, STORE, 'read'],
    [0, '', 'none'],
    [1, '', 'none'],
  ]);
  expect(await touchesOf(linked)).toEqual([
    [1, STORE, 'write'],
    [2, STORE, 'delete'],
  ]);
  const tagged = ['touch_no', 'peer', 'action', 'rule_set'];
  const tags = (rows: readonly Record<string, unknown>[]) =>
    [...new Set(rows.map((row) => JSON.stringify(without(row, tagged))))].sort();
  expect(tags(await touchRows())).toEqual(tags(touchesBefore));

  // What is asked of the store: the same spans for the same people, with the new touches.
  const all = { fromUs: null, toUs: null, limit: 100 };
  expect((await events.subjectTags(tenant.id, { ...all, subjectIds: [own] })).rows).toHaveLength(4);
  expect(await events.subjectSummary(tenant.id, [own])).toMatchObject({ spans: 4, categories: ['user.contact'] });
  const trace = await events.trace(tenant.id, batch[0]?.span.traceId ?? '', 10);
  expect(trace.rows).toMatchObject([
    { touches: [{ action: 'write' }, { action: 'delete' }], subjectIds: [own, linked].sort() },
  ]);
  expect(await left()).toBe(0);
  expect(await run()).toEqual({ read: 0, changed: 0, failed: 0 });
});

test('a record is found through what the new rules say was done to it', async () => {
  const { span } = called(['write'], 'read');
  await events.append(tenant.id, { spans: [{ span, subjectIds: [], linkSubjectIds: [] }] });
  await run();
  const jumps = [{ key: span.recordRefs[0] ?? '', fromUs: 0 }];
  const facts = await events.facts(
    tenant.id,
    { traces: [], jumps, linksTo: [], datasets: [] },
    { spansMax: 10, hitsPerKeyMax: 10 },
  );
  expect(facts.jumps).toContainEqual(expect.objectContaining({ traceId: span.traceId, action: 'read' }));
});

test('a store that has another name since is found by it: in touches, in records, and from whom it came', async () => {
  const [old, present] = [
    'store:redshift://c.x.eu-west-1.redshift.amazonaws.com:5439/dev.public.t',
    'store:redshift://c.eu-west-1:5439/dev.public.t',
  ];
  const hash = `#${'h'.repeat(22)}`;
  const person = await aPerson();
  const span = aSpan({
    name: 'What did Jane Roe order?.task',
    scope: 'opentelemetry.instrumentation.crewai 0.60.0',
    touches: [touch(old, 'write', 'vestige.flow')],
    recordRefs: [`${old}${hash}`],
    derivedFrom: [`${old}${hash}`],
    ruleSet: 3,
  });
  await events.append(tenant.id, { spans: [{ span, subjectIds: [person], linkSubjectIds: [] }] });
  expect(await run({}, { table: CURRENT_RULES })).toEqual({ read: 1, changed: 1, failed: 0 });

  const renamed = {
    touches: [{ peer: present }],
    recordRefs: [`${present}${hash}`],
    derivedFrom: [`${present}${hash}`],
  };
  expect((await events.trace(tenant.id, span.traceId, 10)).rows).toMatchObject([{ name: '….task', ...renamed }]);
  expect(await touchesOf(person)).toEqual([[1, present, 'write']]);
  const facts = await events.facts(
    tenant.id,
    { traces: [], jumps: [{ key: `${present}${hash}`, fromUs: 0 }], linksTo: [], datasets: [] },
    { spansMax: 10, hitsPerKeyMax: 10 },
  );
  expect(facts.jumps.map(({ action }) => action).sort()).toEqual(['read', 'write']);
  expect(await run({}, { table: CURRENT_RULES })).toEqual({ read: 0, changed: 0, failed: 0 });
});

test('touches that are no more are not counted as unattributed, while the older row still lies beside the newer', async () => {
  const merges = (sql: string) => admin.run(SYSTEM_SPEAKER, { name: 'test', sql }, {});
  await merges('SYSTEM STOP MERGES spans');
  onTestFinished(() => merges('SYSTEM START MERGES spans'));
  const { span } = called(['write'], '');
  await events.append(tenant.id, { spans: [{ span, subjectIds: [], linkSubjectIds: [] }] });
  const window = { fromUs: null, toUs: null };
  expect((await events.gaps(tenant.id, window)).unattributedTouches).toBe(1);
  await run();
  expect((await events.gaps(tenant.id, window)).unattributedTouches).toBe(0);
  expect((await events.coverage(tenant.id, window, 10)).rows.filter(({ touches }) => touches > 0)).toEqual([]);
});

test('spans that no changed rule concerns are only marked, and those outside the window are left', async () => {
  const http = { attrs: { 'http.request.method': 'GET', 'server.address': 'a.example.com' }, kind: 'client' } as const;
  const unconcerned = aSpan({ ...http, touches: [touch('recipient:old', 'share', 'http.client')], ruleSet: OLD });
  const later = called(['read'], 'write', { second: 2 * DAY });
  await events.append(tenant.id, { spans: [{ span: unconcerned, subjectIds: [], linkSubjectIds: [] }, later] });
  expect(await run({ toUs: Number(later.span.startNs / 1000n) })).toEqual({ read: 1, changed: 0, failed: 0 });
  expect(await left()).toBe(1);
  const { rows } = await events.trace(tenant.id, unconcerned.traceId, 1);
  expect(rows).toMatchObject([{ touches: unconcerned.touches, ruleSet: NEW }]);
});

test('a span that a rule trips over stays as it was, and the others are done', async () => {
  await events.append(tenant.id, { spans: [called(['read'], 'trip'), called(['read'], 'write')] });
  expect(await run()).toEqual({ read: 2, changed: 1, failed: 1 });
  expect(await left()).toBe(1);
});

test('a run that is killed between any two writes is taken up where it was, and ends like one that was not', async () => {
  const person = await aPerson();
  const batch = Array.from({ length: 2_500 }, (_, index) =>
    called(['read', 'write'], index % 2 === 0 ? 'delete' : 'read write', {
      subjectIds: [person],
      second: (index % 3) * DAY,
    }),
  );
  await events.append(tenant.id, { spans: batch });
  let writes = 0;
  let dieAt = 1;
  const counted =
    <Args extends unknown[]>(write: (...args: Args) => Promise<void>) =>
    async (...args: Args) => {
      writes += 1;
      if (writes === dieAt) throw new Error('killed');
      await write(...args);
    };
  const mortal: ReclassifyStore = {
    ...spans,
    replaceTouches: counted(spans.replaceTouches),
    addJumps: counted(spans.addJumps),
    replaceSpans: counted(spans.replaceSpans),
    stampSpans: counted(spans.stampSpans),
  };
  const leftAfter: number[] = [];
  for (dieAt of [2, 3, 4, 6]) {
    writes = 0;
    await expect(run({}, { spans: mortal })).rejects.toThrow('killed');
    leftAfter.push(await left());
  }
  expect(leftAfter.toSorted((a, b) => b - a)).toEqual(leftAfter);
  expect(leftAfter.at(-1)).toBeGreaterThan(0);
  const seen: number[] = [];
  await run({ onProgress: ({ read, total, remainingMs }) => seen.push(total - read, remainingMs ?? -1) });
  expect(seen.slice(-2)).toEqual([0, 0]);
  expect(await left()).toBe(0);
  const counts = await ask<{ action: string; rows: number }>(
    'SELECT action, count() AS rows FROM touches FINAL WHERE tenant = {tenant: UInt32} GROUP BY action ORDER BY action',
  );
  expect(counts).toEqual([
    { action: 'none', rows: 1_250 },
    { action: 'read', rows: 1_250 },
    { action: 'write', rows: 1_250 },
    { action: 'delete', rows: 1_250 },
  ]);
});

test('the touches of a person who is being erased are not written again', async () => {
  const [erased, other] = [await aPerson(), await aPerson()];
  await events.append(tenant.id, { spans: [called(['read'], 'write delete', { subjectIds: [erased, other] })] });
  await aliases.suppress(tenant.id, [erased], Date.now(), randomUUID());
  await run();
  expect(await touchesOf(other)).toHaveLength(2);
  expect(await touchesOf(erased)).toEqual([[1, STORE, 'read']]);
});

test('an erasure that begins while touches are written waits for them', async () => {
  const person = await aPerson();
  await events.append(tenant.id, { spans: [called(['read'], 'write', { subjectIds: [person] })] });
  const collectorId = randomUUID();
  const watch = watchOf(collectorId);
  let waitedFor: string[] = [];
  const interrupted: ReclassifyStore = {
    ...spans,
    async replaceTouches(...args) {
      const version = await aliases.suppress(tenant.id, [person], Date.now(), randomUUID());
      await watch.poll();
      waitedFor = await aliases.unacknowledged(tenant.id, version, 60_000);
      await spans.replaceTouches(...args);
    },
  };
  await run({}, { spans: interrupted, watch });
  expect(waitedFor).toEqual([collectorId]);
  await watch.poll();
  expect(await aliases.unacknowledged(tenant.id, await aliases.suppressionVersion(tenant.id), 60_000)).toEqual([]);
});

test('a pace is kept by resting after each page until it is due', async () => {
  await events.append(tenant.id, { spans: Array.from({ length: 1_500 }, () => called(['read'], 'read')) });
  const rests: number[] = [];
  let nowMs = 0;
  const clock = {
    nowMs: () => nowMs,
    async sleep(ms: number) {
      rests.push(ms);
      nowMs += ms;
    },
  };
  await run({ spansPerSecond: 100 }, clock);
  expect(rests).toEqual([10_000, 5_000]);
});
