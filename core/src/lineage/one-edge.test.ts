import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COLUMN_FLOWS, type DatasetEdge } from './facts.ts';
import { fills } from './job-runs.ts';
import { oneEdge } from './one-edge.ts';

const few = (...names: string[]) => fc.option(fc.subarray(names, { minLength: 1 }), { nil: undefined });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const known = <T extends object>(told: T) =>
  Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));

/** Tellings of one edge, as different as they come. */
const telling: fc.Arbitrary<DatasetEdge> = fc
  .record({
    startUs: fc.integer({ min: 0, max: 3 }),
    endUs: fc.integer({ min: 3, max: 5 }),
    untilUs: maybe(fc.integer({ min: 6, max: 8 })),
    failed: fc.constantFrom(undefined, true as const),
    columns: maybe(fc.constantFrom(...COLUMN_FLOWS)),
    parentJob: maybe(fc.constantFrom('job:a', 'job:b')),
    subjectSets: few('set_a', 'set_b'),
    statesPerson: maybe(fc.boolean()),
    inputCategories: few('pii', 'user'),
    outputCategories: few('pii', 'user'),
  })
  .map((told) => ({
    ...{ input: 'store:a', output: 'store:b', job: 'job:n/copy', runId: 'run', lifecycle: '' as const },
    ...(known(told) as Pick<DatasetEdge, 'startUs' | 'endUs'>),
  }));

describe('two tellings of one edge', () => {
  test('come to the same whatever their order, their grouping and their copies', () => {
    fc.assert(
      fc.property(telling, telling, telling, (a, b, c) => {
        expect(oneEdge(a, b)).toEqual(oneEdge(b, a));
        expect(oneEdge(oneEdge(a, b), c)).toEqual(oneEdge(a, oneEdge(b, c)));
        expect(oneEdge(a, a)).toEqual(a);
        expect(oneEdge(oneEdge(a, b), a)).toEqual(oneEdge(a, b));
      }),
      { numRuns: 2_000 },
    );
  });

  test('say no less than either of them: what one fills is filled, and who names others must not be the only one', () => {
    fc.assert(
      fc.property(telling, telling, (a, b) => {
        const both = oneEdge(a, b);
        expect(fills(both)).toBe(fills(a) || fills(b));
        expect(both.startUs).toBeLessThanOrEqual(Math.min(a.startUs, b.startUs));
        expect(both.endUs).toBeGreaterThanOrEqual(Math.max(a.endUs, b.endUs));
        expect(both.failed === true).toBe(a.failed === true || b.failed === true);
        expect(both.statesPerson === false).toBe(a.statesPerson === false && b.statesPerson === false);
        expect(both.subjectSets ?? []).toEqual(expect.arrayContaining([...(a.subjectSets ?? [])]));
      }),
      { numRuns: 1_000 },
    );
  });

  test('a run is over when whoever heard of it last says so', () => {
    const edge = {
      input: 'store:a',
      output: 'store:b',
      job: 'job:n/copy',
      runId: 'run',
      lifecycle: '',
      startUs: 0,
    } as const;
    const open = { ...edge, endUs: 5, untilUs: 99 };
    expect(oneEdge(open, { ...edge, endUs: 9 })).not.toHaveProperty('untilUs');
    expect(oneEdge(open, { ...edge, endUs: 4 })).toMatchObject({ endUs: 5, untilUs: 99 });
  });
});
