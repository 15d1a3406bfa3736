import { expect, test } from 'vitest';
import { listBound } from './list-bound.ts';

const page = (reading: string, exact = true) => ({ reading, affected: { exact } });

test('a list is as exact as the reading that all of its pages are of', () => {
  expect(listBound([])).toBeNull();
  expect(listBound([page('r1'), page('r1')])).toBe('exact');
  expect(listBound([page('r1', false), page('r1', false)])).toBe('bound');
});

test('a list of two readings is not exact, though both of them are', () => {
  expect(listBound([page('r1'), page('r1'), page('r2')])).toBe('mixed');
});
