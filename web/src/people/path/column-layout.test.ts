import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BOX, columnLayout, type LayoutNode } from './column-layout.ts';
import { COLUMNS } from './columns.ts';

const nodesOf = (columns: readonly number[]): LayoutNode[] =>
  columns.map((column, i) => ({ id: `n${i}`, column: COLUMNS[column] ?? 'source' }));

describe('the layout in columns', () => {
  test('puts no two boxes over each other, and kinds from left to right', () => {
    const column = fc.integer({ min: 0, max: COLUMNS.length - 1 });
    const graph = fc
      .array(column, { minLength: 1, maxLength: 200 })
      .chain((columns) =>
        fc.tuple(
          fc.constant(columns),
          fc.array(fc.tuple(fc.nat(columns.length - 1), fc.nat(columns.length - 1)), { maxLength: 300 }),
        ),
      );
    fc.assert(
      fc.property(graph, ([columns, pairs]) => {
        const nodes = nodesOf(columns);
        const places = columnLayout(
          nodes,
          pairs.map(([from, to]) => ({ from: `n${from}`, to: `n${to}` })),
        );
        expect(places.size).toBe(nodes.length);
        const all = nodes.map(({ id, column }) => ({ ...(places.get(id) ?? { x: 0, y: 0 }), column }));
        for (const [i, a] of all.entries()) {
          for (const b of all.slice(i + 1)) {
            expect(Math.abs(a.x - b.x) >= BOX.width || Math.abs(a.y - b.y) >= BOX.height).toBe(true);
            const order = COLUMNS.indexOf(a.column) - COLUMNS.indexOf(b.column);
            if (order !== 0) expect(Math.sign(a.x - b.x)).toBe(Math.sign(order));
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test('brings what is joined to the same height: two ladders do not cross', () => {
    const nodes = nodesOf([2, 2, 4, 4]);
    const places = columnLayout(nodes, [
      { from: 'n0', to: 'n3' },
      { from: 'n1', to: 'n2' },
    ]);
    const y = (id: string) => places.get(id)?.y ?? 0;
    expect(y('n0') < y('n1')).toBe(y('n3') < y('n2'));
  });

  test('folds a long column instead of making a thread of it', () => {
    const places = [...columnLayout(nodesOf(Array.from({ length: 2_000 }, () => 4)), []).values()];
    const [xs, ys] = [places.map(({ x }) => x), places.map(({ y }) => y)];
    const [width, height] = [Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)];
    expect(height / width).toBeLessThan(1);
  });

  test('gives the same picture for the same path', () => {
    const nodes = nodesOf([0, 1, 2, 2, 3, 4, 4, 5]);
    const edges = [
      { from: 'n0', to: 'n1' },
      { from: 'n1', to: 'n3' },
      { from: 'n3', to: 'n6' },
    ];
    expect(columnLayout(nodes, edges)).toEqual(columnLayout(nodes, edges));
  });
});
