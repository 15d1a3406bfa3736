import { readDays, type WindowSearch } from '../parts/window-search.ts';

const SHOWS = ['picture', 'flows', 'places'] as const;
export type MapShow = (typeof SHOWS)[number];

/** The address of the map. There is no free text in it: somebody would type a person into it. */
export interface MapSearch extends WindowSearch {
  readonly view?: 'full';
  readonly show?: MapShow;
  readonly kind?: string;
  readonly category?: string;
  readonly party?: string;
  /** The node whose details are open. */
  readonly node?: string;
}

const short = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= 512;

export function readMapSearch(search: Readonly<Record<string, unknown>>): MapSearch {
  const show = SHOWS.find((each) => each === search['show']);
  const { kind, category, party, node } = search;
  return {
    ...readDays(search),
    ...(search['view'] === 'full' ? { view: 'full' as const } : {}),
    ...(show === undefined || show === 'picture' ? {} : { show }),
    ...(short(kind) ? { kind } : {}),
    ...(short(category) ? { category } : {}),
    ...(short(party) ? { party } : {}),
    ...(short(node) ? { node } : {}),
  };
}
