import type { ClaimedTask } from '@vestige/core/request/worker-protocol';
import { describe, expect, test } from 'vitest';
import { ErasedSoFar } from './erased-so-far.ts';
import { type Connector, ConnectorError } from './kit.ts';
import { classifyFailure, performTask } from './perform-task.ts';

const task = (action: ClaimedTask['action']): ClaimedTask => ({
  id: 't1',
  requestId: 'r1',
  fence: 3,
  leaseUntil: '2026-01-01T00:00:00.000Z',
  action,
  node: 'store:x',
  selectors: [],
  tokens: [],
  recordRefs: [],
  spared: [],
  attempt: 1,
  idempotencyKey: 'k',
  expected: null,
});
const connector = (over: Partial<Connector> = {}): Connector => ({
  kind: 'fake',
  nodes: ['store:x'],
  cannotErase: ['backups'],
  verifiesBy: 'other_path',
  matchesRefs: () => true,
  check: async () => {},
  search: async () => 0,
  export: async (_, emit) => {
    await emit({ a: 1 });
    return 1;
  },
  erase: async () => ({ found: 2, erased: 2, method: 'delete' }),
  verify: async () => 0,
  close: async () => {},
  ...over,
});
const signal = new AbortController().signal;
const nowhere = async () => {};

describe('a task becomes one report', () => {
  test('a connector that can only look again the same way does not claim another path', async () => {
    const again = connector({ verifiesBy: 'same_path' });
    expect(await performTask(again, task('verify'), signal, nowhere, nowhere)).toMatchObject({ method: 'count_again' });
    expect(await performTask(connector(), task('verify'), signal, nowhere, nowhere)).toMatchObject({
      method: 'count_by_other_path',
    });
  });

  test('rows that only a record ref names are told of when they could not be looked for', async () => {
    const named = { ...task('erase'), recordRefs: ['store:x#aaaaaaaaaaaaaaaaaaaaaa'] };
    const blind = connector({ matchesRefs: () => false });
    expect((await performTask(blind, named, signal, nowhere, nowhere)).cannotErase).toEqual([
      'backups',
      'rows that only a record ref names',
    ]);
    expect((await performTask(connector(), named, signal, nowhere, nowhere)).cannotErase).toEqual(['backups']);
    expect((await performTask(blind, task('erase'), signal, nowhere, nowhere)).cannotErase).toEqual(['backups']);
  });

  test('records that go by themselves while the others are erased need no human: the next attempt adds up', async () => {
    const soFar = new ErasedSoFar();
    const left = [
      { found: 5, erased: 4 },
      { found: 0, erased: 0 },
    ];
    const expiring = connector({
      erase: async () => ({ ...(left.shift() ?? { found: 0, erased: 0 }), method: 'delete' }),
    });
    const attempt = () => performTask(expiring, task('erase'), signal, nowhere, nowhere, soFar);
    await expect(attempt()).rejects.toMatchObject({ class: 'retryable', code: 'went_meanwhile' });
    expect(await attempt()).toMatchObject({ found: 4, erased: 4, residual: 0 });
  });

  test('what is left after an erase is counted, not assumed', async () => {
    expect(
      await performTask(connector({ search: async () => 1 }), task('erase'), signal, nowhere, nowhere),
    ).toMatchObject({
      found: 2,
      erased: 2,
      residual: 1,
      searched: true,
      cannotErase: ['backups'],
    });
  });

  test('what is about to go is announced before anything goes, and where nobody could be told, nothing goes', async () => {
    for (const announces of [true, false]) {
      const said: unknown[] = [];
      const careful = connector({
        announces,
        search: async () => 7,
        erase: async ({ announce }) => {
          if (announces) await announce?.(9);
          said.push('erase');
          return { found: 9, erased: 9, method: 'delete' };
        },
      });
      await performTask(careful, task('erase'), signal, nowhere, async (found) => void said.push(found));
      expect(said).toEqual([announces ? 9 : 7, 'erase']);
      const deaf = async () => {
        throw new Error('no route');
      };
      await expect(performTask(careful, task('erase'), signal, nowhere, deaf)).rejects.toThrow();
      expect(said).toHaveLength(2);
    }
  });

  test('a verify that finds rows reports them as residual', async () => {
    expect(
      await performTask(connector({ verify: async () => 4 }), task('verify'), signal, nowhere, nowhere),
    ).toMatchObject({
      residual: 4,
      erased: 0,
    });
  });

  test('an export hands over every row', async () => {
    const rows: unknown[] = [];
    expect(
      await performTask(connector(), task('export'), signal, async (row) => void rows.push(row), nowhere),
    ).toMatchObject({
      found: 1,
    });
    expect(rows).toEqual([{ a: 1 }]);
  });

  test('a known failure keeps its class and code', () => {
    expect(classifyFailure(new ConnectorError('permanent', 'missing_table', 'gone'))).toEqual({
      class: 'permanent',
      code: 'missing_table',
      message: 'gone',
    });
  });

  test('an unknown error is retried and its words are kept to itself', () => {
    const failure = classifyFailure(new Error('duplicate key jane@example.com'));
    expect(failure).toMatchObject({ class: 'retryable', code: 'unexpected' });
    expect(JSON.stringify(failure)).not.toContain('jane');
  });

  test('the same facts give the same evidence, other facts another', async () => {
    const digestOf = async (found: number) => {
      const erase = async () => ({ found, erased: found, method: 'delete' });
      return (await performTask(connector({ erase }), task('erase'), signal, nowhere, nowhere)).evidenceDigest;
    };
    expect(await digestOf(2)).toBe(await digestOf(2));
    expect(await digestOf(2)).not.toBe(await digestOf(3));
  });
});

describe('a task that changes rows', () => {
  const changes: NonNullable<Connector['changes']> = {
    mark: async (_, restricted) => ({ found: 3, changed: 2, method: restricted ? 'mark' : 'unmark' }),
    countWrongMarks: async (_, restricted, as) => (as === 'worker' ? 0 : restricted ? 1 : 2),
    correct: async (_, corrections) => ({ found: corrections.length, changed: 1, method: 'update' }),
    countWrongValues: async (_, corrections, as) => (as === 'worker' ? 0 : corrections.length * 10),
  };
  const corrections = [{ type: 'user.name', value: 'Jane Roe' }];

  test('reports what it found, erased nothing, and counts by itself what is not as it should be', async () => {
    const half = { ...changes, countWrongMarks: async () => 2 };
    for (const [action, method] of [
      ['restrict', 'mark'],
      ['unrestrict', 'unmark'],
    ] as const) {
      const report = await performTask(connector({ changes }), task(action), signal, nowhere, nowhere);
      expect(report).toMatchObject({ found: 3, erased: 0, residual: 0, method, searched: true });
    }
    expect(await performTask(connector({ changes: half }), task('restrict'), signal, nowhere, nowhere)).toMatchObject({
      residual: 2,
    });
    const rectify = { ...task('rectify'), corrections };
    expect(await performTask(connector({ changes }), rectify, signal, nowhere, nowhere)).toMatchObject({
      found: 1,
      residual: 0,
    });
  });

  test('is verified by what was to become of the rows, never by whether they are there', async () => {
    const verifier = connector({ changes, verify: async () => 99 });
    for (const [verifies, left] of [
      ['restrict', 1],
      ['unrestrict', 2],
      ['rectify', 10],
      ['erase', 99],
    ] as const) {
      const verify = { ...task('verify'), verifies, corrections };
      expect((await performTask(verifier, verify, signal, nowhere, nowhere)).residual, verifies).toBe(left);
    }
  });

  test('is shown to a human where the connector changes no rows', async () => {
    for (const each of ['restrict', 'unrestrict', 'rectify'] as const) {
      await expect(performTask(connector(), task(each), signal, nowhere, nowhere)).rejects.toMatchObject({
        code: 'not_offered',
      });
      const verify = { ...task('verify'), verifies: each };
      await expect(performTask(connector(), verify, signal, nowhere, nowhere)).rejects.toMatchObject({
        code: 'not_offered',
      });
    }
  });
});

test('a task with parts that stay reaches no connector that cannot tell them', async () => {
  let reached = 0;
  const erase = async () => {
    reached += 1;
    return { found: 1, erased: 1, method: 'delete' };
  };
  const keeps = [{ categories: [], from: '2020-01-01', to: null }];
  await expect(
    performTask(connector({ erase }), { ...task('erase'), keeps }, signal, nowhere, nowhere),
  ).rejects.toMatchObject({
    class: 'needs_human',
    code: 'cannot_keep_part',
  });
  expect(reached).toBe(0);
  await performTask(connector({ erase, keepsParts: true }), { ...task('erase'), keeps }, signal, nowhere, nowhere);
  expect(reached).toBe(1);
});
