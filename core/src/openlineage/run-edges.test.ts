import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LineageEvent, RunFacts } from './lineage-event.ts';
import { readLineageEvent } from './read-event.ts';
import { runEdges } from './run-edges.ts';

const RUN_ID = '3f0c7d1e-6a0c-4a0e-8e3a-0f6b1c2d3e4f';
const table = (name: string, facets?: object) => ({
  namespace: 'postgres://db:5432',
  name: `shop.public.${name}`,
  ...(facets ? { facets } : {}),
});
const node = (name: string) => `store:postgres://db:5432/shop.public.${name}`;

function event(second: number, inputs: object[], outputs: object[], runFacets: object = {}): LineageEvent {
  const reading = readLineageEvent({
    eventType: second === 0 ? 'START' : 'RUNNING',
    eventTime: new Date(Date.UTC(2026, 10, 22, 2, 0, second)).toISOString(),
    run: { runId: RUN_ID, facets: runFacets },
    job: { namespace: 'nightly', name: 'copy' },
    inputs,
    outputs,
  });
  if ('rejected' in reading) throw new Error(reading.rejected);
  return reading.event;
}

const factsOf = (events: readonly LineageEvent[]): RunFacts => ({
  runId: RUN_ID,
  job: 'job:nightly/copy',
  parentJob: events.find(({ parentJob }) => parentJob !== '')?.parentJob ?? '',
  startUs: Math.min(...events.map(({ startUs }) => startUs)),
  endUs: Math.max(...events.map(({ atUs }) => atUs)),
  subjectSets: [...new Set(events.map(({ subjectSet }) => subjectSet).filter((set) => set !== ''))].sort(),
  datasets: events.flatMap(({ datasets }) => datasets),
});
const joined = (events: readonly LineageEvent[]) => [...runEdges(factsOf(events))];
const pairs = (events: readonly LineageEvent[]) =>
  joined(events)
    .map(({ input, output, lifecycle }) => `${input} → ${output} ${lifecycle}`)
    .sort();

test('inputs of one event reach outputs of another, from the first event to the last', () => {
  const edges = joined([event(0, [table('a')], []), event(30, [], []), event(60, [], [table('b')])]);
  expect(edges).toMatchObject([{ input: node('a'), output: node('b') }]);
  expect((edges[0]?.endUs ?? 0) - (edges[0]?.startUs ?? 0)).toBe(60_000_000);
});

test('who asks about some datasets gets the edges that read them or end what rests there, and no others', () => {
  const change = fc.constantFrom(undefined, 'DROP', 'TRUNCATE', 'OVERWRITE', 'CREATE');
  const names = fc.constantFrom('a', 'b', 'c', 'd');
  const sides = fc.array(fc.record({ name: names, change }), { maxLength: 4 });
  const told = ({ name, change: lifecycle }: { name: string; change: string | undefined }) =>
    table(name, lifecycle === undefined ? undefined : { lifecycleStateChange: { lifecycleStateChange: lifecycle } });
  fc.assert(
    fc.property(sides, sides, fc.subarray(['a', 'b', 'c', 'd']), (inputs, outputs, some) => {
      const facts = factsOf([event(0, inputs.map(told), outputs.map(told))]);
      const asked = new Set(some.map(node));
      const all = [...runEdges(facts)];
      expect([...runEdges(facts, asked)]).toEqual(
        all.filter(({ input, output, lifecycle }) => asked.has(input) || (lifecycle !== '' && asked.has(output))),
      );
    }),
  );
});

test('a run of very many datasets is told as far as somebody listens', () => {
  const many = Array.from({ length: 20_000 }, (_, i) => ({
    side: i % 2 === 0 ? ('input' as const) : ('output' as const),
    node: node(`t${i}`),
    lifecycle: '' as const,
    renamedFrom: '',
    columns: null,
    categories: [],
  }));
  const facts = { ...factsOf([event(0, [], [])]), datasets: many };
  expect([...runEdges(facts).take(3)]).toHaveLength(3);
  expect([...runEdges(facts, new Set([node('t0')]))]).toHaveLength(10_000);
});

test('however a run is told, in parts, twice or backwards, it is the same run', () => {
  const names = fc.subarray(['a', 'b', 'c', 'd']);
  const change = fc.constantFrom(undefined, 'DROP', 'TRUNCATE', 'OVERWRITE', 'CREATE');
  const side = fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), change }), { maxLength: 3 });
  const told = fc.array(fc.record({ inputs: names, outputs: side }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(told, fc.infiniteStream(fc.nat()), (parts, dice) => {
      const events = parts.map(({ inputs, outputs }, second) =>
        event(
          second,
          inputs.map((name) => table(name)),
          outputs.map(({ name, change: lifecycle }) =>
            table(name, lifecycle && { lifecycleStateChange: { lifecycleStateChange: lifecycle } }),
          ),
        ),
      );
      const shuffled = [...events, ...events]
        .map((one) => ({ one, at: dice.next().value }))
        .sort((x, y) => x.at - y.at)
        .map(({ one }) => one);
      expect(pairs(shuffled)).toEqual(pairs(events));
      // Splitting an event by its datasets tells the same as well.
      const split = events.flatMap((whole) => [
        { ...whole, datasets: [] },
        ...whole.datasets.map((dataset) => ({ ...whole, datasets: [dataset] })),
      ]);
      expect(pairs(split)).toEqual(pairs(events));
    }),
    { numRuns: 300 },
  );
});

test('a table rewritten from itself keeps an input, so that nobody takes it for emptied', () => {
  const overwritten = table('a', { lifecycleStateChange: { lifecycleStateChange: 'OVERWRITE' } });
  expect(pairs([event(0, [table('a')], []), event(9, [], [overwritten])])).toEqual([
    `${node('a')} → ${node('a')} overwrite`,
  ]);
});

describe('column lineage', () => {
  const field = (name: string, transformations?: object[]) => ({
    namespace: 'postgres://db:5432',
    name: `shop.public.${name}`,
    field: 'x',
    ...(transformations ? { transformations } : {}),
  });
  const viaOf = (facet: object, input: string) =>
    joined([event(0, [table('a'), table('b')], [table('out', { columnLineage: facet })])]).find(
      (edge) => edge.input === node(input),
    )?.columns;

  test.each([
    ['a copied column', { fields: { x: { inputFields: [field('a')] } } }, 'copied'],
    ['a direct one', { fields: { x: { inputFields: [field('a', [{ type: 'DIRECT' }])] } } }, 'copied'],
    [
      'one that is masked',
      { fields: { x: { inputFields: [field('a', [{ type: 'DIRECT', masking: true }])] } } },
      'masked',
    ],
    [
      'one masked in the old form',
      { fields: { x: { inputFields: [field('a')], transformationType: 'MASKED' } } },
      'masked',
    ],
    ['a filter', { fields: { x: { inputFields: [field('a', [{ type: 'INDIRECT' }])] } } }, 'shaped'],
    ['a filter of the whole', { dataset: [field('a', [{ type: 'INDIRECT', subtype: 'FILTER' }])] }, 'shaped'],
    [
      'masked here and copied there',
      {
        fields: {
          x: { inputFields: [field('a', [{ type: 'DIRECT', masking: true }])] },
          y: { inputFields: [field('a', [{ type: 'DIRECT' }])] },
        },
      },
      'copied',
    ],
    ['other inputs only', { fields: { x: { inputFields: [field('b')] } } }, 'none'],
    ['nothing at all', { fields: {} }, undefined],
    ['another shape', { fields: { x: 7 } }, undefined],
  ])('%s', (_title, facet, expected) => expect(viaOf(facet, 'a')).toBe(expected));
});

test('a run may state whose data it works on by a registered set, never by an identifier', () => {
  const stating = (set: string) => joined([event(0, [table('a')], [table('b')], { vestige_subjects: { set } })])[0];
  expect(stating('set_Abc-9')?.subjectSets).toEqual(['set_Abc-9']);
  expect(stating('ada@example.com')).not.toHaveProperty('subjectSets');
});

test('tags are categories of the side they stand on', () => {
  const tagged = (name: string, value: string) => table(name, { tags: { tags: [{ key: 'data_category', value }] } });
  expect(joined([event(0, [tagged('a', 'user.contact')], [tagged('b', 'user.name')])])).toMatchObject([
    { inputCategories: ['user.contact'], outputCategories: ['user.name'] },
  ]);
});
