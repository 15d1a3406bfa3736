/** Parts of a request's page; the open one is in the address. */
export const TABS = ['plan', 'work', 'recipients', 'copy', 'certificate', 'history'] as const;
export type Tab = (typeof TABS)[number];

export interface DetailSearch {
  readonly tab?: Tab;
}

export function readDetailSearch(search: Record<string, unknown>): DetailSearch {
  const tab = TABS.find((each) => each === search['tab']);
  return tab === undefined ? {} : { tab };
}
