import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NOTHING_KNOWN, SubjectCache, subjectAt, withAnswer } from './subject-cache.ts';

describe('what is known of a token', () => {
  test('never contradicts the alias table, whatever was asked before', () => {
    const instant = fc.integer({ min: 0, max: 20 });
    fc.assert(
      fc.property(instant, fc.array(instant), instant, (erasedBefore, asked, at) => {
        const truth = (ms: number) => (ms < erasedBefore ? 'suppressed' : 'subject');
        const fact = asked.reduce((known, ms) => withAnswer(known, ms, truth(ms)), NOTHING_KNOWN);
        expect([truth(at), null]).toContain(subjectAt(fact, at));
      }),
    );
  });

  test('reaches from the oldest allowed instant on, and up to the newest refused one', () => {
    const fact = withAnswer(withAnswer(NOTHING_KNOWN, 10, 'a'), 5, 'suppressed');
    expect([3, 5, 7, 10, 11].map((at) => subjectAt(fact, at))).toEqual(['suppressed', 'suppressed', null, 'a', 'a']);
  });
});

describe('the cache', () => {
  const fact = withAnswer(NOTHING_KNOWN, 0, 'a');

  test('forgets a tenant’s facts with a new suppression version', () => {
    const cache = new SubjectCache(10);
    cache.set(1, 7, 't', fact);
    expect(cache.get(1, 7, 't')).toBe(fact);
    expect(cache.get(1, 8, 't')).toBe(NOTHING_KNOWN);
    expect(cache.get(1, 7, 't')).toBe(NOTHING_KNOWN);
  });

  test('keeps tenants apart', () => {
    const cache = new SubjectCache(10);
    cache.set(1, 0, 't', fact);
    expect(cache.get(2, 0, 't')).toBe(NOTHING_KNOWN);
  });

  test('makes room by dropping what was used least recently', () => {
    const cache = new SubjectCache(2);
    cache.set(1, 0, 'a', fact);
    cache.set(1, 0, 'b', fact);
    cache.get(1, 0, 'a');
    cache.set(1, 0, 'c', fact);
    expect(['a', 'b', 'c'].map((token) => cache.get(1, 0, token) === fact)).toEqual([true, false, true]);
    expect(cache.size).toBe(2);
  });
});
