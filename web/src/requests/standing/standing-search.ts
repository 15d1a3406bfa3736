export interface StandingSearch {
  /** Holds and restrictions that were lifted are shown too. */
  readonly past?: true;
}

export const readStandingSearch = (search: Record<string, unknown>): StandingSearch =>
  search['past'] === true ? { past: true } : {};
