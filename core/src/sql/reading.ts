/** What the SQL reader answers. */
export interface SqlTable {
  readonly catalog?: string;
  readonly schema?: string;
  /** `*` for every table of a dropped schema or database. */
  readonly name: string;
}

export type SqlAction = 'read' | 'write' | 'delete';

export interface SqlTouch {
  readonly table: SqlTable;
  readonly action: SqlAction;
}

export interface SqlReading {
  /** Each table and action once, in the order met. */
  readonly touches: readonly SqlTouch[];
  /** First verb that does something, in capitals; '' for an empty text. */
  readonly verb: string;
  /**
   * False when something was not understood: a procedure, a source outside the database, an unknown verb, a text that
   * is cut or broken. `touches` then holds what is known, and the caller must add `unknown`.
   */
  readonly certain: boolean;
  /** URIs and files that rows were written out to (`COPY … TO 's3://…'`), as written. */
  readonly exports: readonly string[];
}
