import { randomUUID } from 'node:crypto';
import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEventStore } from './clickhouse-event-store.ts';
import type { EventStore, RejectedSpan } from './event-store.ts';
import { openRejectedStore, type RejectedStore, type StoredRejected } from './rejected-store.ts';
import { newTenant, rejectedSpan, T0_US, us } from './testing/spans.ts';

const DAY = 86_400;
const ALL = { reason: null, sinceMs: 0 };
const day = (index: number) => new Date(us(index * DAY) / 1000).toISOString().slice(0, 10);
const EVER = { fromUs: null, toUs: null };

let engine: TestClickHouse;
let events: EventStore;
let rejected: RejectedStore;
beforeAll(async () => {
  engine = await startTestClickHouse();
  const urls = { writeUrl: engine.url('collector'), readUrl: engine.url('api') };
  events = openEventStore(urls);
  rejected = openRejectedStore(urls);
});
afterAll(async () => {
  await Promise.all([events?.close(), rejected?.close()]);
  await engine?.stop();
});

const numbered = (number: number, given: Partial<RejectedSpan> = {}) =>
  rejectedSpan({ span: JSON.stringify({ number }), ...given });

async function pages(tenant: ReturnType<typeof newTenant>, ofDay: string, limit: number): Promise<StoredRejected[]> {
  const found: StoredRejected[] = [];
  for (;;) {
    const page = await rejected.page(tenant, ofDay, ALL, found.at(-1)?.spanKey ?? '', limit);
    expect(page.length).toBeLessThanOrEqual(limit);
    if (page.length === 0) return found;
    found.push(...page);
  }
}

test('what was kept comes back whole, each span once, in pages that meet every row', async () => {
  const tenant = newTenant();
  const given = Array.from({ length: 11 }, (_, index) =>
    numbered(index, {
      subjectIds: [randomUUID()],
      linkSubjectIds: index % 2 === 0 ? [] : [randomUUID(), randomUUID()],
    }),
  );
  await events.appendRejected(tenant, given);
  await events.appendRejected(tenant, given);
  const found = await pages(tenant, day(0), 4);
  expect(found).toHaveLength(11);
  for (const span of given) expect(found).toContainEqual(expect.objectContaining(span));
});

test('days and reasons are counted, from an instant on', async () => {
  const tenant = newTenant();
  await events.appendRejected(tenant, [
    numbered(1),
    numbered(2, { reason: 'reader_fault' }),
    numbered(3, { reason: 'reader_fault', receivedAtMs: us(DAY) / 1000 }),
  ]);
  expect(await rejected.days(tenant, ALL)).toEqual([
    { day: day(0), reason: 'bad_time', spans: 1 },
    { day: day(0), reason: 'reader_fault', spans: 1 },
    { day: day(1), reason: 'reader_fault', spans: 1 },
  ]);
  expect(await rejected.days(tenant, { reason: 'reader_fault', sinceMs: T0_US / 1000 + 1 })).toEqual([
    { day: day(1), reason: 'reader_fault', spans: 1 },
  ]);
  expect(await rejected.days(newTenant(), ALL)).toEqual([]);
});

test('a replayed span leaves every page and the completeness of answers, a copy of another day stays for itself', async () => {
  const tenant = newTenant();
  await events.appendRejected(tenant, [numbered(1), numbered(2), numbered(1, { receivedAtMs: us(DAY) / 1000 })]);
  expect((await events.gaps(tenant, EVER)).rejectedSpans).toBe(2);
  const [one] = (await pages(tenant, day(0), 10)).filter(({ span }) => span === '{"number":1}');
  if (one === undefined) throw new Error('not kept');
  for (let time = 0; time < 2; time++) await rejected.markReplayed(tenant, [one]);
  expect((await pages(tenant, day(0), 10)).map(({ span }) => span)).toEqual(['{"number":2}']);
  expect(await pages(tenant, day(1), 10)).toHaveLength(1);
  const window = { fromUs: us(0), toUs: us(1) };
  expect((await events.gaps(tenant, window)).rejectedSpans).toBe(1);
});

test('a copy that arrives after the replay brings nothing back', async () => {
  const tenant = newTenant();
  await events.appendRejected(tenant, [numbered(1)]);
  await rejected.markReplayed(tenant, await pages(tenant, day(0), 10));
  await events.appendRejected(tenant, [numbered(1)]);
  expect(await pages(tenant, day(0), 10)).toEqual([]);
  expect((await events.gaps(tenant, EVER)).rejectedSpans).toBe(0);
});
