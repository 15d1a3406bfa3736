import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LineageEvent } from './lineage-event.ts';
import { withNamesakes } from './namesakes.ts';
import { readLineageEvent } from './read-event.ts';
import { runEdges } from './run-edges.ts';
import { joinEvents } from './testing/join-events.ts';

const RUN_ID = '3f0c7d1e-6a0c-4a0e-8e3a-0f6b1c2d3e4f';
const table = (name: string, facets?: object) => ({
  namespace: 'postgres://db:5432',
  name: `shop.public.${name}`,
  ...(facets ? { facets } : {}),
});
const node = (name: string) => `store:postgres://db:5432/shop.public.${name}`;

function event(
  second: number,
  inputs: object[],
  outputs: object[],
  runFacets: object = {},
  type = 'COMPLETE',
): LineageEvent {
  const reading = readLineageEvent({
    eventType: type,
    eventTime: new Date(Date.UTC(2026, 10, 22, 2, 0, second)).toISOString(),
    run: { runId: RUN_ID, facets: runFacets },
    job: { namespace: 'nightly', name: 'copy' },
    inputs,
    outputs,
  });
  if ('rejected' in reading) throw new Error(reading.rejected);
  return reading.event;
}

const joined = (events: readonly LineageEvent[]) => [...runEdges(joinEvents(events))];
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
      const facts = joinEvents([event(0, inputs.map(told), outputs.map(told))]);
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
  const facts = { ...joinEvents([event(0, [], [])]), datasets: many };
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
    joined([
      event(0, [table('a'), table('b')], [table('out', { schema: { fields: [{ name: 'x' }] }, columnLineage: facet })]),
    ]).find((edge) => edge.input === node(input))?.columns;

  test.each([
    ['a column that a parser of SQL named', { fields: { x: { inputFields: [field('a')] } } }, undefined],
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
    [
      'a filter of the whole',
      {
        fields: { x: { inputFields: [field('b', [{ type: 'DIRECT' }])] } },
        dataset: [field('a', [{ type: 'INDIRECT', subtype: 'FILTER' }])],
      },
      'shaped',
    ],
    ['a filter, and a column that nothing is said about', { fields: {}, dataset: [field('a')] }, undefined],
    ['a column whose origin nobody found', { fields: { x: { inputFields: [] } } }, undefined],
    [
      'a source that is no input of the run',
      { fields: { x: { inputFields: [field('elsewhere', [{ type: 'DIRECT' }])] } } },
      undefined,
    ],
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
    ['other inputs only', { fields: { x: { inputFields: [field('b', [{ type: 'DIRECT' }])] } } }, 'none'],
    ['nothing at all', { fields: {} }, undefined],
    ['another shape', { fields: { x: 7 } }, undefined],
  ])('%s', (_title, facet, expected) => expect(viaOf(facet, 'a')).toBe(expected));
});

test('column lineage that leaves columns out, or does not say which there are, clears no input', () => {
  const toldBy = (transformations: object[], more: object) => {
    const columnLineage = { fields: { x: { inputFields: [{ ...table('a'), field: 'x', transformations }] } } };
    const run = joined([event(0, [table('a'), table('b')], [table('out', { columnLineage, ...more })])]);
    return run.map(({ input, columns }) => [input, columns]);
  };
  const told = (more: object) => toldBy([{ type: 'DIRECT' }], more);
  const unsaid = [
    [node('a'), undefined],
    [node('b'), undefined],
  ];
  expect(told({})).toEqual(unsaid);
  // `SELECT a.x, b.* FROM a, b`: a parser of SQL tells `x`, and the table has a `mail` as well, which nobody documented.
  expect(told({ schema: { fields: [{ name: 'x' }, { name: 'mail' }] } })).toEqual(unsaid);
  expect(told({ schema: { fields: [{ name: 'x.street' }] } })).toEqual(unsaid);
  expect(toldBy([], { schema: { fields: [{ name: 'x' }] } })).toEqual(unsaid);
  expect(told({ schema: { fields: [{ name: 'X' }] } })).toEqual([
    [node('a'), 'copied'],
    [node('b'), 'none'],
  ]);
});

test('a dataset that only column lineage or the lineage facet names was read as well', () => {
  const source = { namespace: 'postgres://db:5432', name: 'shop.public.a', type: 'DATASET' };
  const columnLineage = { fields: { x: { inputFields: [{ ...source, field: 'x' }] } } };
  expect(pairs([event(0, [], [table('out', { columnLineage })])])).toEqual([`${node('a')} → ${node('out')} `]);
  expect(pairs([event(0, [], [table('out', { lineage: { inputs: [source] } })])])).toEqual([
    `${node('a')} → ${node('out')} `,
  ]);
  const entries = [{ ...source, name: 'shop.public.out', fields: { x: { inputs: [source, { type: 'JOB' }] } } }];
  expect(pairs([event(0, [], [], { lineage: { entries } })])).toEqual([`${node('a')} → ${node('out')} `]);
});

describe('column lineage of one event', () => {
  const schema = { fields: [{ name: 'x' }] };
  const from = (name: string) => ({
    schema,
    columnLineage: {
      fields: { x: { inputFields: [{ ...table(name), field: 'x', transformations: [{ type: 'DIRECT' }] }] } },
    },
  });
  const columns = (...events: LineageEvent[]) =>
    Object.fromEntries(joined(events).map((edge) => [edge.input.at(-1), edge.columns ?? 'unsaid']));
  const told = event(9, [table('a'), table('b')], [table('out', from('a'))]);

  test('says nothing of inputs that another event names', () => {
    for (const type of ['START', 'RUNNING', 'COMPLETE']) {
      const other = event(0, [table('c')], [], {}, type);
      expect(columns(told, other)).toEqual({ a: 'copied', b: 'none', c: 'unsaid' });
      expect(columns(other, told)).toEqual({ a: 'copied', b: 'none', c: 'unsaid' });
    }
  });

  test('clears what the event names, whoever else names it, until another one says that it fills the output', () => {
    expect(columns(event(0, [table('a'), table('b')], [], {}, 'START'), told)).toEqual({ a: 'copied', b: 'none' });
    const second = event(5, [table('b')], [table('out', from('b'))], {}, 'RUNNING');
    expect(columns(second, told)).toEqual({ a: 'copied', b: 'copied' });
  });

  test('clears nothing where another event names the output and does not tell its columns', () => {
    const second = event(5, [table('b')], [table('out')], {}, 'RUNNING');
    expect(columns(second, told)).toEqual({ a: 'unsaid', b: 'unsaid' });
  });

  test('of very many inputs clears none, and of a few clears them', () => {
    const inputs = (n: number) => [table('a'), ...Array.from({ length: n - 1 }, (_, i) => table(`t${i}x`))];
    const cleared = (n: number) =>
      joined([event(0, inputs(n), [table('out', from('a'))])]).filter((edge) => edge.columns === 'none').length;
    expect([cleared(64), cleared(65)]).toEqual([63, 0]);
  });
});

describe('one run under two jobs', () => {
  const under = (name: string, told: LineageEvent) => ({ ...told, job: `job:nightly/${name}` });
  const edges = (...events: LineageEvent[]) =>
    withNamesakes([...Map.groupBy(events, ({ job }) => job).values()].map(joinEvents)).flatMap((run) => [
      ...runEdges(run),
    ]);

  test('takes along what was read before its job had a name', () => {
    const start = under('unknown', event(0, [table('a')], [], {}, 'START'));
    const complete = under('copy', event(60, [], [table('b')]));
    expect(edges(start, complete)).toMatchObject([
      { job: 'job:nightly/copy', input: node('a'), output: node('b'), startUs: start.atUs, endUs: complete.atUs },
    ]);
    expect(edges(start, complete)[0]).not.toHaveProperty('untilUs');
  });

  test('of which each read and wrote is two runs', () => {
    const first = under('first', event(0, [table('a')], [table('b')]));
    const second = under('second', event(9, [table('b')], [table('c')]));
    expect(edges(first, second).map(({ input, output }) => [input, output])).toEqual([
      [node('a'), node('b')],
      [node('b'), node('c')],
    ]);
  });

  test('was told to drop nothing because the other one was', () => {
    const dropped = table('a', { lifecycleStateChange: { lifecycleStateChange: 'DROP' } });
    const reader = under('first', event(0, [dropped], [], {}, 'FAIL'));
    expect(edges(reader, under('second', event(9, [], [table('c')]))).map(({ lifecycle }) => lifecycle)).toEqual(['']);
  });
});

describe('how a run went', () => {
  const emptied = table('b', { lifecycleStateChange: { lifecycleStateChange: 'TRUNCATE' } });
  const dropped = table('c', { lifecycleStateChange: { lifecycleStateChange: 'DROP' } });
  const previousIdentifier = table('old');
  const renamed = table('new', { lifecycleStateChange: { lifecycleStateChange: 'RENAME', previousIdentifier } });
  const all = (...types: string[]) =>
    joined(types.map((type, second) => event(second, [table('a')], [emptied, dropped, renamed], {}, type)));
  const told = (...types: string[]) =>
    all(...types).map(({ input, output, lifecycle }) => [input, output, lifecycle].join(' → '));

  test('done: what it emptied, dropped and renamed is gone', () => {
    expect(told('START', 'COMPLETE')).toEqual([
      `${node('a')} → ${node('b')} → truncate`,
      `${node('c')} →  → drop`,
      `${node('old')} → ${node('new')} → `,
      `${node('old')} →  → drop`,
      `${node('a')} → ${node('new')} → `,
    ]);
  });

  test.each([
    ['failed', ['START', 'FAIL']],
    ['aborted', ['START', 'ABORT']],
    ['failed, and was told as done as well', ['START', 'COMPLETE', 'FAIL']],
    ['not over yet', ['START', 'RUNNING']],
    ['told of without saying how it went', ['OTHER', 'PAUSED']],
  ])('%s: nothing is gone, and what it read may have been written', (_title, types) => {
    expect(told(...types)).toEqual([
      `${node('a')} → ${node('b')} → `,
      `${node('old')} → ${node('new')} → `,
      `${node('a')} → ${node('new')} → `,
    ]);
  });

  test('one that did not say that it ended may be going on, one that failed says so on its edges', () => {
    expect(all('START', 'RUNNING')[0]).toMatchObject({ untilUs: Date.UTC(2026, 10, 29, 2, 0, 1) * 1_000 });
    expect(all('START', 'FAIL')[0]).toMatchObject({ failed: true });
    for (const type of ['START', 'FAIL'])
      expect(all('START', 'COMPLETE', type === 'START' ? type : 'OTHER')[0]).not.toHaveProperty('untilUs');
  });

  test('it began with its START, whatever its id and its nominal time say: Airflow tells the day that it is about', () => {
    const runId = '01909f16-f400-7abc-8e3a-0f6b1c2d3e4f';
    const facets = { nominalTime: { nominalStartTime: '2024-07-11T00:00:00Z' } };
    const told = (eventType: string, eventTime: string) => {
      const job = { namespace: 'airflow', name: 'night.copy' };
      const reading = readLineageEvent({ eventType, eventTime, run: { runId, facets }, job, inputs: [table('a')] });
      if ('rejected' in reading) throw new Error(reading.rejected);
      return reading.event;
    };
    const complete = told('COMPLETE', '2026-11-22T03:00:00Z');
    const start = told('START', '2026-11-22T02:00:00Z');
    expect(joinEvents([complete, start]).startUs).toBe(Date.UTC(2026, 10, 22, 2) * 1_000);
    expect(joinEvents([complete]).startUs).toBe(Date.UTC(2024, 6, 11) * 1_000);
  });
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
