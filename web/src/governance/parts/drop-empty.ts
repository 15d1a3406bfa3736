/** What is left out of an address: everything that was not said. */
export const dropEmpty = <Search extends object>(
  search: {
    [Key in keyof Search]?: Search[Key] | undefined;
  },
): Search => Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as Search;

/** Some of a search, where `undefined` takes a part away. */
export type Change<Search> = { [Key in keyof Search]?: Search[Key] | undefined };
