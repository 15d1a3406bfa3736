import { expect, test } from 'vitest';
import { askedSeldom } from './asked-seldom.ts';

test('those who ask at once, and soon after, share one question; who comes later has one asked anew', async () => {
  let nowMs = 0;
  const answers: ((count: number) => void)[] = [];
  const ask = askedSeldom(
    () => new Promise<number>((resolve) => answers.push(resolve)),
    100,
    () => nowMs,
  );
  const both = [ask(), ask()];
  // However long it takes.
  nowMs = 10_000;
  both.push(ask());
  expect(answers).toHaveLength(1);
  answers[0]?.(1);
  expect(await Promise.all(both)).toEqual([1, 1, 1]);

  nowMs = 10_099;
  expect(await ask()).toBe(1);
  nowMs = 10_100;
  const later = ask();
  expect(answers).toHaveLength(2);
  answers[1]?.(2);
  expect(await later).toBe(2);
});

test('a failure is told to those who waited, and the next one asks again', async () => {
  let asked = 0;
  const ask = askedSeldom(async () => {
    asked += 1;
    if (asked === 1) throw new Error('away');
    return asked;
  }, 100);
  await expect(ask()).rejects.toThrow('away');
  expect(await ask()).toBe(2);
});
