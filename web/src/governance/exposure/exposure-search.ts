import { readDays, type WindowSearch } from '../parts/window-search.ts';

/** The address of the form: a link from the map brings the place and the window along. */
export interface ExposureSearch extends WindowSearch {
  readonly node?: string;
}

export function readExposureSearch(search: Readonly<Record<string, unknown>>): ExposureSearch {
  const { node } = search;
  return { ...readDays(search), ...(typeof node === 'string' && node !== '' && node.length <= 512 ? { node } : {}) };
}
