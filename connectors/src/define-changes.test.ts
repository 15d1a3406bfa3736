import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { JANE, JOHN, jobFor } from './conformance.ts';
import { type Candidate, type Definition, defineConnector } from './define-connector.ts';

const NODE = 'store:notes';
type Note = Omit<Candidate<number>, 'row'>;
type Hooks = Pick<Partial<Definition<object, null, number>>, 'mark' | 'correct' | 'batchRecordsMax'>;

const note = (key: number, email: string, more: Partial<Note> = {}): Note => ({
  key,
  identifiers: { email },
  isRestricted: false,
  values: { 'user.name': 'Jane', 'user.birthday': null },
  ...more,
});

function changesOf(notes: readonly Note[], hooks: Hooks) {
  const { changes } = defineConnector<object, null, number>({
    kind: 'notes',
    config: z.object({}),
    nodes: () => ({ [NODE]: ['email'] }),
    cannotErase: () => ['backups'],
    verifiesBy: () => 'same_path',
    method: 'delete',
    open: async () => null,
    check: async () => {},
    async *find() {
      for (const each of notes) yield { ...each, row: {} };
    },
    remove: async () => 0,
    failure: () => null,
    ...hooks,
  }).create({});
  return changes;
}

describe('a hook is handed', () => {
  test('the person’s records that are not yet as they should be, in batches, and no others', async () => {
    const calls: [readonly number[], boolean][] = [];
    const notes = [1, 2, 3].map((key) => note(key, JANE)).concat(note(4, JANE, { isRestricted: true }), note(5, JOHN));
    const changes = changesOf(notes, {
      batchRecordsMax: 2,
      mark: async (_, keys, isRestricted) => {
        calls.push([keys, isRestricted]);
        return keys.length;
      },
    });
    expect(await changes?.mark(jobFor(NODE, JANE), true)).toEqual({ found: 4, changed: 3, method: 'mark' });
    expect(calls).toEqual([
      [[1, 2], true],
      [[3], true],
    ]);
    expect(await changes?.countWrongMarks(jobFor(NODE, JANE), false, 'verifier')).toBe(1);
  });

  test('what a record holds and holds wrongly, never what it does not hold', async () => {
    const calls: [readonly number[], string[]][] = [];
    const notes = [
      note(1, JANE),
      note(2, JANE, { values: { 'user.name': 'Jane Roe', 'user.birthday': '1990-01-02' } }),
      note(3, JANE, { values: { 'user.name': 'J' } }),
      note(4, JANE, { values: {} }),
      note(5, JOHN),
    ];
    const changes = changesOf(notes, {
      correct: async (_, keys, corrections) => {
        calls.push([keys, corrections.map(({ type }) => type)]);
        return keys.length;
      },
    });
    const right = [
      { type: 'user.name', value: 'Jane Roe' },
      { type: 'user.birthday', value: '1990-01-02' },
      { type: 'toString', value: 'x' },
    ];
    expect(await changes?.correct(jobFor(NODE, JANE), right)).toEqual({ found: 4, changed: 2, method: 'update' });
    expect(calls).toEqual([
      [[1], ['user.name', 'user.birthday']],
      [[3], ['user.name']],
    ]);
    expect(await changes?.countWrongValues(jobFor(NODE, JANE), right, 'worker')).toBe(2);
  });
});

describe('nothing is counted as right because nobody could tell', () => {
  test('a record that does not say how it is now fails the task', async () => {
    const hooks = { mark: async () => 0, correct: async () => 0 };
    const { isRestricted: _, values: __, ...silent } = note(1, JANE);
    const changes = changesOf([silent], hooks);
    const job = jobFor(NODE, JANE);
    const failure = { class: 'permanent', code: 'mark_unknown' };
    await expect(changes?.mark(job, true)).rejects.toMatchObject(failure);
    await expect(changes?.countWrongMarks(job, true, 'verifier')).rejects.toMatchObject(failure);
    await expect(changes?.correct(job, [])).rejects.toMatchObject({ class: 'permanent', code: 'values_unknown' });
  });

  test('what a definition has no hook for is shown to a human', async () => {
    const job = jobFor(NODE, JANE);
    const marks = changesOf([note(1, JANE)], { mark: async () => 0 });
    const corrects = changesOf([note(1, JANE)], { correct: async () => 0 });
    const notOffered = { class: 'needs_human', code: 'not_offered' };
    await expect(marks?.correct(job, [])).rejects.toMatchObject(notOffered);
    await expect(marks?.countWrongValues(job, [], 'verifier')).rejects.toMatchObject(notOffered);
    await expect(corrects?.mark(job, true)).rejects.toMatchObject(notOffered);
    await expect(corrects?.countWrongMarks(job, true, 'verifier')).rejects.toMatchObject(notOffered);
    expect(changesOf([], {})).toBeUndefined();
  });

  test('a hook that does nothing leaves a count that is not zero', async () => {
    const changes = changesOf([note(1, JANE)], { mark: async (_, keys) => keys.length });
    await changes?.mark(jobFor(NODE, JANE), true);
    expect(await changes?.countWrongMarks(jobFor(NODE, JANE), true, 'worker')).toBe(1);
  });
});
