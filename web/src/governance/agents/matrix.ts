import type { AgentFlow } from '../map/map-filter.ts';
import type { PeopleCount } from '../parts/people-count.ts';

/** What one agent gives another one, by every way. */
export interface Cell {
  readonly from: string;
  readonly to: string;
  readonly flows: readonly AgentFlow[];
  /** The most people of any way that says how many; null where none does. */
  readonly people: PeopleCount | null;
  readonly count: number;
  readonly categories: readonly string[];
}

export interface Matrix {
  /** Every agent that gives or takes, the busiest first; rows give, columns take. */
  readonly agents: readonly string[];
  cell(from: string, to: string): Cell | undefined;
  /** What gives a colour its depth. */
  readonly peopleMax: number;
}

/** Ways between the same two overlap in people, so they are not added up: the widest one counts, as a lower bound. */
export function matrixOf(flows: readonly AgentFlow[]): Matrix {
  const cells = new Map(
    [...Map.groupBy(flows, ({ from, to }) => keyOf(from, to))].map(([key, group]) => [key, cellOf(group)]),
  );
  const busy = new Map<string, number>();
  for (const { from, to, count } of flows) {
    for (const agent of [from, to]) busy.set(agent, (busy.get(agent) ?? 0) + count);
  }
  return {
    agents: [...busy].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([agent]) => agent),
    cell: (from, to) => cells.get(keyOf(from, to)),
    peopleMax: Math.max(1, ...[...cells.values()].map(({ people }) => people?.count ?? 0)),
  };
}

function cellOf(flows: readonly AgentFlow[]): Cell {
  const [first] = flows as [AgentFlow, ...AgentFlow[]];
  const counted = flows.flatMap(({ people }) => (people === null ? [] : [people])).sort((a, b) => b.count - a.count);
  const [widest] = counted;
  return {
    from: first.from,
    to: first.to,
    flows,
    people: widest === undefined ? null : { ...widest, exact: widest.exact && flows.length === 1 },
    count: flows.reduce((sum, { count }) => sum + count, 0),
    categories: [...new Set(flows.flatMap(({ categories }) => categories))].sort(),
  };
}

const keyOf = (from: string, to: string): string => `${from}\n${to}`;

/** Five depths of colour, on a logarithmic scale: one person and a thousand are both to be seen, and `fewer than five` too. */
export const HEATS = [1, 2, 3, 4, 5] as const;
export function heatOf(people: number, peopleMax: number): number {
  if (people <= 0) return 1;
  return Math.min(HEATS.length, 1 + Math.floor((Math.log1p(people) / Math.log1p(peopleMax)) * (HEATS.length - 1)));
}

/** Where an arrow key leads in a table of so many rows and columns; null for other keys and over the edge. */
export function moved(
  at: { readonly row: number; readonly column: number },
  key: string,
  size: number,
): { row: number; column: number } | null {
  const steps: Readonly<Record<string, readonly [number, number]>> = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
  };
  const step = steps[key];
  if (key === 'Home') return { row: at.row, column: 0 };
  if (key === 'End') return { row: at.row, column: size - 1 };
  if (step === undefined) return null;
  const next = { row: at.row + step[0], column: at.column + step[1] };
  return next.row < 0 || next.column < 0 || next.row >= size || next.column >= size ? null : next;
}
