import { expect, test } from 'vitest';
import { freeBytes } from './free-bytes.ts';

test('bytes that are alone in their memory are gone at once, for every view of them', () => {
  const bytes = Buffer.allocUnsafeSlow(100_000);
  const view = bytes.subarray(10, 20);
  freeBytes(bytes);
  expect([bytes.length, view.length]).toEqual([0, 0]);
  freeBytes(bytes);
});

test('bytes that share their memory with others stay', () => {
  const whole = Buffer.alloc(100_000, 7);
  freeBytes(whole.subarray(0, 50_000));
  expect(whole.every((byte) => byte === 7)).toBe(true);
});
