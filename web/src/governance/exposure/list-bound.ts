interface Page {
  readonly reading: string | null;
  readonly affected: { readonly exact: boolean };
}

/**
 * What may stand above the rows of these pages. Each says what its own reading found, and a list of two readings is neither:
 * whoever was found meanwhile may belong on a page that was read before.
 *
 * @returns null without a page
 */
export function listBound(pages: readonly Page[]): 'exact' | 'bound' | 'mixed' | null {
  const [first] = pages;
  if (first === undefined) return null;
  if (pages.some(({ reading }) => reading !== first.reading)) return 'mixed';
  return first.affected.exact ? 'exact' : 'bound';
}
