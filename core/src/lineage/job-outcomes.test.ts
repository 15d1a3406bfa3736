import { describe, expect, test } from 'vitest';
import { readLineageEvent } from '../openlineage/read-event.ts';
import { runEdges } from '../openlineage/run-edges.ts';
import { joinEvents } from '../openlineage/testing/join-events.ts';
import { directory } from './directory.ts';
import { answerOf, type Drawn, ms, world } from './testing/world.ts';

/** What OpenLineage events say of a run, followed to the answer about one person. */

const DAY = 86_400_000;
const USERS = 'store:postgres://db:5432/shop.public.users';
const MAILS = 'store:postgres://db:5432/shop.public.mails';
const table = (name: string, change = '') => ({
  namespace: 'postgres://db:5432',
  name: `shop.public.${name}`,
  facets: change === '' ? {} : { lifecycleStateChange: { lifecycleStateChange: change } },
});

interface Told {
  readonly type: string;
  /** Milliseconds of the test's clock. */
  readonly at: number;
  readonly inputs?: readonly object[];
  readonly outputs?: readonly object[];
  readonly runId?: string;
}

function run(...told: readonly Told[]) {
  const events = told.map(({ type, at, inputs = [], outputs = [], runId = '3f0c7d1e-6a0c-4a0e-8e3a-0f6b1c2d3e4f' }) => {
    const reading = readLineageEvent({
      eventType: type,
      eventTime: new Date(ms(at) / 1_000).toISOString(),
      run: { runId },
      job: { namespace: 'nightly', name: 'copy' },
      inputs,
      outputs,
    });
    if ('rejected' in reading) throw new Error(reading.rejected);
    return reading.event;
  });
  return [...runEdges(joinEvents(events))];
}

const written = (at: number): Record<string, Drawn> => ({
  't/write': { at: [at, at + 10], person: 'declared', does: [`write ${USERS}`] },
});
const restsIn = (spans: Record<string, Drawn>, edges: ReturnType<typeof run>, nowUs = ms(30 * DAY)) =>
  answerOf({ ...world(spans), datasets: edges }, { nowUs }).residency.map(
    ({ store, state, confidence }) => `${store}: ${state} ${confidence}`,
  );

describe('a run that empties or drops', () => {
  test.each([
    ['completed', 'COMPLETE', 'deleted'],
    ['failed', 'FAIL', 'held'],
    ['was aborted', 'ABORT', 'held'],
    ['did not end yet', 'RUNNING', 'held'],
  ])('%s', (_title, type, state) => {
    for (const change of ['TRUNCATE', 'DROP']) {
      const told = run({ type: 'START', at: 1_000 }, { type, at: 2_000, outputs: [table('users', change)] });
      expect(restsIn(written(0), told)).toEqual([`${USERS}: ${state} declared`]);
    }
  });

  test('one partition leaves the person in the others', () => {
    const lake = 'store:s3://lake/users';
    const partition = { ...table('users', 'DROP'), namespace: 's3://lake', name: 'users/dt=2026-11-22' };
    const spans: Record<string, Drawn> = { 't/write': { at: [0, 10], person: 'declared', does: [`write ${lake}`] } };
    expect(restsIn(spans, run({ type: 'COMPLETE', at: 1_000, outputs: [partition] }))).toEqual([
      `${lake}: held declared`,
    ]);
  });
});

describe('a run that did not say that it ended', () => {
  const copy = { inputs: [table('users')], outputs: [table('mails')] };

  test('may carry over what comes in afterwards, as a stream does', () => {
    const open = run({ type: 'START', at: 0, ...copy });
    expect(restsIn(written(DAY), open)).toEqual([`${MAILS}: held possible`, `${USERS}: held declared`]);
    const heard = run({ type: 'START', at: 0, ...copy }, { type: 'RUNNING', at: 6 * DAY });
    expect(restsIn(written(12 * DAY), heard)).toEqual([`${MAILS}: held possible`, `${USERS}: held declared`]);
  });

  test('is told with instants that have passed, not with that until which it may go on', () => {
    const { flows } = answerOf({ ...world(written(DAY)), datasets: run({ type: 'START', at: 0, ...copy }) });
    for (const { atUs } of flows) expect(atUs).toBeLessThanOrEqual(ms(DAY + 10));
  });

  test('is over a week after it was last heard of, and at once when it says so', () => {
    expect(restsIn(written(8 * DAY), run({ type: 'START', at: 0, ...copy }))).toEqual([`${USERS}: held declared`]);
    for (const type of ['COMPLETE', 'FAIL', 'ABORT']) {
      const over = run({ type: 'START', at: 0, ...copy }, { type, at: 1_000 });
      expect(restsIn(written(DAY), over)).toEqual([`${USERS}: held declared`]);
    }
  });

  test('keeps what it writes beyond the retention of what it wrote first', () => {
    const mails = { directory: directory({ stores: [{ id: MAILS, partyId: null, retentionDays: 30 }] }) };
    const stateAfter = (type: string) => {
      const told = run({ type: 'START', at: 0, ...copy }, { type, at: 60 * DAY });
      return (day: number) =>
        answerOf({ ...world(written(0)), datasets: told }, { ...mails, nowUs: ms(day * DAY) }).residency.find(
          ({ store }) => store === MAILS,
        )?.state;
    };
    expect([stateAfter('RUNNING')(89), stateAfter('RUNNING')(98)]).toEqual(['held', 'expired']);
    expect([stateAfter('COMPLETE')(89), stateAfter('COMPLETE')(91)]).toEqual(['held', 'expired']);
  });

  test('may write once more after somebody else emptied what it writes', () => {
    const emptied = { type: 'COMPLETE', runId: '00000000-0000-4000-8000-000000000001', at: 3_000 };
    const later = run({ ...emptied, outputs: [table('mails', 'TRUNCATE')] });
    const restsAfter = (type: string) =>
      restsIn(written(0), [...run({ type: 'START', at: 1_000, ...copy }, { type, at: 2_000 }), ...later]);
    expect(restsAfter('RUNNING')).toContain(`${MAILS}: held possible`);
    expect(restsAfter('COMPLETE')).toContain(`${MAILS}: deleted possible`);
  });
});

test('a backfill of a day years ago read what was there when it ran, not on that day', () => {
  // Airflow makes the id of a run of the logical date: a version 7 UUID of 2022 here.
  const hex = Date.UTC(2022, 0, 1).toString(16).padStart(12, '0');
  const runId = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000001`;
  const gone: Record<string, Drawn> = {
    ...written(0),
    'u/delete': { at: [DAY, DAY + 10], person: 'declared', does: [`delete ${USERS}`] },
  };
  const copy = { inputs: [table('users')], outputs: [table('mails')], runId };
  const told = run({ type: 'START', at: 2 * DAY, ...copy }, { type: 'COMPLETE', at: 2 * DAY + 1_000, ...copy });
  expect(restsIn(gone, told)).toEqual([`${USERS}: deleted declared`]);
  // Without its START nobody knows since when it was reading.
  expect(restsIn(gone, run({ type: 'COMPLETE', at: 2 * DAY, ...copy }))).toContain(`${MAILS}: held possible`);
});

test('a failed run that names the person has possibly written, a completed one surely', () => {
  const copy = { inputs: [table('users')], outputs: [table('mails')] };
  const of = (type: string) => {
    const edges = run({ type: 'START', at: 1_000, ...copy }, { type, at: 2_000 });
    return restsIn(
      written(0),
      edges.map((edge) => ({ ...edge, subjectSets: ['set_a'], statesPerson: true })),
    );
  };
  expect(of('COMPLETE')).toContain(`${MAILS}: held inferred`);
  expect(of('FAIL')).toContain(`${MAILS}: held possible`);
});

test('a dataset that is found to hold the person was surely filled by the run that completed, never by one that failed', () => {
  const copy = { inputs: [table('users')], outputs: [table('mails')] };
  const found: Record<string, Drawn> = {
    ...written(0),
    'p/found': { at: [9_000, 9_010], person: 'declared', does: [`read ${MAILS}`] },
  };
  const [first, second] = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'];
  const told = (runId: string, type: string, at: number) => run({ type, at, runId, ...copy });
  const writes = (...edges: ReturnType<typeof run>) =>
    answerOf({ ...world(found), datasets: edges })
      .flows.filter(({ rule, action }) => rule === 'job' && action === 'write')
      .map(({ traceId, confidence }) => [traceId, confidence]);
  expect(writes(...told(first, 'COMPLETE', 1_000))).toEqual([[first, 'inferred']]);
  for (const type of ['FAIL', 'ABORT']) {
    expect(writes(...told(first, type, 1_000))).toEqual([[first, 'possible']]);
    expect(writes(...told(first, type, 1_000), ...told(second, 'COMPLETE', 2_000))).toEqual([
      [first, 'possible'],
      [second, 'inferred'],
    ]);
    // What failed may have brought them all the same, so that the other job is not the only one.
    const other = told(second, 'COMPLETE', 2_000).map((edge) => ({ ...edge, job: 'job:nightly/other' }));
    expect(writes(...told(first, type, 1_000), ...other).map(([, confidence]) => confidence)).toEqual([
      'possible',
      'possible',
    ]);
  }
});

test('a table that a run read, emptied and wrote again has lost nobody', () => {
  for (const change of ['TRUNCATE', 'OVERWRITE']) {
    const told = run({ type: 'COMPLETE', at: 1_000, inputs: [table('users')], outputs: [table('users', change)] });
    expect(restsIn(written(0), told), change).toEqual([`${USERS}: held declared`]);
  }
});

test('a table that was emptied while a run read and wrote it may hold again what the run had read', () => {
  const rewrite = { inputs: [table('users')], outputs: [table('users')] };
  const emptied = { type: 'COMPLETE', runId: '00000000-0000-4000-8000-000000000001' };
  const empty = (at: number) => run({ ...emptied, at, outputs: [table('users', 'TRUNCATE')] });
  const told = run({ type: 'START', at: 1_000, ...rewrite }, { type: 'COMPLETE', at: 9_000 });
  expect(restsIn(written(0), [...told, ...empty(5_000)])).toEqual([`${USERS}: held possible`]);
  expect(restsIn(written(0), [...told, ...empty(20_000)])).toEqual([`${USERS}: deleted declared`]);
});

test('a table whose old name stands for it by now was not dropped when it was renamed', () => {
  const facets = { lifecycleStateChange: { lifecycleStateChange: 'RENAME', previousIdentifier: table('people') } };
  const event = readLineageEvent({
    eventTime: new Date(ms(1_000) / 1_000).toISOString(),
    dataset: { ...table('users'), facets },
  });
  if ('rejected' in event) throw new Error(event.rejected);
  const datasets = [...runEdges(joinEvents([event.event]))];
  const aliases = [{ alias: 'store:postgres://db:5432/shop.public.people', canonical: USERS }];
  const answer = answerOf({ ...world(written(0)), datasets }, { directory: directory({ aliases }) });
  expect(answer.residency).toMatchObject([{ store: USERS, state: 'held' }]);
});

test('a run that was told as done and as failed has ended nothing, whichever came first', () => {
  const outputs = [table('users', 'TRUNCATE')];
  const done = run({ type: 'COMPLETE', at: 1_000, outputs });
  const failed = run(
    { type: 'START', at: 500, inputs: [table('users')], outputs: [table('mails')] },
    { type: 'FAIL', at: 1_500, outputs },
  );
  for (const edges of [
    [...done, ...failed],
    [...failed, ...done],
  ]) {
    expect(restsIn(written(0), edges)).toContain(`${USERS}: held declared`);
  }
});

test('what one job wrote another one reads, also where both gave their runs the same id', () => {
  const first = run({ type: 'COMPLETE', at: 1_000, inputs: [table('users')], outputs: [table('mails')] });
  const second = run({ type: 'COMPLETE', at: 2_000, inputs: [table('mails')], outputs: [table('copies')] });
  const datasets = [...first, ...second.map((edge) => ({ ...edge, job: 'job:nightly/second' }))];
  expect(restsIn(written(0), datasets)).toContain('store:postgres://db:5432/shop.public.copies: held possible');
});

test('a dataset that a run names in two ways fills what either of them fills', () => {
  const field = { ...table('users'), field: 'mail', transformations: [{ type: 'DIRECT' }] };
  const facets = {
    schema: { fields: [{ name: 'mail' }] },
    columnLineage: { fields: { mail: { inputFields: [field] } } },
  };
  const pooler = { ...table('users'), namespace: 'postgres://10.0.0.5:6432' };
  const inputs = [table('users'), pooler];
  const edges = run({ type: 'COMPLETE', at: 1_000, inputs, outputs: [{ ...table('mails'), facets }] });
  const aliases = [{ alias: 'store:postgres://10.0.0.5:6432/*', canonical: 'store:postgres://db:5432/*' }];
  for (const datasets of [edges, edges.toReversed()]) {
    const answer = answerOf({ ...world(written(0)), datasets }, { directory: directory({ aliases }) });
    expect(answer.residency.map(({ store }) => store)).toEqual([MAILS, USERS]);
  }
});
