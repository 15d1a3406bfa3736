import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DataMap, dataMap, type JobFlow, type MapFacts } from './data-map.ts';
import { directory } from './directory.ts';
import { countPeople, PEOPLE_SKETCH_SIZE, unionOfPeople } from './people-sketch.ts';
import { randomWorld } from './testing/random-world.ts';
import { answerOf, type Drawn, ms, world } from './testing/world.ts';
import { traceModel } from './trace-model.ts';

type ShapeGiven = { traces?: number; people?: number[] };

/** Each trace of the drawing is a kind of its own. */
function mapOf(
  drawn: Record<string, Drawn>,
  given: Record<string, ShapeGiven> = {},
  more: Partial<MapFacts> = {},
): DataMap {
  const { spans } = world(drawn);
  const shapes = [...Map.groupBy(spans, ({ traceId }) => traceId)].map(([traceId, own]) => ({
    traceId,
    traces: given[traceId]?.traces ?? 1,
    people: given[traceId]?.people ?? [],
    firstUs: ms(0),
    lastUs: ms(10),
    model: traceModel(traceId, own),
  }));
  const facts: MapFacts = {
    window: { from: null, to: null },
    shapes,
    allShapes: shapes.length,
    allTraces: shapes.reduce((sum, { traces }) => sum + traces, 0),
    jobs: [],
    jobsCut: false,
    directory: directory({}),
    view: 'full',
    nodesMax: 1_000,
    edgesMax: 1_000,
    ...more,
  };
  return DataMap.parse(dataMap(facts));
}
const lines = ({ edges }: DataMap) =>
  edges.map(({ from, to, action, count, people }) => `${from} ${action} ${to} ×${count} of ${people?.count ?? '?'}`);

const DESK: Record<string, Drawn> = {
  'ask/root': { at: [0, 90], kind: 'server', self: 'agent:desk/triage', categories: ['user.contact'] },
  'ask/bill < root': { at: [10, 50], self: 'agent:desk/billing', purpose: 'billing' },
  'ask/sql < bill': { at: [20, 30], does: ['read store:crm', 'write store:crm'], categories: ['user.name'] },
  'ask/put < root': { at: [60, 70], does: ['share queue:mails'] },
  'mail/take': { at: [100, 190], self: 'agent:mail/writer', does: ['receive queue:mails'] },
  'mail/send < take': {
    at: [110, 120],
    does: ['share recipient:mail.example http.client'],
    recipientHost: 'api.mail.example',
  },
};

test('who got something from a company is not that company, in neither view', () => {
  const parties = [{ id: 'mailco', legalName: 'Mail Co', role: 'processor', country: 'DE', hosts: ['mail.example'] }];
  const drawn: Record<string, Drawn> = {
    't/a': {
      at: [0, 9],
      self: 'agent:desk/a',
      person: 'declared',
      does: ['share recipient:mail.example', 'receive recipient:mail.example'],
      recipientHost: 'mail.example',
    },
  };
  for (const view of ['full', 'officer'] as const) {
    const { nodes } = mapOf(drawn, {}, { directory: directory({ parties }), view });
    expect(nodes.find(({ id }) => id === 'agent:desk/a')).toMatchObject({ party: null });
  }
});

test('flows are added up over the traces of each kind, and people over kinds', () => {
  const map = mapOf(DESK, { ask: { traces: 40, people: [1, 2, 3] }, mail: { traces: 7, people: [3, 4] } });
  expect(lines(map)).toEqual([
    'agent:desk/billing write store:crm ×40 of 3',
    'agent:desk/triage share agent:desk/billing ×40 of 3',
    'agent:desk/triage share queue:mails ×40 of 3',
    'agent:mail/writer share recipient:mail.example ×7 of 2',
    'queue:mails receive agent:mail/writer ×7 of 2',
    'store:crm read agent:desk/billing ×40 of 3',
  ]);
  expect(map.nodes.find(({ id }) => id === 'queue:mails')?.people).toEqual({ count: 4, exact: true });
  expect(map.nodes.find(({ id }) => id === 'store:crm')?.categories).toEqual(['user.name']);
  expect(map.truncated).toBe(false);
});

test('agents are told by whom they call and what they leave for each other', () => {
  const map = mapOf(DESK, { ask: { traces: 40, people: [1] }, mail: { traces: 7, people: [3] } });
  expect(map.agents.map(({ from, to, via, people }) => [from, to, via, people?.count ?? null])).toEqual([
    ['agent:desk/triage', 'agent:desk/billing', null, 1],
    ['agent:desk/triage', 'agent:mail/writer', 'queue:mails', null],
  ]);
  expect(map.agents[0]?.purposes).toEqual(['billing']);
});

test('the party behind a node is known by its name or by the host a call reached', () => {
  const parties = [{ id: 'mailco', legalName: 'Mail Co', role: 'processor', country: 'DE', hosts: ['mail.example'] }];
  const named = mapOf(DESK, {}, { directory: directory({ parties }) });
  expect(named.nodes.find(({ id }) => id === 'recipient:mail.example')?.party?.legalName).toBe('Mail Co');
  const officer = mapOf(DESK, {}, { directory: directory({ parties }), view: 'officer' });
  expect(officer.nodes.map(({ id, name }) => [id, name])).toContainEqual(['recipient:mailco', 'Mail Co']);
});

describe('batch jobs', () => {
  const job = (given: Partial<JobFlow>): JobFlow => ({
    job: 'job:n/copy',
    parentJob: '',
    side: 'input',
    node: 'store:crm',
    design: false,
    runs: 5,
    categories: [],
    firstUs: ms(0),
    lastUs: ms(1),
    ...given,
  });

  test('are drawn by their runs, and by their design where no run was seen', () => {
    const map = mapOf(
      {},
      {},
      {
        allTraces: 1,
        jobs: [
          job({ parentJob: 'job:airflow/night' }),
          job({ side: 'output', node: 'store:wh' }),
          job({ design: true, runs: 1 }),
          job({ design: true, runs: 1, job: 'job:n/planned', side: 'output', node: 'store:mart' }),
        ],
      },
    );
    expect(map.edges.map(({ from, to, count, design }) => [from, to, count, design ?? false])).toEqual([
      ['job:n/copy', 'store:wh', 5, false],
      ['job:n/planned', 'store:mart', 0, true],
      ['store:crm', 'job:n/copy', 5, false],
    ]);
    expect(map.nodes.find(({ id }) => id === 'job:n/copy')).toMatchObject({
      partOf: 'job:airflow/night',
      people: null,
    });
  });
});

test('a run that names one dataset in two ways is one run; names in use one after the other are of different runs', () => {
  const flow = (given: Partial<JobFlow>): JobFlow => ({
    job: 'job:n/copy',
    parentJob: '',
    side: 'input',
    node: 'store:crm',
    design: false,
    runs: 5,
    categories: [],
    firstUs: ms(0),
    lastUs: ms(100),
    ...given,
  });
  const countOf = (...jobs: JobFlow[]) => mapOf({}, {}, { allTraces: 1, jobs }).edges.map(({ count }) => count);
  expect(countOf(flow({}), flow({ runs: 7, firstUs: ms(10), lastUs: ms(90) }))).toEqual([7]);
  expect(countOf(flow({}), flow({ runs: 7, firstUs: ms(101), lastUs: ms(200) }))).toEqual([12]);
  expect(countOf(flow({}), flow({ job: 'job:n/other', runs: 7 })).sort()).toEqual([5, 7]);
});

test('what is left out is what touches the fewest people, and the map says so', () => {
  const map = mapOf(
    DESK,
    { ask: { people: [1, 2] }, mail: { people: [] } },
    { nodesMax: 4, allShapes: 9, allTraces: 90 },
  );
  expect(map.nodes).toHaveLength(4);
  expect(map.nodes.map(({ id }) => id)).not.toContain('recipient:mail.example');
  expect(map.truncated).toBe(true);
  expect(map.statement).toContain('2 of 9 kinds of traces');
  expect(map.statement).toContain('nodes that touch the fewest people are left out');
});

test('an empty window is said to be one', () => {
  expect(mapOf({}).statement).toContain('can say nothing');
});

test('every flow that a span of one person’s lineage shows is an edge of the map', () => {
  fc.assert(
    fc.property(randomWorld, (random) => {
      const shapes = [...Map.groupBy(random.spans, ({ traceId }) => traceId)].map(([traceId, own]) => ({
        traceId,
        traces: 1,
        people: [],
        firstUs: 0,
        lastUs: 1,
        model: traceModel(traceId, own),
      }));
      const { edges } = dataMap({
        window: { from: null, to: null },
        shapes,
        allShapes: shapes.length,
        allTraces: shapes.length,
        jobs: [],
        jobsCut: false,
        directory: directory({}),
        view: 'full',
        nodesMax: 10_000,
        edgesMax: 10_000,
      });
      const drawn = new Set(edges.map(({ from, to, action }) => `${from} ${action} ${to}`));
      const { flows } = answerOf(random);
      for (const { from, to, action, rule, confidence } of flows) {
        // What comes back from a call, turns of a conversation and jobs are told elsewhere; a failed write may not have been.
        if (rule === 'return' || rule === 'turn' || rule === 'job' || confidence === 'possible' || from === to)
          continue;
        expect(drawn).toContain(`${from} ${action} ${to}`);
      }
    }),
    { numRuns: 300 },
  );
});

describe('a sketch of people', () => {
  const hashes = (n: number) => fc.uniqueArray(fc.nat({ max: 2 ** 50 }), { minLength: n, maxLength: n });

  test('counts unions exactly while they are small', () => {
    fc.assert(
      fc.property(hashes(40), hashes(40), (a, b) => {
        const union = unionOfPeople([unionOfPeople([a]), unionOfPeople([b])]);
        expect(countPeople(union)).toEqual({ count: new Set([...a, ...b]).size, exact: true });
      }),
    );
  });

  test('of many people says that it estimates, and is not far off', () => {
    const people = Array.from({ length: 20_000 }, (_, i) => Math.floor(((i * 0.6180339887498949) % 1) * 2 ** 53));
    const { count, exact } = countPeople(unionOfPeople([people]));
    expect(exact).toBe(false);
    expect(Math.abs(count - 20_000)).toBeLessThan(20_000 * 0.25);
    expect(unionOfPeople([people])).toHaveLength(PEOPLE_SKETCH_SIZE);
  });
});
