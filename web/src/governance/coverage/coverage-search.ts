import { readDays, type WindowSearch } from '../parts/window-search.ts';

const SHOWS = ['sites', 'services', 'peers'] as const;
export type CoverageShow = (typeof SHOWS)[number];

export interface CoverageSearch extends WindowSearch {
  readonly show?: CoverageShow;
  readonly service?: string;
}

export function readCoverageSearch(search: Readonly<Record<string, unknown>>): CoverageSearch {
  const show = SHOWS.find((each) => each === search['show']);
  const { service } = search;
  return {
    ...readDays(search),
    ...(show === undefined || show === 'sites' ? {} : { show }),
    ...(typeof service === 'string' && service !== '' && service.length <= 256 ? { service } : {}),
  };
}
