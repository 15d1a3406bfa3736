export const REGISTRY_TABS = ['unregistered', 'stores', 'parties', 'names', 'findings', 'notice'] as const;
export type RegistryTab = (typeof REGISTRY_TABS)[number];

export interface RegistrySearch {
  readonly tab?: RegistryTab;
  /** Node id of the store whose form is open. */
  readonly edit?: string;
}

export function readRegistrySearch(search: Readonly<Record<string, unknown>>): RegistrySearch {
  const tab = REGISTRY_TABS.find((each) => each === search['tab']);
  const { edit } = search;
  return {
    ...(tab === undefined ? {} : { tab }),
    ...(typeof edit === 'string' && edit !== '' && edit.length <= 512 ? { edit } : {}),
  };
}
