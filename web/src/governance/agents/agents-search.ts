import { readDays, type WindowSearch } from '../parts/window-search.ts';

export interface AgentsSearch extends WindowSearch {
  readonly show?: 'table';
  readonly category?: string;
  /** The cell that is open. */
  readonly from?: string;
  readonly to?: string;
}

const short = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= 512;

export function readAgentsSearch(search: Readonly<Record<string, unknown>>): AgentsSearch {
  const { category, from, to } = search;
  return {
    ...readDays(search),
    ...(search['show'] === 'table' ? { show: 'table' as const } : {}),
    ...(short(category) ? { category } : {}),
    ...(short(from) && short(to) ? { from, to } : {}),
  };
}
