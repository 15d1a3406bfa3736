import { CANARY_SERVICE } from '@vestige/core/lineage/completeness';
import { RULE_SET } from '@vestige/core/recognise/rule-set';
import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openEventStore } from './clickhouse-event-store.ts';
import type { EventStore } from './event-store.ts';
import { newTenant, untagged } from './testing/spans.ts';

const MINUTE_MS = 60_000;
const OLDER = { ruleSet: RULE_SET - 1 };
let engine: TestClickHouse;
let store: EventStore;
let nowMs = 0;
beforeAll(async () => {
  engine = await startTestClickHouse();
});
afterAll(() => engine.stop());
beforeEach(() => {
  nowMs = Date.now();
  store = openEventStore({ writeUrl: engine.url('collector'), readUrl: engine.url('api'), nowMs: () => nowMs });
});
afterEach(() => store.close());

test('a span that an older version has read is told of, until it is read again: also while its older row lies beside', async () => {
  const tenant = newTenant();
  const { span } = untagged(OLDER);
  await store.append(tenant, { spans: [untagged(), { span, subjectIds: [], linkSubjectIds: [] }] });
  expect(await store.holdsOlderReadings(tenant)).toBe(true);
  expect(await store.holdsOlderReadings(newTenant())).toBe(false);
  const again = { ...span, ruleSet: RULE_SET };
  await store.append(tenant, { spans: [{ span: again, subjectIds: [], linkSubjectIds: [] }] });
  nowMs += 20 * MINUTE_MS;
  await expect.poll(() => store.holdsOlderReadings(tenant), { timeout: 30_000 }).toBe(false);
});

test('what is found holds for minutes, and a collector that is still of an older version is noticed then', async () => {
  const tenant = newTenant();
  await store.append(tenant, { spans: [untagged()] });
  await expect.poll(() => store.holdsOlderReadings(tenant), { timeout: 30_000 }).toBe(false);
  await store.append(tenant, { spans: [untagged(OLDER)] });
  nowMs += 5 * MINUTE_MS;
  expect(await store.holdsOlderReadings(tenant)).toBe(false);
  nowMs += 10 * MINUTE_MS;
  await expect.poll(() => store.holdsOlderReadings(tenant), { timeout: 30_000 }).toBe(true);
});

test('the canary of our own is read by no rules', async () => {
  const tenant = newTenant();
  await store.append(tenant, { spans: [untagged({ service: `service:${CANARY_SERVICE}`, ruleSet: 0 })] });
  await expect.poll(() => store.holdsOlderReadings(tenant), { timeout: 30_000 }).toBe(false);
});
