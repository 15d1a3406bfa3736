const TABS = ['keys', 'roles', 'rules'] as const;
export type KeysTab = (typeof TABS)[number];

export interface KeysSearch {
  readonly tab?: KeysTab;
  /** Keys that open nothing any more are shown too. */
  readonly past?: true;
}

export function readKeysSearch(search: Readonly<Record<string, unknown>>): KeysSearch {
  const tab = TABS.find((each) => each === search['tab']);
  return {
    ...(tab === undefined || tab === 'keys' ? {} : { tab }),
    ...(search['past'] === true ? { past: true as const } : {}),
  };
}
