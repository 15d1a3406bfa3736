import { randomUUID } from 'node:crypto';
import type { TenantId } from '@vestige/core/ids';
import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEventStore } from './clickhouse-event-store.ts';
import type { EventStore, ResolvedSpan } from './event-store.ts';
import { lineageEvent } from './testing/lineage-events.ts';
import { newSpanId, newTenant, newTraceId, ns, tagged, untagged, us } from './testing/spans.ts';

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

const EVER = { fromUs: null, toUs: null };
const CRM = 'store:postgres://db:5432/shop.public.users';
const read = (peer: string) => ({ touches: [{ peer, action: 'read' as const, rule: 'db.sql.select' }] });
const append = (tenant: TenantId, ...spans: ResolvedSpan[]) => store.append(tenant, { spans });

describe('coverage', () => {
  test('counts touches by whether their trace names anybody, at four levels, and agrees with the gaps of an answer', async () => {
    const tenant = newTenant();
    const traceId = newTraceId();
    const site = (service: string, name: string, peer: string) => ({
      service: `service:${service}`,
      name,
      scope: 'pg',
      ...read(peer),
    });
    const spans = [
      tagged([randomUUID()], { traceId }),
      untagged({ traceId, ...site('desk', 'SELECT users', CRM) }),
      untagged(site('desk', 'SELECT users', CRM)),
      untagged(site('desk', 'SELECT users', CRM)),
      untagged(site('mailer', 'POST', 'recipient:mail.example')),
      untagged(site('mailer', 'search', 'tool:mailer/search')),
      untagged({ ...site('worker', 'DELETE', CRM), requestId: randomUUID() }),
    ];
    await append(tenant, ...spans);
    await append(tenant, ...spans);
    const { rows, cut } = await store.coverage(tenant, EVER, 100);
    expect(cut).toBe(false);
    const said = rows.map(({ level, service, peer, scope, name, touches, attributed }) =>
      [level, service, peer, scope, name, `${attributed}/${touches}`].filter((part) => part !== '').join(' '),
    );
    expect(said.sort()).toEqual([
      'all 1/4',
      'peer recipient:mail.example 0/1',
      `peer ${CRM} 1/3`,
      'service desk 1/3',
      'service mailer 0/1',
      `site desk ${CRM} pg SELECT users 1/3`,
      'site mailer recipient:mail.example pg POST 0/1',
    ]);
    expect((await store.gaps(tenant, EVER)).unattributedTouches).toBe(3);
  });

  test('keeps the worst of each level at its limit, and says so', async () => {
    const tenant = newTenant();
    await append(
      tenant,
      tagged([randomUUID()], { service: 'service:good', ...read(CRM) }),
      untagged({ service: 'service:bad', ...read('store:b') }),
    );
    const { rows, cut } = await store.coverage(tenant, EVER, 1);
    expect(cut).toBe(true);
    expect(rows.find(({ level }) => level === 'service')?.service).toBe('bad');
    expect(rows.find(({ level }) => level === 'all')?.touches).toBe(2);
  });

  test('of a window in which nothing was touched is nothing', async () => {
    expect((await store.coverage(newTenant(), EVER, 10)).rows.filter(({ touches }) => touches > 0)).toEqual([]);
  });
});

describe('kinds of traces', () => {
  test('traces that do the same are one kind, whoever they are about, however often they arrived', async () => {
    const tenant = newTenant();
    const people = [randomUUID(), randomUUID(), randomUUID()];
    const visit = (person: string, second: number) => {
      const traceId = newTraceId();
      return [
        tagged([person], { traceId, startNs: ns(second), self: 'agent:desk/a' }),
        untagged({ traceId, startNs: ns(second + 1), ...read(CRM) }),
      ];
    };
    const visits = [...people, people[0] as string].map((person, i) => visit(person, i * 10));
    for (const spans of visits) await append(tenant, ...spans);
    await append(tenant, ...(visits[0] ?? []));
    await append(tenant, untagged({ startNs: ns(100), ...read('store:other') }));
    const { rows, shapes, traces, cut } = await store.traceShapes(tenant, EVER, 10);
    expect([shapes, traces, cut]).toEqual([2, 5, false]);
    expect(rows).toMatchObject([
      { traces: 4, firstUs: us(0), lastUs: us(31), traceId: visits[3]?.[0]?.span.traceId },
      { traces: 1, people: [] },
    ]);
    expect(new Set(rows[0]?.people).size).toBe(3);
    expect(rows[0]?.people).toEqual(rows[0]?.people.toSorted((a, b) => a - b));
    expect((await store.traceShapes(tenant, EVER, 1)).cut).toBe(true);
    expect((await store.traceShapes(newTenant(), EVER, 1)).traces).toBe(0);
  });

  test('the hashes of people are the same in every kind, and actors are not among them', async () => {
    const tenant = newTenant();
    const [maria, employee] = [randomUUID(), randomUUID()];
    await append(
      tenant,
      tagged([maria], read(CRM)),
      tagged([maria], read('store:b')),
      tagged([employee], { role: 'actor', ...read('store:c') }),
    );
    const { rows } = await store.traceShapes(tenant, EVER, 10);
    const hashes = rows.flatMap(({ people }) => people);
    expect(hashes).toHaveLength(2);
    expect(new Set(hashes).size).toBe(1);
  });
});

test('what jobs did in a window, and what they are described to do whenever that was', async () => {
  const tenant = newTenant();
  await store.appendLineageEvents(tenant, [
    lineageEvent({ runId: 'a', inputs: [CRM], outputs: ['store:wh'], parentJob: 'job:airflow/night', atUs: us(10) }),
    lineageEvent({ runId: 'b', inputs: [CRM], outputs: ['store:wh'], atUs: us(20) }),
    lineageEvent({ runId: 'late', inputs: [CRM], atUs: us(9_999) }),
    lineageEvent({ runId: 'd', kind: 'job', job: 'job:n/planned', inputs: [CRM], atUs: us(9_999) }),
  ]);
  const { rows } = await store.jobFlows(tenant, { fromUs: us(0), toUs: us(100) }, 10);
  expect(rows.map(({ job, side, node, design, runs }) => [job, side, node, design, runs])).toEqual([
    ['job:nightly/copy', 'input', CRM, false, 2],
    ['job:nightly/copy', 'output', 'store:wh', false, 2],
    ['job:n/planned', 'input', CRM, true, 1],
  ]);
  expect(rows[0]?.parentJob).toBe('job:airflow/night');
  expect((await store.sourcesOf(tenant, ['store:wh'], 10)).rows).toEqual([CRM]);
  expect((await store.sourcesOf(tenant, ['job:nightly/copy'], 10)).rows).toEqual([CRM]);
  expect((await store.sourcesOf(tenant, [CRM, 'job:n/planned'], 10)).rows).toEqual([]);
});

test('which batch runs were at a dataset in a window: those that began before its end and told of something after its start', async () => {
  const tenant = newTenant();
  await store.appendLineageEvents(tenant, [
    lineageEvent({ runId: 'a', inputs: [CRM], outputs: ['store:wh'], startUs: us(10), atUs: us(50) }),
    lineageEvent({ runId: 'd', kind: 'job', job: 'job:n/planned', inputs: ['store:x'], atUs: us(30) }),
  ]);
  const during = (from: number, to: number) => ({ fromUs: us(from), toUs: us(to) });
  expect(await store.runsAt(tenant, [CRM, 'store:wh'], during(20, 30))).toEqual({ any: true, read: [CRM] });
  expect(await store.runsAt(tenant, ['store:wh'], during(20, 30))).toEqual({ any: true, read: [] });
  expect(await store.runsAt(tenant, ['job:nightly/copy'], during(20, 30))).toEqual({ any: true, read: [] });
  expect(await store.runsAt(tenant, [CRM, 'store:x'], during(60, 70))).toEqual({ any: false, read: [] });
  expect(await store.runsAt(tenant, [CRM], during(0, 5))).toEqual({ any: false, read: [] });
});

test('a batch run is at what only its last event names from its first on, and one that never said that it ended for a week', async () => {
  const DAY_S = 86_400;
  const during = (from: number, to: number) => ({ fromUs: us(from), toUs: us(to) });
  const runOf = async (last: Parameters<typeof lineageEvent>[0]) => {
    const tenant = newTenant();
    await store.appendLineageEvents(tenant, [
      lineageEvent({ runId: 'r', state: 'start', atUs: us(10) }),
      lineageEvent({ runId: 'r', inputs: [CRM], outputs: ['store:wh'], atUs: us(50), ...last }),
      // Another job has given one of its runs the same id.
      lineageEvent({ runId: 'r', job: 'job:n/other', state: 'complete', atUs: us(60) }),
    ]);
    return async (from: number, to: number) => {
      const { any } = await store.runsAt(tenant, [CRM], during(from, to));
      const { rows } = await store.nodesOfRuns(tenant, during(from, to), 10);
      expect(rows.includes(CRM)).toBe(any);
      return any;
    };
  };
  const ended = await runOf({ state: 'complete' });
  expect([await ended(0, 5), await ended(20, 30), await ended(55, DAY_S)]).toEqual([false, true, false]);
  const open = await runOf({ state: 'running' });
  expect([await open(0, 5), await open(20, 30), await open(55, DAY_S)]).toEqual([false, true, true]);
  expect(await open(8 * DAY_S, 9 * DAY_S)).toBe(false);
  expect(await (await runOf({ state: 'fail' }))(55, DAY_S)).toBe(false);
});

test('a dataset that a batch run renamed counts as read by its old name, and by the new one where the run read that', async () => {
  const renamed = { node: 'store:wh', lifecycle: '', renamedFrom: CRM, columns: null, categories: [] } as const;
  const runOf = async (side: 'input' | 'output') => {
    const tenant = newTenant();
    await store.appendLineageEvents(tenant, [lineageEvent({ runId: 'r', datasets: [{ side, ...renamed }] })]);
    const { any, read } = await store.runsAt(tenant, [CRM, 'store:wh'], { fromUs: us(0), toUs: us(100) });
    return { any, read: read.toSorted() };
  };
  expect(await runOf('output')).toEqual({ any: true, read: [CRM] });
  expect(await runOf('input')).toEqual({ any: true, read: [CRM, 'store:wh'].sort() });
});

describe('a node', () => {
  test('is found as what runs, owns, serves or is touched, also by a span that only ran into the window', async () => {
    const tenant = newTenant();
    const [self, owner, peer, long] = [newTraceId(), newTraceId(), newTraceId(), newTraceId()];
    const person = randomUUID();
    await append(
      tenant,
      untagged({ traceId: self, startNs: ns(10), self: 'agent:desk/a' }),
      untagged({ traceId: owner, startNs: ns(20), owner: 'agent:desk/a' }),
      tagged([person], { traceId: peer, startNs: ns(30), ...read(CRM), recipientHost: 'db.example' }),
      untagged({ traceId: long, startNs: ns(-100), endNs: ns(5), ...read(CRM) }),
      untagged({ startNs: ns(-100), ...read(CRM) }),
    );
    const window = { fromUs: us(0), toUs: us(60) };
    expect((await store.tracesAt(tenant, ['agent:desk/a'], window, 10)).rows).toEqual([self, owner]);
    expect((await store.tracesAt(tenant, [CRM], window, 10)).rows).toEqual([long, peer]);
    expect(await store.tracesAt(tenant, [CRM], window, 1)).toEqual({ rows: [long], cut: true });
    expect((await store.tracesAt(tenant, ['service:support/desk'], window, 10)).rows).toHaveLength(4);
    expect((await store.peopleOfTraces(tenant, [self, peer], 10)).rows).toEqual([{ traceId: peer, subjectId: person }]);
    expect((await store.nodesSeen(tenant, window, 10)).rows).toEqual([
      { id: 'agent:desk/a', host: '' },
      { id: 'service:support/desk', host: '' },
      { id: CRM, host: 'db.example' },
    ]);
  });

  test('acts for as long as its trace goes on, also weeks after it began', async () => {
    const tenant = newTenant();
    const [traceId, parentId] = [newTraceId(), newSpanId()];
    const weeksAgo = -30 * 86_400;
    await append(
      tenant,
      untagged({ traceId, spanId: parentId, startNs: ns(weeksAgo), endNs: ns(weeksAgo + 1), self: 'agent:desk/a' }),
      untagged({ traceId, parentId, startNs: ns(10), ...read(CRM) }),
    );
    const window = { fromUs: us(0), toUs: us(60) };
    expect((await store.tracesAt(tenant, ['agent:desk/a'], window, 10)).rows).toEqual([traceId]);
    expect((await store.tracesAt(tenant, ['agent:desk/a'], { ...window, fromUs: us(20) }, 10)).rows).toEqual([]);
  });

  test('acts through what runs inside it, also where that goes on after it has ended', async () => {
    const tenant = newTenant();
    const [traceId, parentId] = [newTraceId(), newSpanId()];
    await append(
      tenant,
      untagged({ traceId, spanId: parentId, startNs: ns(-50), endNs: ns(-40), self: 'agent:desk/b' }),
      untagged({ traceId, parentId, startNs: ns(-45), endNs: ns(3) }),
    );
    const at = (from: number) => ({ fromUs: us(from), toUs: us(60) });
    expect((await store.tracesAt(tenant, ['agent:desk/b'], at(0), 10)).rows).toEqual([traceId]);
    expect((await store.tracesAt(tenant, ['agent:desk/b'], at(10), 10)).rows).toEqual([]);
  });

  test('leaves what others may find: what was written, and read by somebody who says of whom, but not what was deleted', async () => {
    const tenant = newTenant();
    const ref = `${CRM}#${'r'.repeat(22)}`;
    const at = (second: number) => ({ traceId: newTraceId(), startNs: ns(second) });
    const touch = (action: 'read' | 'write' | 'delete') => ({
      touches: [{ peer: CRM, action, rule: 'db' }],
      recordRefs: [ref],
    });
    const wrote = untagged({ ...at(10), ...touch('write') });
    const named = tagged([randomUUID()], { ...at(20), ...touch('read'), attribution: 'declared' });
    const others = [
      tagged([randomUUID()], { ...at(30), ...touch('read'), attribution: 'ambient' }),
      untagged({ ...at(40), ...touch('delete') }),
      untagged({ ...at(50), ...touch('write') }),
    ];
    await append(tenant, wrote, named, ...others);
    const told = await store.tellers(tenant, [ref, `${CRM}#nobody`], us(45), 10);
    expect(told.cut).toBe(false);
    expect(new Set(told.rows.map(({ traceId }) => traceId))).toEqual(new Set([wrote.span.traceId, named.span.traceId]));
    expect((await store.tellers(tenant, [ref], us(45), 1)).cut).toBe(true);
    expect((await store.keySpans(tenant, [named.span.traceId], 10)).rows).toMatchObject([
      { attribution: 'declared', actions: ['read'], recordRefs: [ref], linkedTraces: [] },
    ]);
  });

  test('has had a turn in the conversations of its traces', async () => {
    const tenant = newTenant();
    const traceId = newTraceId();
    const conversation = `conversation:${'1'.repeat(32)}`;
    await append(
      tenant,
      untagged({ traceId, startNs: ns(10), self: 'agent:desk/a' }),
      untagged({ traceId, startNs: ns(11), conversation }),
      untagged({ startNs: ns(12), conversation: `conversation:${'2'.repeat(32)}`, service: 'service:other' }),
    );
    expect((await store.conversationsAt(tenant, ['agent:desk/a'], us(60), 10)).rows).toEqual([conversation]);
    expect((await store.conversationsAt(tenant, ['agent:desk/a'], us(5), 10)).rows).toEqual([]);
    expect((await store.conversationsAt(tenant, ['agent:desk/b'], us(60), 10)).rows).toEqual([]);
  });

  test('is tagged with people, all of one after the other', async () => {
    const tenant = newTenant();
    const [ada, bob] = [randomUUID(), randomUUID()].sort() as [string, string];
    const spans = [tagged([ada, bob], { startNs: ns(10) }), tagged([bob], { startNs: ns(5), role: 'actor' })];
    await append(tenant, ...spans);
    await append(tenant, ...spans);
    const traces = spans.map(({ span }) => span.traceId);
    for (const { rows } of [
      await store.tagsOfTraces(tenant, traces, 10),
      await store.tagsOfSubjects(tenant, [ada, bob], 10),
    ]) {
      const bobs = rows.filter(({ subjectId }) => subjectId === bob);
      expect(bobs.map(({ startUs, role }) => [startUs, role])).toEqual([
        [us(5), 'actor'],
        [us(10), 'data_subject'],
      ]);
      expect(rows).toHaveLength(3);
    }
    expect((await store.tagsOfSubjects(tenant, [ada, bob], 2)).cut).toBe(true);
    expect((await store.peopleOfTraces(tenant, traces, 10)).rows).toHaveLength(2);
    expect((await store.taggedSpans(tenant, [ada, bob, randomUUID()])).get(bob)).toBeGreaterThanOrEqual(2);
  });

  test('of one tenant is nowhere for another', async () => {
    const [mine, theirs] = [newTenant(), newTenant()];
    const spans = tagged([randomUUID()], {
      links: [{ traceId: newTraceId(), spanId: newSpanId() }],
      recordRefs: [`${CRM}#${'r'.repeat(22)}`],
      conversation: `conversation:${'0'.repeat(32)}`,
      ...read(CRM),
    });
    await append(theirs, spans);
    await store.appendLineageEvents(theirs, [lineageEvent({ inputs: [CRM], outputs: ['store:wh'] })]);
    expect((await store.tracesAt(mine, [CRM], EVER, 10)).rows).toEqual([]);
    expect((await store.peopleOfTraces(mine, [spans.span.traceId], 10)).rows).toEqual([]);
    expect((await store.tagsOfTraces(mine, [spans.span.traceId], 10)).rows).toEqual([]);
    expect((await store.keySpans(mine, [spans.span.traceId], 10)).rows).toEqual([]);
    expect((await store.tagsOfSubjects(mine, spans.subjectIds, 10)).rows).toEqual([]);
    expect((await store.taggedSpans(mine, spans.subjectIds)).size).toBe(0);
    expect((await store.tellers(mine, spans.span.recordRefs, us(9_999), 10)).rows).toEqual([]);
    expect((await store.conversationsAt(mine, [spans.span.service], us(9_999), 10)).rows).toEqual([]);
    expect(await store.runsAt(mine, ['store:wh'], EVER)).toEqual({ any: false, read: [] });
    expect((await store.nodesSeen(mine, EVER, 10)).rows).toEqual([]);
    expect((await store.traceShapes(mine, EVER, 10)).rows).toEqual([]);
    expect((await store.jobFlows(mine, EVER, 10)).rows).toEqual([]);
    expect((await store.sourcesOf(mine, ['store:wh'], 10)).rows).toEqual([]);
    expect((await store.coverage(mine, EVER, 10)).rows.filter(({ touches }) => touches > 0)).toEqual([]);
  });
});
