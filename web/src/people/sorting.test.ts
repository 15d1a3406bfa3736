import { describe, expect, test } from 'vitest';
import { readPersonSearch } from './person-search.ts';
import { sorted } from './sorting.ts';

describe('sorting', () => {
  const rows = [{ n: 2 }, { n: null }, { n: 10 }, { n: 1 }];
  test('puts numbers in their order and rows without a value last, both ways', () => {
    const value = ({ n }: { n: number | null }) => n;
    expect(sorted(rows, value, false).map(({ n }) => n)).toEqual([1, 2, 10, null]);
    expect(sorted(rows, value, true).map(({ n }) => n)).toEqual([10, 2, 1, null]);
  });

  test('puts table_2 before table_10, and leaves equal rows as they were', () => {
    const names = ['table_10', 'table_2', 'Table_2'];
    expect(sorted(names, (name) => name, false)[0]).toMatch(/2$/);
    expect(sorted(['b', 'a'], () => 1, true)).toEqual(['b', 'a']);
  });
});

describe('the address of a person’s page', () => {
  test('keeps what it knows and nothing else', () => {
    expect(readPersonSearch({ tab: 'views', view: 'full', as: 'list', q: 'jane@example.com' })).toEqual({
      tab: 'views',
      view: 'full',
      as: 'list',
    });
    expect(readPersonSearch({ tab: 'nonsense', view: 7 })).toEqual({});
  });

  test('names a line by both of its ends or not at all', () => {
    expect(readPersonSearch({ from: 'agent:a', to: 'store:b' })).toEqual({ from: 'agent:a', to: 'store:b' });
    expect(readPersonSearch({ from: 'agent:a' })).toEqual({});
    expect(readPersonSearch({ node: 'x'.repeat(600) })).toEqual({});
  });
});
