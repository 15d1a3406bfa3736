import type { TenantId } from '@vestige/core/ids';
import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEventStore } from './clickhouse-event-store.ts';
import type { EventStore } from './event-store.ts';
import { lineageEvent } from './testing/lineage-events.ts';
import { newTenant, ns, rejectedSpan, tagged, untagged, us } from './testing/spans.ts';

/**
 * What one tenant does changes no answer of another, although both use the same trace, span, subject, record and job ids:
 * the answers of each are those of a tenant who did the same alone.
 */

let engine: TestClickHouse;
let store: EventStore;
beforeAll(async () => {
  engine = await startTestClickHouse();
  store = openEventStore({ writeUrl: engine.url('collector'), readUrl: engine.url('api') });
});
afterAll(async () => {
  await store?.close();
  await engine?.stop();
});

const SUBJECTS = ['10000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000002'];
const TRACES = ['a'.repeat(32), 'b'.repeat(32)];
const STORES = ['store:sqlite:crm.db/main.people', 'store:sqlite:crm.db/main.notes'];
const REFS = STORES.map((store) => `${store}#AAAAAAAAAAAAAAAAAAAAAA`);
const EVERYTHING = { fromUs: us(-3_600), toUs: us(3_600) };

const one = <T>(from: readonly T[]) => fc.constantFrom(...from);

/** One thing that a tenant may do, with ids that every tenant uses. */
const doing = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({ trace: one(TRACES), who: fc.subarray(SUBJECTS), at: fc.nat(100), where: fc.nat(1) })
      .map(({ trace, who, at, where }) => async (tenant: TenantId, step: number) => {
        const peer = STORES[where] ?? '';
        const links = [{ traceId: TRACES[1] ?? '', spanId: '1'.repeat(16) }];
        const given = {
          traceId: trace,
          // One span is never written with two contents.
          spanId: step.toString(16).padStart(16, '0'),
          startNs: ns(at),
          self: 'agent:desk/triage',
          touches: [{ peer, action: 'write' as const, rule: 'db.sql.insert' }],
          recordRefs: [REFS[where] ?? ''],
          conversation: 'conversation:c1',
          links,
        };
        await store.append(tenant, { spans: [who.length > 0 ? tagged(who, given) : untagged(given)] });
      }),
  },
  fc.nat(100).map((at) => async (tenant: TenantId) => {
    await store.appendRejected(tenant, [rejectedSpan({ receivedAtMs: us(at) / 1_000 })]);
  }),
  fc.nat(1).map((from) => async (tenant: TenantId) => {
    const event = lineageEvent({ inputs: [STORES[from] ?? ''], outputs: [STORES[1 - from] ?? ''] });
    await store.appendLineageEvents(tenant, [event]);
  }),
);

/** Every read there is, asked for everything that anybody may have written. */
async function viewOf(tenant: TenantId): Promise<unknown> {
  const summaries = SUBJECTS.map((subject) => store.subjectSummary(tenant, [subject]));
  const needs = {
    traces: TRACES,
    jumps: [...REFS, 'conversation:c1'].map((key) => ({ key, fromUs: EVERYTHING.fromUs })),
    linksTo: TRACES,
    datasets: STORES,
  };
  const answers = await Promise.all([
    store.subjectTags(tenant, { ...EVERYTHING, subjectIds: SUBJECTS, limit: 1_000 }),
    store.facts(tenant, needs, { spansMax: 1_000, hitsPerKeyMax: 100 }),
    ...summaries,
    ...TRACES.map((trace) => store.trace(tenant, trace, 1_000)),
    store.watermarks(tenant, EVERYTHING),
    store.gaps(tenant, EVERYTHING).then(({ unattributedAsOfMs: _, ...gaps }) => gaps),
    store.coverage(tenant, EVERYTHING, 100),
    store.traceShapes(tenant, EVERYTHING, 100),
    store.jobFlows(tenant, EVERYTHING, 100),
    store.nodesSeen(tenant, EVERYTHING, 100),
    store.tracesAt(tenant, STORES, EVERYTHING, 100),
    store.peopleOfTraces(tenant, TRACES, 100),
    store.tagsOfTraces(tenant, TRACES, 100),
    store.keySpans(tenant, TRACES, 100),
    store.tagsOfSubjects(tenant, SUBJECTS, 100),
    store.taggedSpans(tenant, SUBJECTS).then((counts) => [...counts].sort()),
    store.tellers(tenant, [...REFS, 'conversation:c1'], EVERYTHING.toUs, 100),
    store.conversationsAt(tenant, ['agent:desk/triage'], EVERYTHING.toUs, 100),
    store.runsAt(tenant, STORES, EVERYTHING),
    store.nodesOfRuns(tenant, EVERYTHING, 100),
    store.sourcesOf(tenant, STORES, 100),
  ]);
  return JSON.parse(JSON.stringify(answers, (_key, value) => (typeof value === 'bigint' ? String(value) : value)));
}

test('tenants with the same ids do not meet in any answer of the event store', async () => {
  const history = fc.array(fc.record({ who: fc.nat(2), act: doing }), { minLength: 3, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      const together = [newTenant(), newTenant(), newTenant()];
      for (const [step, { who, act }] of steps.entries()) await act(together[who] as TenantId, step);
      for (const [who, tenant] of together.entries()) {
        const alone = newTenant();
        for (const [step, { who: actor, act }] of steps.entries()) if (actor === who) await act(alone, step);
        expect(await viewOf(tenant)).toEqual(await viewOf(alone));
      }
    }),
    { numRuns: 4, interruptAfterTimeLimit: 40_000 },
  );
});

test('the answers compared above are not all empty', async () => {
  const tenant = newTenant();
  const given = { traceId: TRACES[0] ?? '', startNs: ns(1), self: 'agent:desk/triage' };
  await store.append(tenant, { spans: [tagged(SUBJECTS, given)] });
  expect(JSON.stringify(await viewOf(tenant))).toContain(SUBJECTS[0]);
});
