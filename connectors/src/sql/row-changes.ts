import type { Selector } from '@vestige/core/request/worker-protocol';
import { type Changed, type Job, notOffered, type RowChanges } from '../kit.ts';
import type { TableMapping } from './mapping.ts';
import type { SqlSession, Statements } from './sql-connector.ts';
import { anyOf, type Condition, columnOf, type Dialect, numbered, PARAM } from './where.ts';

/** What {@link rowChanges} needs of the connector around it. */
export interface RowAccess {
  readonly dialect: Dialect;
  tableOf(node: string): TableMapping;
  withSession<T>(as: 'worker' | 'verifier', work: (session: SqlSession) => Promise<T>): Promise<T>;
  /** Every row of the person in the table. */
  conditions(session: Statements, table: TableMapping, job: Job): Promise<Condition[]>;
  /** Makes the old values leave the files. */
  removeBytes(session: SqlSession, table: string): Promise<void>;
  /** Keeps the verifier from the index that the work was led by; '' where there is none. */
  otherPath(quotedTable: string): string;
}

/** One column and what it has to hold. */
interface Wanted {
  readonly column: string;
  /** SQL of the value: a literal, or {@link PARAM}. */
  readonly value: string;
  readonly params: readonly string[];
  /** True of rows that hold it; never unknown. */
  readonly holds: Condition;
}

/**
 * Marks and corrects rows (GDPR Art. 18, 16) by the columns that the mapping names. Rows that are as they should be are
 * not written again, so that a second run changes nothing.
 */
export function rowChanges(access: RowAccess): RowChanges {
  const { dialect, tableOf, withSession, conditions } = access;

  async function change(job: Job, table: TableMapping, wanted: readonly Wanted[], method: string): Promise<Changed> {
    return withSession('worker', async (session) => {
      const all = anyOf(await conditions(session, table, job));
      const found = await countWhere(session, table, all);
      let changed = 0;
      if (wanted.length > 0 && all.sql !== '') {
        changed = await session.transaction(async (inside) => {
          const rows = await inside.run(...updateOf(table, all, wanted));
          job.signal.throwIfAborted();
          return rows;
        });
      }
      return { found: Math.max(found, changed), changed, method };
    });
  }

  async function countWrong(
    job: Job,
    as: 'worker' | 'verifier',
    table: TableMapping,
    wanted: readonly Wanted[],
  ): Promise<number> {
    if (wanted.length === 0) return 0;
    return withSession(as, async (session) => {
      const all = anyOf(await conditions(session, table, job));
      const hint = as === 'verifier' ? access.otherPath(dialect.quote(table.table)) : '';
      return countWhere(session, table, both(all, wrong(wanted)), hint);
    });
  }

  async function countWhere(session: Statements, table: TableMapping, { sql, params }: Condition, hint = '') {
    // No row is named by no condition: a ref led nowhere.
    if (sql === '') return 0;
    const statement = `SELECT count(*) AS n FROM ${dialect.quote(table.table)} ${hint} WHERE ${sql}`;
    const [row] = await session.rows(numbered(dialect, statement), params);
    return Number(row?.['n'] ?? 0);
  }

  function updateOf(table: TableMapping, all: Condition, wanted: readonly Wanted[]): [string, readonly string[]] {
    const { sql, params } = both(all, wrong(wanted));
    const set = wanted.map(({ column, value }) => `${dialect.quote(column)} = ${value}`).join(', ');
    const statement = `UPDATE ${dialect.quote(table.table)} SET ${set} WHERE ${sql}`;
    return [numbered(dialect, statement), [...wanted.flatMap((each) => each.params), ...params]];
  }

  return {
    mark: async (job, restricted) => {
      const table = tableOf(job.node);
      return change(job, table, [markOf(dialect, table, restricted)], restricted ? 'mark' : 'unmark');
    },
    countWrongMarks: async (job, restricted, as) => {
      const table = tableOf(job.node);
      return countWrong(job, as, table, [markOf(dialect, table, restricted)]);
    },
    correct: async (job, corrections) => {
      const table = tableOf(job.node);
      const done = await change(job, table, valuesOf(dialect, table, corrections), 'update');
      // Also when nothing was changed: an earlier attempt may have died between the two.
      await withSession('worker', (session) => access.removeBytes(session, table.table));
      return done;
    },
    countWrongValues: async (job, corrections, as) => {
      const table = tableOf(job.node);
      return countWrong(job, as, table, valuesOf(dialect, table, corrections));
    },
  };
}

function markOf(dialect: Dialect, table: TableMapping, restricted: boolean): Wanted {
  if (!table.restriction) throw notOffered(table.node, 'restrict', 'the mapping names no `restriction` column');
  const { column, whenRestricted, whenNot } = table.restriction;
  const given = restricted ? whenRestricted : whenNot;
  if (typeof given === 'string') return textIn(dialect, table, column, given);
  // Booleans and numbers stand in the statement: drivers differ in what they make of them as parameters.
  const value = typeof given === 'boolean' ? (given ? 'TRUE' : 'FALSE') : String(given);
  const holds = { sql: `coalesce(${columnOf(dialect, table, column)} = ${value}, FALSE)`, params: [] };
  return { column, value, params: [], holds };
}

/** What the table does not hold needs no correction there; a mapping that says nothing of corrections knows neither. */
function valuesOf(dialect: Dialect, table: TableMapping, corrections: readonly Selector[]): Wanted[] {
  const columns = table.corrections;
  if (!columns) throw notOffered(table.node, 'rectify', 'the mapping names no `corrections` columns');
  return corrections.flatMap(({ type, value }) => {
    const column = columns[type];
    return column === undefined ? [] : [textIn(dialect, table, column, value)];
  });
}

function textIn(dialect: Dialect, table: TableMapping, column: string, value: string): Wanted {
  const text = dialect.asText(columnOf(dialect, table, column));
  const holds = { sql: `coalesce(${text} = ${PARAM}, FALSE)`, params: [value] };
  return { column, value: PARAM, params: [value], holds };
}

/** True of rows in which at least one column is not as it should be. */
function wrong(wanted: readonly Wanted[]): Condition {
  return anyOf(wanted.map(({ holds: { sql, params } }) => ({ sql: `NOT ${sql}`, params })));
}

function both(one: Condition, other: Condition): Condition {
  if (one.sql === '') return one;
  return { sql: `(${one.sql}) AND (${other.sql})`, params: [...one.params, ...other.params] };
}
