import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { datasetNode } from '../node/dataset.ts';
import { type LineageReading, readLineageEvent } from './read-event.ts';
import { runEdges } from './run-edges.ts';
import { joinEvents } from './testing/join-events.ts';

const RUN = { runId: '3f0c7d1e-6a0c-4a0e-8e3a-0f6b1c2d3e4f' };
const crm = { namespace: 'sqlite:/data/crm.db', name: 'main.customers' };
const warehouse = { namespace: 'duckdb:/data/w.duckdb', name: 'main.customers' };
const facets = (change: string, more: object = {}) => ({
  facets: { lifecycleStateChange: { lifecycleStateChange: change, ...more } },
});

function run(inputs: unknown, outputs: unknown, changes: object = {}): LineageReading {
  const reading = readLineageEvent({
    eventType: 'COMPLETE',
    eventTime: '2026-11-22T02:00:01.123456Z',
    producer: 'https://example.com/nightly',
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json',
    run: RUN,
    job: { namespace: 'nightly', name: 'copy' },
    inputs,
    outputs,
    ...changes,
  });
  if ('rejected' in reading) throw new Error(reading.rejected);
  return reading;
}
/** The run of this one event. */
const edgesOf = ({ event }: LineageReading) => [...runEdges(joinEvents([event]))];
const pairs = (reading: LineageReading) =>
  edgesOf(reading).map(({ input, output, lifecycle }) => [input, output, lifecycle]);

const CRM = 'store:sqlite:/data/crm.db/main.customers';
const WAREHOUSE = 'store:duckdb:/data/w.duckdb/main.customers';

describe('runs', () => {
  test('inputs and outputs become edges with the run’s time', () => {
    const endUs = Date.UTC(2026, 10, 22, 2, 0, 1) * 1000 + 123_456;
    expect(edgesOf(run([crm], [warehouse]))).toEqual([
      {
        input: CRM,
        output: WAREHOUSE,
        job: 'job:nightly/copy',
        runId: RUN.runId,
        startUs: endUs,
        endUs,
        lifecycle: '',
      },
    ]);
  });

  test('a version 7 run id tells the start', () => {
    const startMs = Date.UTC(2026, 10, 22, 1, 0, 0);
    const hex = startMs.toString(16).padStart(12, '0');
    const runId = `${hex.slice(0, 8)}-${hex.slice(8)}-7abc-8e3a-0f6b1c2d3e4f`;
    expect(run([crm], [warehouse], { run: { runId } }).event.startUs).toBe(startMs * 1000);
  });

  test.each(['0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '2026-13-45T99:99:00Z', '1970-01-01T00:00:00Z'])(
    'an event of %s is refused: what such a run read nobody can say',
    (eventTime) => {
      const event = { eventTime, run: { runId: RUN.runId }, job: { namespace: 'nightly', name: 'copy' } };
      expect(readLineageEvent(event)).toMatchObject({ rejected: expect.stringContaining('eventTime') });
    },
  );

  test('a start that no run of ours can have had is not believed', () => {
    const eventTime = '2026-11-22T02:00:00Z';
    const startOf = (runId: string, nominalStartTime: string) => {
      const reading = readLineageEvent({
        eventTime,
        run: { runId, facets: { nominalTime: { nominalStartTime } } },
        job: { namespace: 'nightly', name: 'copy' },
      });
      return 'rejected' in reading ? reading.rejected : reading.event.startUs;
    };
    const atUs = Date.parse(eventTime) * 1_000;
    expect(startOf(RUN.runId, '0001-01-01T00:00:00Z')).toBe(atUs);
    expect(startOf('00000000-0001-7000-8000-000000000000', '2026-11-22T01:00:00Z')).toBe(atUs - 3_600_000_000);
  });

  test('every input reaches every output', () => {
    expect(
      pairs(run([crm, { namespace: 'file', name: '/a.csv' }], [warehouse, { namespace: 's3://b', name: 'x' }])),
    ).toHaveLength(4);
  });

  test.each([
    ['OVERWRITE with an input', [crm], [{ ...warehouse, ...facets('OVERWRITE') }], [[CRM, WAREHOUSE, 'overwrite']]],
    ['OVERWRITE from nothing', [], [{ ...warehouse, ...facets('OVERWRITE') }], [['', WAREHOUSE, 'overwrite']]],
    ['TRUNCATE', [], [{ ...warehouse, ...facets('TRUNCATE') }], [[WAREHOUSE, '', 'truncate']]],
    ['DROP of an input', [{ ...crm, ...facets('DROP') }], [], [[CRM, '', 'drop']]],
    ['CREATE', [crm], [{ ...warehouse, ...facets('CREATE') }], [[CRM, WAREHOUSE, '']]],
    [
      'RENAME',
      [],
      [{ ...warehouse, ...facets('RENAME', { previousIdentifier: crm }) }],
      [
        [CRM, WAREHOUSE, ''],
        [CRM, '', 'drop'],
      ],
    ],
    ['inputs alone', [crm], [], []],
  ])('%s', (_title, inputs, outputs, expected) => {
    expect(pairs(run(inputs, outputs))).toEqual(expected);
  });

  test('the same event has the same key, another time another one', () => {
    expect(run([crm], [warehouse]).event.key).toBe(run([crm], [warehouse], { futureField: 1 }).event.key);
    expect(run([], []).event.key).not.toBe(run([], [], { eventTime: '2026-11-22T02:00:02Z' }).event.key);
  });

  test('two events of one instant that tell different things are both kept', () => {
    const tagged = { ...warehouse, facets: { tags: { tags: [{ key: 'pii', value: 'true' }] } } };
    expect(run([crm], [warehouse]).event.key).not.toBe(run([crm], [tagged]).event.key);
    expect(run([crm], [warehouse]).event.key).not.toBe(
      run([crm], [warehouse], { job: { namespace: 'n', name: 'j' } }).event.key,
    );
  });

  test.each([
    ['START', 'start'],
    ['running', 'running'],
    ['COMPLETE', 'complete'],
    ['FAIL', 'fail'],
    ['ABORT', 'abort'],
    ['OTHER', 'other'],
    ['PAUSED', ''],
    [undefined, ''],
    [7, ''],
  ])('%s says of the run: %s', (eventType, state) => {
    expect(run([crm], [], { eventType }).event.state).toBe(state);
  });

  test.each([
    ['2026-11-22t02:00:01.1234567891z', 123_456],
    ['2026-11-22T02:00:01.5+00:00', 500_000],
    ['2026-11-22T03:00:01+0100', 0],
    ['2026-11-21T20:30:01-05:30', 0],
  ])('%s is an instant to the microsecond', (eventTime, us) => {
    expect(run([], [], { eventTime }).event.atUs).toBe(Date.UTC(2026, 10, 22, 2, 0, 1) * 1000 + us);
  });

  test('absent producer and schema, deleted and odd facets cost nothing else', () => {
    const deleted = { _deleted: true, _producer: 'p', _schemaURL: 's' };
    const odd = {
      ...warehouse,
      facets: {
        symlinks: deleted,
        columnLineage: deleted,
        lifecycleStateChange: deleted,
        lineage: deleted,
        tags: { tags: [{ key: 'pii', value: true }, 'odd', { key: 'classification', value: 'x'.repeat(300) }] },
        acme_custom: { of: ['any', { shape: null }] },
      },
      outputFacets: null,
    };
    const reading = run([crm], [odd], { producer: undefined, schemaURL: undefined, run: { ...RUN, facets: null } });
    expect(reading.aliases).toEqual([]);
    expect(reading.event.datasets[1]).toMatchObject({
      node: WAREHOUSE,
      lifecycle: '',
      columns: null,
      categories: ['pii'],
    });
  });

  test('a change to a part of a dataset, or in a table that keeps its versions, ends nothing of the whole', () => {
    const lifecycleOf = (dataset: object) => {
      const reading = readLineageEvent({ eventTime: '2026-11-22T02:00:00Z', dataset });
      return 'rejected' in reading ? reading.rejected : reading.event.datasets[0]?.lifecycle;
    };
    const users = { namespace: 's3://lake', name: 'users' };
    for (const [change, told] of Object.entries({ TRUNCATE: 'truncate', DROP: 'drop', OVERWRITE: 'overwrite' })) {
      const { facets: changed } = facets(change);
      // What was said to be dropped and is there still was not written either.
      const nothing = change === 'DROP' ? undefined : '';
      expect(lifecycleOf({ ...users, facets: changed })).toBe(told);
      expect(lifecycleOf({ ...users, facets: changed, name: 'users/dt=2026-11-22' })).toBe(nothing);
      expect(lifecycleOf({ ...users, facets: changed, outputFacets: { subset: { condition: {} } } })).toBe(nothing);
      for (const storageLayer of ['delta', 'iceberg', 'Hudi']) {
        expect(lifecycleOf({ ...users, facets: { ...changed, storage: { storageLayer } } })).toBe(nothing);
      }
    }
  });

  test('what an engine did to a table over files may have been done to a partition, or to its entry alone', () => {
    const told = (namespace: string) =>
      ['OVERWRITE', 'TRUNCATE', 'DROP'].map(
        (change) => run([], [{ ...warehouse, namespace, ...facets(change) }]).event.datasets[0]?.lifecycle,
      );
    for (const space of ['file', 's3://lake', 'hdfs://n:8020', 'hive://meta:9083', 'arn:aws:glue:eu-west-1:1']) {
      expect(told(space), space).toEqual(['', '', undefined]);
    }
    expect(told('bigquery')).toEqual(['', 'truncate', 'drop']);
    for (const space of ['postgres://db:5432', 'snowflake://acme-x', 'duckdb:/data/w.duckdb', 'hives://x']) {
      expect(told(space), space).toEqual(['overwrite', 'truncate', 'drop']);
    }
  });

  test('what a part was called by another name takes along, and what is left behind is not gone', () => {
    const renamed = facets('RENAME', { previousIdentifier: { namespace: 's3://lake', name: 'users/dt=2026-11-22' } });
    expect(pairs(run([], [{ namespace: 's3://lake', name: 'old', ...renamed }]))).toEqual([
      ['store:s3://lake/users', 'store:s3://lake/old', ''],
    ]);
  });

  test('a symlink joins whole datasets only: never a folder, a bucket or a database', () => {
    const linked = (dataset: object, ...identifiers: object[]) =>
      run([{ ...dataset, facets: { symlinks: { identifiers } } }], []).aliases;
    const table = { namespace: 's3://lake', name: 'warehouse/crm/users' };
    expect(linked(table, { namespace: 's3://lake/warehouse', name: 'crm.users', type: 'TABLE' })).toEqual([
      { alias: 'store:s3://lake/warehouse/crm.users', canonical: 'store:s3://lake/warehouse/crm/users' },
    ]);
    for (const name of ['', '/', 'crm.users', 'warehouse/part-0.parquet']) {
      expect(linked(table, { namespace: 's3://lake', name }), name).toEqual([]);
    }
    expect(
      linked({ ...table, name: 'users/dt=2026-11-22' }, { namespace: 'hive://meta:9083', name: 'crm.users' }),
    ).toEqual([]);
  });

  test('two parts of one folder are one dataset, with what is told of either, and columns only if they are told of both', () => {
    const part = (day: number, told: object) => ({ namespace: 's3://lake', name: `users/dt=${day}`, facets: told });
    const tags = { tags: { tags: [{ key: 'pii', value: 'true' }] } };
    const fields = { mail: { inputFields: [{ ...crm, field: 'mail', transformations: [{ type: 'DIRECT' }] }] } };
    const columns = { schema: { fields: [{ name: 'mail' }] }, columnLineage: { fields } };
    const outputs = (...parts: object[]) => run([crm], parts).event.datasets.slice(1);
    const LAKE = 'store:s3://lake/users';
    expect(run([part(1, tags), part(2, {})], []).event.datasets).toMatchObject([{ node: LAKE, categories: ['pii'] }]);
    expect(outputs(part(1, columns), part(2, {}))).toMatchObject([{ node: LAKE, columns: null }]);
    expect(outputs(part(1, columns), part(2, columns))).toMatchObject([{ columns: [{ input: CRM }, { input: CRM }] }]);
  });

  test('what is tagged as not personal is not a category', () => {
    const tags = ['false', 'NO', 'none', '0', ''].map((value) => ({ key: 'pii', value }));
    expect(run([{ ...crm, facets: { tags: { tags } } }], []).event.datasets[0]?.categories).toEqual([]);
    const yes = ['yes', 'TRUE', '1'].map((value) => ({ key: 'pii', value }));
    expect(run([{ ...crm, facets: { tags: { tags: yes } } }], []).event.datasets[0]?.categories).toEqual(['pii']);
  });

  test('symlinks are aliases, known tags are categories, unknown ones are nobody’s business', () => {
    const dataset = {
      ...crm,
      facets: {
        symlinks: { identifiers: [{ namespace: 'postgres://10.0.0.5', name: 'shop.public.users', type: 'TABLE' }] },
        tags: {
          tags: [
            { key: 'classification', value: 'PII' },
            { key: 'owner', value: 'jane@example.com' },
            { key: 'pii', value: 'true' },
          ],
        },
        schema: 'not what the specification says',
      },
    };
    const reading = run([dataset], []);
    expect(reading.aliases).toEqual([{ alias: 'store:postgres://10.0.0.5:5432/shop.public.users', canonical: CRM }]);
    expect(reading.event.datasets).toMatchObject([{ node: CRM, categories: ['pii'] }]);
  });
});

describe('other events', () => {
  test('a dropped dataset ends, each time as an occurrence of its own', () => {
    const event = { eventTime: '2026-11-22T02:00:00Z', producer: 'p', dataset: { ...crm, ...facets('DROP') } };
    const first = readLineageEvent(event) as LineageReading;
    const second = readLineageEvent({ ...event, eventTime: '2026-11-23T02:00:00Z' }) as LineageReading;
    expect(pairs(first)).toEqual([[CRM, '', 'drop']]);
    expect(first.event.runId).not.toBe(second.event.runId);
  });

  test('a job that may never have run is told apart from runs', () => {
    const reading = readLineageEvent({
      eventTime: '2026-11-22T02:00:00Z',
      job: { namespace: 'n', name: 'j' },
      inputs: [crm],
      outputs: [warehouse],
    });
    expect(reading).toMatchObject({
      event: { kind: 'job', job: 'job:n/j', datasets: [{ node: CRM }, { node: WAREHOUSE }] },
    });
  });

  test.each([
    ['no event', 7, 'An event is an object.'],
    ['neither run nor dataset nor job', {}, 'An event has a run, a dataset or a job.'],
    [
      'a run id that is none',
      { run: { runId: 'jane@example.com' }, job: { namespace: 'n', name: 'j' }, eventTime: '2026-11-22T02:00:00Z' },
      'run.runId: a UUID is needed',
    ],
    [
      'a time without an offset, and no job',
      { run: RUN, eventTime: '2026-11-22T02:00:00' },
      'eventTime: an instant with its offset is needed, as in 2026-11-22T02:00:00Z; job: missing, or of another type than the specification says',
    ],
  ])('%s is refused with a reason that repeats no value', (_title, event, reason) => {
    expect(readLineageEvent(event)).toEqual({ rejected: reason });
  });

  test('more than is taken is refused also where facets alone tell it: what is cut would be a way that nobody sees', () => {
    const refused = (told: object) => {
      const reading = readLineageEvent({
        eventTime: '2026-11-22T02:00:00Z',
        run: RUN,
        job: { namespace: 'n', name: 'j' },
        ...told,
      });
      return 'rejected' in reading ? reading.rejected : reading.event.datasets.length;
    };
    const sources = (n: number) => Array.from({ length: n }, (_, i) => ({ namespace: 'duckdb:/w', name: `t${i}` }));
    const out = (told: object) => ({ outputs: [{ ...warehouse, facets: told }] });
    const facetsOf = (n: number): Record<string, object> => ({
      columns: out({ columnLineage: { fields: { mail: { inputFields: sources(n) } } } }),
      filters: out({ columnLineage: { dataset: sources(n) } }),
      inputs: out({ lineage: { inputs: sources(n) } }),
      fields: out({ lineage: { fields: { mail: { inputs: sources(n) } } } }),
    });
    for (const [what, told] of Object.entries(facetsOf(20_000))) expect(refused(told), what).toBe(20_001);
    for (const [what, told] of Object.entries(facetsOf(20_001))) {
      expect(refused(told), what).toMatch(/^inputs: at most 20000 datasets/);
    }
    const entries = sources(20_001);
    expect(refused({ run: { ...RUN, facets: { lineage: { entries } } } })).toMatch(/^outputs: at most 20000/);
    expect(refused(out({ symlinks: { identifiers: sources(65) } }))).toMatch(/^facets.symlinks: at most 64/);
    const tags = Array.from({ length: 300 }, (_, i) => ({ key: 'data_category', value: `category.${i}` }));
    expect(refused(out({ tags: { tags } }))).toMatch(/^facets.tags: at most 256/);
  });

  test('one odd source costs a facet neither the others nor the event, and clears nothing', () => {
    const transformations = [{ type: 'DIRECT' }];
    const inputFields = [{ ...crm, field: 'mail', transformations }, { namespace: 7 }, 'odd'];
    const schema = { fields: [{ name: 'mail' }] };
    const columnLineage = { fields: { mail: { inputFields }, odd: 7 }, dataset: 'odd' };
    const other = { namespace: 'duckdb:/w', name: 'other' };
    const told = run([], [{ ...warehouse, facets: { schema, columnLineage, lineage: { inputs: [other, 7, {}] } } }]);
    const OTHER = 'store:duckdb:/w/other';
    expect(pairs(told)).toEqual([
      [CRM, WAREHOUSE, ''],
      [OTHER, WAREHOUSE, ''],
    ]);
    const beside = run([crm, other], [{ ...warehouse, facets: { schema, columnLineage } }]);
    expect(edgesOf(beside).map(({ columns }) => columns)).toEqual([undefined, undefined]);
  });

  test('more datasets than a side may have are refused', () => {
    const many = Array.from({ length: 20_001 }, (_, i) => ({ namespace: 'file', name: `/${i}x` }));
    expect(() => run(many, [])).toThrow('inputs: at most 20000 datasets an event; tell the others in a further event');
    expect(run(many.slice(1), []).event.datasets).toHaveLength(20_000);
  });
});

test.each([
  ['postgres://db', 'shop.public.users', 'store:postgres://db:5432/shop.public.users'],
  ['postgres://DB:6432', 'shop.public.users', 'store:postgres://db:6432/shop.public.users'],
  ['kafka://broker:9092', 'orders', 'queue:kafka://broker:9092/orders'],
  ['kafka://broker.internal', 'orders', 'queue:kafka://broker.internal:9092/orders'],
  ['pubsub', 'topic:p:t', 'queue:pubsub/topic:p:t'],
  ['arn:aws:sqs:eu-west-1:1', 'jobs', 'queue:arn:aws:sqs:eu-west-1:1/jobs'],
  ['s3a://bucket', '/data/users/dt=2026-11-22/part-0.parquet', 'store:s3://bucket/data/users'],
  ['s3://bucket', '/', 'store:s3://bucket'],
  ['bigquery', 'p.d.t', 'store:bigquery/p.d.t'],
  ['file', '/data/exports/4711.csv', 'store:file/data/exports/*.csv'],
  ['sqlite:crm.db', 'main.customers', 'store:sqlite:crm.db/main.customers'],
  ['snowflake://org-acct', 'D.S.T', 'store:snowflake://org-acct/D.S.T'],
])('dataset %s %s is %s', (namespace, name, node) => expect(datasetNode(namespace, name)).toBe(node));

test('any value at all is read or refused, never thrown at, and keeps no address', () => {
  const anything = fc.oneof(
    fc.anything(),
    fc.constant('jane@example.com'),
    fc.constant('2026-11-22T02:00:00Z'),
    fc.constant(RUN.runId),
  );
  const dataset = fc.record({ namespace: anything, name: anything, facets: anything }, { requiredKeys: [] });
  const text = fc.constantFrom('jane@example.com', 'x', 'postgres://jane@example.com', '+33612345678');
  const named = fc.record({ namespace: text, name: text });
  const event = fc.record(
    {
      eventTime: fc.constantFrom('2026-11-22T02:00:00Z', 'never'),
      run: fc.oneof(fc.constant(RUN), anything),
      job: fc.oneof(named, anything),
      dataset: fc.oneof(dataset, named),
      inputs: fc.oneof(fc.array(fc.oneof(dataset, named)), anything),
      outputs: fc.oneof(fc.array(fc.oneof(dataset, named)), anything),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(event, (value) => {
      const kept = JSON.stringify(readLineageEvent(value));
      expect(kept).not.toContain('jane@example.com');
      expect(kept).not.toContain('+33612345678');
    }),
    { numRuns: 1_000 },
  );
});
