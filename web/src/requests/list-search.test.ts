import { describe, expect, test } from 'vitest';
import { dayAfter, orderAfter, queryOf, readListSearch } from './list-search.ts';

describe('filters in the address', () => {
  test('what the list does not know is left out, and so is what is the default', () => {
    expect(readListSearch({ show: 'overdue', type: 'erasure', state: 'blocked', order: 'filed' })).toEqual({
      show: 'overdue',
      type: 'erasure',
      state: 'blocked',
      order: 'filed',
    });
    expect(readListSearch({ show: 'open', type: 'mischief', state: 7, order: 'due', email: 'a@example.com' })).toEqual(
      {},
    );
  });

  test('open requests are shown unless all are asked for', () => {
    expect(queryOf({}, '2026-11-23')).toEqual({ open: 'true', order: 'due' });
    expect(queryOf({ show: 'all' }, '2026-11-23')).toMatchObject({ open: 'false' });
  });

  test('a state in which requests end finds requests that have ended', () => {
    expect(queryOf({ state: 'refused' }, '2026-11-23')).toMatchObject({ open: 'false', state: 'refused' });
  });

  test('overdue is due before today, and a week includes its seventh day', () => {
    expect(queryOf({ show: 'overdue' }, '2026-11-23')).toMatchObject({ dueBefore: '2026-11-23' });
    expect(queryOf({ show: 'week' }, '2026-11-23')).toMatchObject({ dueBefore: '2026-12-01' });
  });

  test('a column sorts the first way, then the other', () => {
    expect(orderAfter('filed', 'due')).toBe('filed');
    expect(orderAfter('filed', 'filed')).toBe('filed_last');
    expect(orderAfter('filed', 'filed_last')).toBe('filed');
  });

  test('days are counted over the end of a month and a leap day', () => {
    expect(dayAfter('2028-02-28', 2)).toBe('2028-03-01');
  });
});
