/** What of a person's page is in the address, so that a colleague sees the same: views and node ids, never an identifier. */
export interface PersonSearch {
  readonly tab?: Tab;
  /** The officer's picture is the default. */
  readonly view?: 'full';
  /** The picture is the default. */
  readonly as?: 'list';
  /** The node whose flows are shown. */
  readonly node?: string;
  /** The edge whose evidence is shown. */
  readonly from?: string;
  readonly to?: string;
}

export const TABS = ['path', 'recipients', 'residency', 'gathered', 'views'] as const;
export type Tab = (typeof TABS)[number];

const NODE_ID_CHARS_MAX = 512;

/** What an address says, as far as it says something this page knows. */
export function readPersonSearch(search: Record<string, unknown>): PersonSearch {
  const tab = TABS.find((each) => each === search['tab']);
  const text = (name: 'node' | 'from' | 'to') => {
    const value = search[name];
    return typeof value === 'string' && value.length <= NODE_ID_CHARS_MAX ? { [name]: value } : {};
  };
  return {
    ...(tab === undefined || tab === 'path' ? {} : { tab }),
    ...(search['view'] === 'full' ? { view: 'full' as const } : {}),
    ...(search['as'] === 'list' ? { as: 'list' as const } : {}),
    ...text('node'),
    ...('from' in search && 'to' in search ? { ...text('from'), ...text('to') } : {}),
  };
}
