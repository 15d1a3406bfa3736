/** An answer as an array for each column. All arrays are of one length. */
export type Columns<Row> = { readonly [Name in keyof Row]: readonly Row[Name][] };

/** Of a column, or of arrays of one row that run parallel, where the index is known to be one of them. */
export const nth = <T>(column: readonly T[], index: number): T => column[index] as T;
