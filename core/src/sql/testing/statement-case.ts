import { readSql } from '../read-sql.ts';

/** A statement, how it must be read (see {@link shown}), and the system it is written for. */
export type StatementCase = readonly [statement: string, reading: string, dialect?: string];

/** `VERB r:table w:table d:table >export ?`, tables in order of their names; `?` marks a reading that is not certain. */
export function shown(statement: string, dialect?: string): string {
  const { touches, verb, certain, exports } = readSql(statement, dialect === undefined ? {} : { dialect });
  const list = touches
    .map(({ table, action }) => `${action[0]}:${[table.catalog, table.schema, table.name].filter(Boolean).join('.')}`)
    .sort();
  return [verb, ...list, ...exports.map((uri) => `>${uri}`), ...(certain ? [] : ['?'])].join(' ');
}
