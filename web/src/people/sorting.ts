export interface Order {
  readonly by: string;
  readonly descending: boolean;
}

const WORDS = new Intl.Collator('en', { numeric: true });

/** Sorted by a value of each row; those without one come last, whichever way. Equal rows keep their order. */
export function sorted<Row>(
  rows: readonly Row[],
  value: (row: Row) => string | number | null,
  descending: boolean,
): readonly Row[] {
  return rows.toSorted((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    const order = typeof a === 'number' && typeof b === 'number' ? a - b : WORDS.compare(String(a), String(b));
    return descending ? -order : order;
  });
}
