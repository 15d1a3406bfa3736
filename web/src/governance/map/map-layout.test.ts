import { describe, expect, test } from 'vitest';
import { placeNodes } from './map-layout.ts';

const nodes = [
  { id: 'service:web', kind: 'service' },
  { id: 'agent:a', kind: 'agent' },
  { id: 'agent:b', kind: 'agent' },
  { id: 'store:one', kind: 'store' },
  { id: 'store:two', kind: 'store' },
  { id: 'recipient:mail', kind: 'recipient' },
] as const;

describe('the columns of the map', () => {
  const placed = placeNodes(nodes, [
    { from: 'agent:a', to: 'store:two' },
    { from: 'agent:b', to: 'store:one' },
  ]);
  const of = (id: string) => placed.find((each) => each.id === id);

  test('lead from who asks over who works to where data rests and who receives it, and none is empty', () => {
    expect(nodes.map(({ id }) => of(id)?.column)).toEqual([0, 1, 1, 2, 2, 3]);
  });

  test('put every node once, and no two in one place', () => {
    expect(placed).toHaveLength(nodes.length);
    expect(new Set(placed.map(({ column, row }) => `${column}/${row}`)).size).toBe(nodes.length);
  });

  test('bring what is joined to the same height, so that lines do not cross', () => {
    expect(of('agent:a')?.row).toBe(of('store:two')?.row);
    expect(of('agent:b')?.row).toBe(of('store:one')?.row);
  });

  test('stand without a line, and with nothing at all', () => {
    expect(placeNodes([], [])).toEqual([]);
    expect(placeNodes(nodes.slice(0, 1), [])).toEqual([{ id: 'service:web', column: 0, row: 0 }]);
  });
});
