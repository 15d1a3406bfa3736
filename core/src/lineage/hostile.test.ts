import { expect, test } from 'vitest';
import { answerOf, type Drawn, type Run, world } from './testing/world.ts';

/**
 * What a broken or hostile sender can make of somebody's path. Nothing here is timed: work that grew with the square of
 * these numbers, or with their cube, would run into the limit of a test.
 */

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `store:${prefix}${i}`);
const inD: Record<string, Drawn> = { 'a/1': { at: [0, 1], person: 'declared', does: ['write store:d0'] } };

test('a batch run of hundreds of inputs and outputs is told, also where it overwrites them all', () => {
  const run: Run = { run: 'r', at: [10, 20], from: names('d', 400), to: names('e', 400) };
  expect(answerOf(world(inD, [run])).residency).toHaveLength(401);
  expect(answerOf(world(inD, [{ ...run, lifecycle: 'overwrite' }])).residency).toHaveLength(401);
});

test('a batch run that overwrites hundreds of tables from hundreds without the person ends what rested there', () => {
  const run: Run = { run: 'r', at: [1_000, 1_100], from: names('x', 400), to: names('d', 400), lifecycle: 'overwrite' };
  expect(answerOf(world(inD, [run])).residency).toMatchObject([{ store: 'store:d0', state: 'deleted' }]);
});

test('two jobs that have filled each other’s tables thousands of times are told', () => {
  const runs = Array.from({ length: 5_000 }, (_, i): Run => {
    const [from, to] = i % 2 === 0 ? ['store:d0', 'store:e'] : ['store:e', 'store:d0'];
    return { run: `r${i}`, job: `j${i % 2}`, at: [1_000 + i * 10, 1_005 + i * 10], from: [from], to: [to] };
  });
  expect(answerOf(world(inD, runs)).residency).toHaveLength(2);
});

test('a chain of thousands of jobs is followed to its end', () => {
  const runs = Array.from({ length: 8_000 }, (_, i): Run => {
    return { run: `r${i}`, job: `j${i}`, at: [i * 10, i * 10 + 5], from: [`store:d${i}`], to: [`store:d${i + 1}`] };
  });
  const { residency, truncated } = answerOf(world(inD, runs));
  expect([residency.length, truncated]).toEqual([8_001, false]);
});

test('a memory that was filled, read and emptied thousands of times is told, and empty', () => {
  const drawn = Array.from({ length: 1_500 }, (_, i): [string, Drawn][] => [
    [`w${i}/1`, { at: [i * 10, i * 10 + 1], person: 'declared', does: ['write memory:m/x'] }],
    [`r${i}/1`, { at: [i * 10 + 3, i * 10 + 4], does: ['read memory:m/x'] }],
    [`d${i}/1`, { at: [i * 10 + 6, i * 10 + 7], person: 'declared', does: ['delete memory:m/x'] }],
  ]);
  const { flows, residency } = answerOf(world(Object.fromEntries(drawn.flat())));
  expect(flows).toHaveLength(4_500);
  expect(residency).toMatchObject([{ store: 'memory:m/x', state: 'deleted' }]);
});

const nested = (count: number, drawn: (level: number) => Partial<Drawn>): Record<string, Drawn> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      i === 0 ? 'a/0' : `a/${i} < ${i - 1}`,
      { at: [i, 100_000 - i], ...(i === 0 ? { person: 'declared' as const } : {}), ...drawn(i) },
    ]),
  );

test('a trace of thousands of calls within each other is told call by call', () => {
  const calls = nested(4_000, (i) => ({ does: [`share recipient:r${i}.example http.client`] }));
  expect(answerOf(world(calls)).flows).toHaveLength(4_000);
  const turns = nested(4_000, (i) => ({ does: [`share model:m/${i} genai.chat`], conversation: 'conversation:c' }));
  expect(answerOf(world(turns)).recipients.length + answerOf(world(turns)).flows.length).toBeGreaterThan(4_000);
});

test('calls within each other beyond what each is compared with make an answer that says that it is not whole', () => {
  const calls = (count: number) => nested(count, (i) => ({ does: [`share recipient:r${i}.example http.client`] }));
  expect(answerOf(world(calls(60))).truncated).toBe(false);
  expect(answerOf(world(calls(80))).truncated).toBe(true);
  const deletes = (between: number) =>
    nested(between, (i) => (i === 0 || i === between - 1 ? { does: ['delete store:d0'] } : {}));
  expect(answerOf(world(deletes(4_000))).truncated).toBe(false);
  expect(answerOf(world(deletes(5_000))).truncated).toBe(true);
});

test('a delete told by a wrapper is believed only when the call under it succeeded, however many lie between', () => {
  const between = nested(100, (i) =>
    i === 0 || i === 99
      ? {
          person: 'declared',
          does: ['delete store:d0'],
          outcome: i === 0 ? 'ok' : 'failed',
          at: [2_000 + i, 3_000 - i],
        }
      : { at: [2_000 + i, 3_000 - i] },
  );
  expect(answerOf(world({ 'w/1': inD['a/1'] as Drawn, ...between })).residency).toMatchObject([{ state: 'held' }]);
});

test('spans without nesting beside thousands of executions of their agent are told, and the answer says that it is not whole', () => {
  const beside = (count: number) => {
    const drawn = Array.from({ length: count }, (_, i): [string, Drawn][] => [
      [`a/g${i}`, { at: [i, 100_000], self: 'agent:x/a', ...(i === 0 ? { person: 'declared' } : {}) }],
      [`a/l${i}`, { at: [50_000 + i, 50_001 + i], owner: 'agent:x/a', does: [`write store:s${i}`] }],
    ]);
    return answerOf(world(Object.fromEntries(drawn.flat())));
  };
  // The first execution has the person; of those that ran beside it nobody can tell which span was whose.
  const few = beside(300);
  expect([few.flows.length, few.truncated]).toEqual([300, false]);
  expect(beside(3_000).truncated).toBe(true);
});
