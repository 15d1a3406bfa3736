import type { LineageNode } from './graph.ts';

/** From left to right as data is usually handed on: where it came from, who worked with it, where it rests or went. */
export const COLUMNS = ['source', 'service', 'agent', 'tool', 'store', 'outside'] as const;
export type Column = (typeof COLUMNS)[number];

const BY_KIND: Readonly<Record<LineageNode['kind'], Column>> = {
  client: 'source',
  service: 'service',
  job: 'service',
  workflow: 'agent',
  agent: 'agent',
  model: 'tool',
  tool: 'tool',
  mcp_server: 'tool',
  memory: 'store',
  queue: 'store',
  store: 'store',
  recipient: 'outside',
};

/** A place of rest that nothing of the person was ever put into is where the path begins. */
export function columnOf(kind: LineageNode['kind'], receives: boolean): Column {
  const column = BY_KIND[kind];
  return !receives && (column === 'store' || column === 'outside') ? 'source' : column;
}
