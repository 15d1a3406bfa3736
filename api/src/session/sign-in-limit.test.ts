import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ADDRESSES_MAX, FAILURES_MAX, SignInLimit, WINDOW_MS } from './sign-in-limit.ts';

const taken = (limit: SignInLimit, address: string, times: number, nowMs = 0) =>
  Array.from({ length: times }, () => limit.take(address, nowMs)).filter(Boolean).length;

describe('attempts to sign in', () => {
  test('one address is stopped after its failures, and may try again when the window is over', () => {
    const limit = new SignInLimit();
    expect(taken(limit, '203.0.113.7', FAILURES_MAX + 5)).toBe(FAILURES_MAX);
    expect(limit.take('203.0.113.7', WINDOW_MS - 1)).toBe(false);
    expect(limit.take('203.0.113.7', WINDOW_MS)).toBe(true);
  });

  test('another address is not stopped by it', () => {
    const limit = new SignInLimit();
    taken(limit, '203.0.113.7', 1_000);
    expect(limit.take('203.0.113.8', 0)).toBe(true);
  });

  test('those that opened a session are not counted', () => {
    const limit = new SignInLimit();
    for (let i = 0; i < 10 * FAILURES_MAX; i++) {
      expect(limit.take('203.0.113.7', 0)).toBe(true);
      limit.giveBack('203.0.113.7');
    }
  });

  test('a flood from many addresses neither grows without end nor stops a newcomer', () => {
    const limit = new SignInLimit();
    for (let i = 0; i < 3 * ADDRESSES_MAX; i++) limit.take(`2001:db8:0:${i}`, 0);
    expect(limit.take('203.0.113.7', 0)).toBe(true);
    // The oldest of the flood was forgotten: it begins anew, as if it had never been.
    expect(taken(limit, '2001:db8:0:0', FAILURES_MAX)).toBe(FAILURES_MAX);
  });

  test('within a window no order of attempts lets more through than the bound', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: WINDOW_MS - 1 }), { maxLength: 60 }), (moments) => {
        const limit = new SignInLimit();
        const through = moments.toSorted((a, b) => a - b).filter((nowMs) => limit.take('203.0.113.7', nowMs));
        expect(through.length).toBe(Math.min(moments.length, FAILURES_MAX));
      }),
    );
  });
});
