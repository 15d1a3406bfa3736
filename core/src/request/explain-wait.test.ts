import { expect, test } from 'vitest';
import { explainWait, type WaitFacts, type WaitingTask } from './explain-wait.ts';
import { isEnded } from './outcome.ts';
import { isOpen, REQUEST_STATES } from './request-state.ts';
import { TASK_STATES } from './task-state.ts';

const now = new Date('2026-06-01T10:00:00Z');
const before = (seconds: number) => new Date(now.getTime() - seconds * 1_000);
const task = (more: Partial<WaitingTask> = {}): WaitingTask => ({
  node: 'store:a',
  action: 'erase',
  state: 'ready',
  own: false,
  served: true,
  waitsFor: [],
  notBefore: before(600),
  since: before(600),
  lease: null,
  failure: null,
  ...more,
});
const facts = (more: Partial<WaitFacts> = {}): WaitFacts => ({
  state: 'executing',
  type: 'erasure',
  identified: true,
  planHash: 'sha256:1',
  paused: null,
  suspended: false,
  workPaused: null,
  holds: [],
  places: null,
  attention: null,
  tasks: [],
  now,
  ...more,
});
const codes = (given: WaitFacts) => explainWait(given).map(({ code }) => code);

test('every open state without tasks says what it waits for', () => {
  for (const state of REQUEST_STATES) {
    const waits = explainWait(facts({ state, tasks: [task({ state: 'failed_final' })] }));
    expect(waits, state).not.toEqual([]);
    expect(waits[0]?.code === 'ended', state).toBe(!isOpen(state));
  }
});

test('every state in which a task can rest for long is explained, and an ended one is not', () => {
  for (const state of TASK_STATES) {
    const lease = state === 'leased' ? { worker: 'w', until: now } : null;
    const waits = codes(facts({ tasks: [task({ state, lease, served: false })] }));
    expect(waits.length === 0, state).toBe(isEnded(state));
  }
});

test('a task that has only just come on the shelf is no complaint about workers', () => {
  expect(codes(facts({ tasks: [task({ since: before(5) })] }))).toEqual([]);
  expect(codes(facts({ tasks: [task({ since: before(61) })] }))).toEqual(['unclaimed_task']);
  expect(codes(facts({ tasks: [task({ state: 'verifying' })] }))).toEqual(['unclaimed_verification']);
});

test('what stands in the way of everything comes first, with the person’s wish and the law’s', () => {
  const waits = explainWait(
    facts({
      workPaused: { reason: 'engine is being moved' },
      paused: 'clarification',
      holds: [{ matter: 'case 7', nodes: [] }],
      tasks: [task({ state: 'failed_final', failure: { class: 'permanent', code: 'missing_table' } })],
    }),
  );

  expect(waits.map(({ code }) => code)).toEqual(['work_paused', 'paused', 'held', 'failed_task']);
  expect(waits[3]).toMatchObject({ says: 'Given up: missing_table.', nodes: ['store:a'], count: 1 });
});

test('a place that nobody serves is told from one that waits for what flows into it', () => {
  const blocked = (more: Partial<WaitingTask>) => facts({ tasks: [task({ state: 'blocked', ...more })] });

  expect(codes(blocked({ served: false }))).toEqual(['unserved_target']);
  expect(codes(blocked({ served: false, waitsFor: ['store:b'] }))).toEqual(['upstream']);
});

test('a request reopened about whoever is named now says that they must be identified', () => {
  expect(codes(facts({ state: 'reopened', identified: false, planHash: null }))).toEqual(['identity']);
});

test('a copy that waits for a signature says so although every task has ended', () => {
  const waits = facts({
    state: 'verifying',
    attention: 'package_needs_sign_off',
    tasks: [task({ state: 'verified' })],
  });
  expect(codes(waits)).toEqual(['package_needs_sign_off']);
});

test('a hold on a place is told of where the plan works there, and while nobody knows where it will', () => {
  const told = (places: readonly string[] | null, nodes: readonly string[]) =>
    explainWait(facts({ holds: [{ matter: 'case 8', nodes }], places })).some(({ code }) => code === 'held');
  expect(told(['store:crm/a'], ['store:crm/*'])).toBe(true);
  expect(told(['store:crm/a'], ['store:crm/a'])).toBe(true);
  expect(told(['store:crm/a'], ['store:crm'])).toBe(false);
  expect(told(['store:mail'], ['store:crm/*'])).toBe(false);
  expect(told(null, ['store:crm/*'])).toBe(true);
  expect(told(['store:mail'], [])).toBe(true);
});
