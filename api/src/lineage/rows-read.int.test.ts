import { randomUUID } from 'node:crypto';
import { LineageAnswer } from '@vestige/core/lineage/answer';
import type { ReadSpan } from '@vestige/core/model/span';
import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { meterReads, type ReadCost, type ReadMeter, rowsRead } from '@vestige/e2e/harness/read-cost';
import { openEventStore } from '@vestige/store/events/clickhouse-event-store';
import type { EventStore, ResolvedSpan } from '@vestige/store/events/event-store';
import { aSpan, newSpanId, newTraceId, ns } from '@vestige/store/events/testing/spans';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';
import { lineageOf } from './answer.ts';

/**
 * What an answer about one person reads, in an installation of other people that grows around her. Rows, as the engine
 * counts them: time depends on the machine.
 */

const TRACES = 40;
const SPANS_PER_TRACE = 5;
const DAYS = 20;
const CRM = 'store:postgres://db:5432/crm.public.customers';
const MINUTE_MS = 60_000;
const PATIENCE = { timeout: 60_000, interval: 100 } as const;

let clickhouse: TestClickHouse;
let api: TestApi;
let meter: ReadMeter;
let events: EventStore;
let ada: string;
let nowMs = Date.now();

beforeAll(async () => {
  clickhouse = await startTestClickHouse();
  api = await openTestApi({ clickhouse });
  meter = await meterReads(clickhouse.httpPort);
  events = openEventStore({
    writeUrl: clickhouse.url('collector'),
    readUrl: meter.by(clickhouse.url('api')),
    nowMs: () => nowMs,
  });
  const [subject] = await api.deps.aliases.resolve(api.acme.id, [{ token: `ps1.k1.${'a'.repeat(22)}`, atMs: 0 }]);
  ada = subject ?? '';
  await append(Array.from({ length: TRACES }, (_, index) => trace([ada], index, 'ada')).flat());
});
afterAll(async () => {
  await events.close();
  await api.close();
  await meter.close();
  await clickhouse.stop();
});

/** A trace of an agent that reads and writes a customer's record, on one of the days. */
function trace(subjectIds: readonly string[], index: number, customer: string): ResolvedSpan[] {
  const traceId = newTraceId();
  const root = newSpanId();
  return Array.from({ length: SPANS_PER_TRACE }, (_, at) => {
    const touches: ReadSpan['touches'] =
      at === 0 ? [] : [{ peer: CRM, action: at % 2 === 0 ? 'write' : 'read', rule: 'db' }];
    const span = aSpan({
      traceId,
      spanId: at === 0 ? root : newSpanId(),
      parentId: at === 0 ? '' : root,
      startNs: ns((index % DAYS) * 86_400 + index + at),
      endNs: ns((index % DAYS) * 86_400 + index + at + 1),
      attribution: subjectIds.length > 0 ? 'ambient' : 'none',
      seq: index * SPANS_PER_TRACE + at,
      instance: 'a',
      touches,
      recordRefs: at === 0 ? [] : [`${CRM}#${customer}`],
    });
    return { span, subjectIds, linkSubjectIds: [] };
  });
}

const append = (spans: ResolvedSpan[]) => events.append(api.acme.id, { spans });

/** Other people's traces, one in ten of them without a person. */
async function grow(traces: number): Promise<void> {
  const spans: ResolvedSpan[] = [];
  for (let index = 0; index < traces; index++) {
    spans.push(...trace(index % 10 === 0 ? [] : [randomUUID()], index, randomUUID()));
  }
  await append(spans);
}

/** The answer once everything that is remembered is remembered. */
async function ask(): Promise<{ answer: Awaited<ReturnType<typeof lineageOf>>; costs: ReadCost[] }> {
  const question = () => lineageOf({ ...api.deps, events }, api.acme, ada);
  await question();
  nowMs += MINUTE_MS;
  await question();
  meter.take();
  return { answer: await question(), costs: meter.take() };
}

test('an answer reads no more when the installation around the person grows, and stays the same', async () => {
  await grow(1_000);
  const small = await ask();
  await grow(9_000);
  const large = await ask();

  expect(large.answer.edges).toEqual(small.answer.edges);
  expect(large.answer.residency).toEqual(small.answer.residency);
  expect(small.answer.edges.length).toBeGreaterThan(0);
  // What is known of everybody grew along with everybody.
  expect(small.answer.completeness.unattributedTouches).toBe(100 * (SPANS_PER_TRACE - 1));
  expect(large.answer.completeness.unattributedTouches).toBe(1_000 * (SPANS_PER_TRACE - 1));

  // A granule of spans for each trace, of 1024 rows at most; of touches one of 8192; of jumps and links 256.
  const granules = TRACES * 1_024 + 2 * 8_192 + (2 * TRACES + 4) * 256;
  expect(rowsRead(large.costs)).toBeLessThan(granules);
  expect(large.costs.map(({ statement }) => statement)).not.toContain('unattributed touches');
});

test('a first answer follows as many traces as asked for, the oldest, and says that there is more', async () => {
  const get = async (query: string) => {
    const headers = { authorization: `Bearer ${await api.bearer(api.acme)}`, 'vestige-purpose': 'access request' };
    const answer = await api.app.request(`/v1/subjects/${ada}/lineage${query}`, { headers });
    return LineageAnswer.parse(await answer.json());
  };
  const [first, whole] = [await get('?tracesMax=3'), await get('')];
  expect(first.completeness.cut).toEqual({ tracesFollowed: 3, tracesKnown: TRACES });
  expect(whole.completeness.cut).toBeUndefined();
  const touches = ({ edges }: LineageAnswer) => edges.reduce((sum, { count }) => sum + count, 0);
  expect(touches(first)).toBe(3 * (SPANS_PER_TRACE - 1));
  expect(touches(whole)).toBe(TRACES * (SPANS_PER_TRACE - 1));
  expect([first.completeness.truncated, whole.completeness.truncated]).toEqual([true, false]);
});

test('spans that come late are counted by the next answer', async () => {
  const before = await ask();
  await append(trace([], 3, randomUUID()));
  const after = await ask();
  const late = SPANS_PER_TRACE - 1;
  expect(after.answer.completeness.unattributedTouches).toBe(before.answer.completeness.unattributedTouches + late);
  // The day and the two next to it, at once.
  nowMs += MINUTE_MS;
  await append(trace([], 3, randomUUID()));
  meter.take();
  await lineageOf({ ...api.deps, events }, api.acme, ada);
  const counted = meter.take().filter(({ statement }) => statement === 'unattributed touches');
  expect(counted).toHaveLength(1);
  // Twice what is on three days and once what is on five of twenty, of fifty-five thousand spans.
  expect(rowsRead(counted)).toBeLessThan(((2 * 3 + 5) / DAYS) * 11_000 * SPANS_PER_TRACE * 1.2);
});

test('nobody waits for everybody to be counted: an answer says of how many days, and how old a count is', async () => {
  const counting = openEventStore({
    writeUrl: clickhouse.url('collector'),
    readUrl: clickhouse.url('api'),
    nowMs: () => nowMs,
    countedNowSpans: 0,
  });
  const question = async () => (await lineageOf({ ...api.deps, events: counting }, api.acme, ada)).completeness;
  const gaps = () => counting.gaps(api.acme.id, { fromUs: null, toUs: null });
  const first = await question();
  expect([first.uncountedDays, first.unattributedTouches, first.complete]).toEqual([DAYS, 0, false]);
  expect(first.statement).toContain('nobody has counted yet');

  const countedMs = nowMs;
  await expect.poll(async () => (await gaps()).uncountedDays, PATIENCE).toBeUndefined();
  const counted = await question();
  expect(counted.unattributedTouches).toBe((await ask()).answer.completeness.unattributedTouches);
  expect(counted.unattributedTouchesAsOf).toBeUndefined();

  await append(trace([], 3, randomUUID()));
  nowMs = countedMs + MINUTE_MS / 2;
  const soon = await question();
  expect(soon.unattributedTouches).toBe(counted.unattributedTouches);
  expect(soon.unattributedTouchesAsOf).toBe(new Date(countedMs).toISOString());
  expect(soon.statement).toContain('spans have come in since');

  nowMs = countedMs + MINUTE_MS;
  await expect.poll(async () => (await gaps()).unattributedAsOfMs, PATIENCE).toBeUndefined();
  expect((await question()).unattributedTouches).toBe(counted.unattributedTouches + SPANS_PER_TRACE - 1);
  await counting.close();
});

test('traces are looked up in the days that have them, however many other days are kept', async () => {
  const traceIds: string[] = [];
  const quiet: ResolvedSpan[] = [];
  for (let day = DAYS + 2; day < DAYS + 102; day++) {
    for (let index = 0; index < 8; index++) {
      const spans = trace([randomUUID()], index, randomUUID()).map((one) => {
        const shift = ns((day - index) * 86_400) - ns(0);
        return { ...one, span: { ...one.span, startNs: one.span.startNs + shift, endNs: one.span.endNs + shift } };
      });
      quiet.push(...spans);
      if (day < DAYS + 7) traceIds.push(spans[0]?.span.traceId ?? '');
    }
  }
  await append(quiet);
  meter.take();
  const needs = { traces: traceIds, jumps: [], linksTo: [], datasets: [] };
  const { spans } = await events.facts(api.acme.id, needs, { spansMax: 10_000, hitsPerKeyMax: 10 });
  expect(spans).toHaveLength(5 * 8 * SPANS_PER_TRACE);
  // Five days of these are asked for, a granule of forty rows each. Ids are random, so that the filter lets others in now
  // and then, of 1024 rows at most: some, and not a third of the fifty thousand that are kept.
  expect(rowsRead(meter.take())).toBeLessThan(5 * 8 * SPANS_PER_TRACE + traceIds.length + 4 * 1_024);
});
