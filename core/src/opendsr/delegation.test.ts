import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Delegation, elapse, hear, isAwaited } from './delegation.ts';
import type { Heard } from './status.ts';

const day = (days: number) => new Date(Date.UTC(2026, 0, 1 + days));
const fresh: Delegation = {
  heard: 'working',
  submittedAt: day(0),
  expectedAt: day(20),
  dueAt: day(30),
  heardAt: null,
  escalated: 0,
};
const words: readonly Heard[] = ['working', 'attested', 'partial', 'refused', 'cancelled'];

test('a silent processor is told about at 50, 75 and 90 percent, once each, and no longer awaited at the deadline', () => {
  const told: number[] = [];
  let now: Delegation = fresh;
  for (let passed = 0; passed <= 31; passed += 1) {
    const next = elapse(now, day(passed));
    if (next && next.escalated > now.escalated) told.push(next.escalated);
    now = next ?? now;
  }
  expect(told).toEqual([50, 75, 90]);
  expect(now.heard).toBe('silent');
  expect(isAwaited(now)).toBe(false);
});

test('callback and poll converge: the same words in any order and number end in one state', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words), { maxLength: 8 }), (said) => {
      const run = (all: readonly Heard[]) =>
        all.reduce<Delegation>((now, word) => hear(now, word, day(20), day(5)) ?? now, fresh);
      const twice = said.flatMap((word) => [word, word]);
      expect(run(twice)).toEqual(run(said));
      // Whatever comes after an answer, the answer stands.
      const first = said.find((word) => word !== 'working');
      expect(run(said).heard).toBe(first ?? 'working');
    }),
  );
});

test('an answer after the deadline still counts; a word that it works does not wake the waiting again', () => {
  const silent = { ...fresh, heard: 'silent' } as const;
  expect(hear(silent, 'attested', day(20), day(40))?.heard).toBe('attested');
  expect(hear(silent, 'working', day(60), day(40))).toBeNull();
});

test('a later time of completion is kept, and does not move the deadline', () => {
  const moved = hear(fresh, 'working', day(50), day(3));
  expect(moved).toMatchObject({ expectedAt: day(50), dueAt: day(30), heardAt: day(3) });
  expect(elapse(moved ?? fresh, day(30))?.heard).toBe('silent');
});
