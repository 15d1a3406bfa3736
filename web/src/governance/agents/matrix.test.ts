import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AgentFlow } from '../map/map-filter.ts';
import { HEATS, heatOf, matrixOf, moved } from './matrix.ts';

const flow = (from: string, to: string, more: Partial<AgentFlow> = {}): AgentFlow => ({
  from,
  to,
  via: null,
  count: 1,
  people: { count: 3, exact: true },
  categories: [],
  purposes: [],
  ...more,
});

describe('the matrix of agents', () => {
  test('joins the ways between two without adding people up who may be the same', () => {
    const queue = flow('agent:a', 'agent:b', { via: 'queue:q', people: null, count: 4, categories: ['user.name'] });
    const matrix = matrixOf([flow('agent:a', 'agent:b', { count: 2, categories: ['user.contact'] }), queue]);
    expect(matrix.cell('agent:a', 'agent:b')).toMatchObject({
      people: { count: 3, exact: false },
      count: 6,
      categories: ['user.contact', 'user.name'],
    });
    expect(matrix.cell('agent:b', 'agent:a')).toBeUndefined();
  });

  test('does not say how many went through a queue, and not that nobody did', () => {
    const matrix = matrixOf([flow('agent:a', 'agent:b', { via: 'queue:q', people: null })]);
    expect(matrix.cell('agent:a', 'agent:b')?.people).toBeNull();
  });

  test('puts the busiest agent first, whichever way it deals', () => {
    const { agents } = matrixOf([flow('agent:c', 'agent:b', { count: 9 }), flow('agent:a', 'agent:b', { count: 5 })]);
    expect(agents).toEqual(['agent:b', 'agent:c', 'agent:a']);
  });
});

test('more people are never a paler colour, and one person is one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 1e6 }), (a, b) => {
      const [fewer, more] = [Math.min(a, b), Math.max(a, b)];
      expect(heatOf(fewer, more)).toBeLessThanOrEqual(heatOf(more, more));
      expect(heatOf(fewer, more)).toBeGreaterThanOrEqual(1);
      expect(heatOf(more, more)).toBe(HEATS.at(-1));
    }),
  );
  expect(heatOf(0, 10)).toBe(1);
});

test('arrow keys walk the matrix and stop at its edge', () => {
  expect(moved({ row: 0, column: 0 }, 'ArrowRight', 3)).toEqual({ row: 0, column: 1 });
  expect(moved({ row: 0, column: 0 }, 'ArrowUp', 3)).toBeNull();
  expect(moved({ row: 2, column: 1 }, 'ArrowDown', 3)).toBeNull();
  expect(moved({ row: 2, column: 1 }, 'End', 3)).toEqual({ row: 2, column: 2 });
  expect(moved({ row: 2, column: 1 }, 'a', 3)).toBeNull();
});
