import type { TenantKey } from '@vestige/core/identity/token';
import type { KeptPart } from '@vestige/core/request/kept-part';
import { inTurn } from '../in-turn.ts';
import { type Connector, ConnectorError, type Erased, type Job, noUsableSelector, type Row } from '../kit.ts';
import { refMatcher } from '../selectors.ts';
import { checkMapping } from './check-mapping.ts';
import type { ForeignKey } from './foreign-keys.ts';
import { keptRows } from './kept-rows.ts';
import { keyColumns, parentsOf, type SqlTables, type TableMapping } from './mapping.ts';
import { rowChanges } from './row-changes.ts';
import {
  anyOf,
  type Condition,
  columnOf,
  conditionFor,
  type Dialect,
  nobodyElse,
  numbered,
  PARAM,
  pointsAt,
  searchableBy,
} from './where.ts';

/** Statements on a connection or inside its transaction. */
export type Statements = Pick<SqlSession, 'rows' | 'run'>;

/** One open connection. Every error it throws is a {@link ConnectorError} already: drivers quote values. */
export interface SqlSession {
  rows(sql: string, params: readonly unknown[]): Promise<Row[]>;
  /** @returns rows changed */
  run(sql: string, params: readonly unknown[]): Promise<number>;
  /** All or nothing; rolled back when `work` throws. */
  transaction<T>(work: (session: Statements) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** What a particular SQL store brings; the rest is the same for all of them. */
export interface SqlStore {
  readonly kind: string;
  readonly dialect: Dialect;
  readonly cannotErase: readonly string[];
  readonly method: string;
  open(as: 'worker' | 'verifier'): Promise<SqlSession>;
  /** A file that takes one session of this process at a time; null for servers. */
  readonly file: string | null;
  /** Names of everything that keeps rows, in the form the mapping uses. */
  listTables(session: SqlSession): Promise<string[]>;
  /** Names of {@link listTables} that the mapping need not tell of, because this store's own configuration does. */
  readonly accountedFor?: readonly string[];
  foreignKeys(session: SqlSession): Promise<ForeignKey[]>;
  /** The same for two sessions on one database; a verifier on another one would find nothing there. */
  identity?(session: SqlSession): Promise<string>;
  /** What else would make the store answer 0 or keep bytes in silence: row security, a missing right. Throws. */
  checkTable?(session: SqlSession, table: string): Promise<void>;
  /**
   * Rows per transaction, so that the application's own writes get their turn, and how a DELETE is bounded. Null: all of
   * a person in one transaction, for files that are rewritten anyway.
   */
  readonly batch: {
    readonly rowsMax: number;
    delete(quotedTable: string, where: string, rowsMax: number): string;
  } | null;
  /** False where a row and what pointed at it cannot be deleted in one transaction (DuckDB). */
  readonly deletesParentsTogether?: boolean;
  /** Makes deleted bytes leave the files: vacuum, checkpoint, rewrite. */
  removeBytes(session: SqlSession, table: string): Promise<void>;
  /** What {@link otherPath} and the verifier's credential amount to. */
  readonly verifiesBy: Connector['verifiesBy'];
  /** A condition that is always true but keeps the planner from the index the erase used; '' where there is none. */
  readonly otherPath: (quotedTable: string) => string;
}

/** Rows per statement when rows are named one by one. */
const KEYS_PER_STATEMENT = 500;

/**
 * A connector for any SQL store.
 *
 * Dependent rows (`via`) of a person go first and in the same transaction as the row they point at; after that row is
 * gone they could not be found any more. Unless their table is exempt in this request: what has to be kept by law must
 * not go with what it points at; where a foreign key forbids that, the task fails and a human decides.
 */
export function sqlConnector(store: SqlStore, config: SqlTables, keys: readonly TenantKey[]): Connector {
  const { dialect } = store;
  const tableOf = (node: string): TableMapping => {
    const table = config.tables.find((candidate) => candidate.node === node);
    if (!table)
      throw new ConnectorError('permanent', 'unmapped_node', `${node} has no mapping in this worker's configuration.`);
    return table;
  };

  function withSession<T>(as: 'worker' | 'verifier', work: (session: SqlSession) => Promise<T>): Promise<T> {
    const alone = async () => {
      const session = await store.open(as);
      try {
        return await work(session);
      } finally {
        await session.close();
      }
    };
    return store.file === null ? alone() : inTurn(store.file, alone);
  }

  /**
   * Conditions that together name every row of the person: by selectors, and by record refs in chunks of keys.
   *
   * @param contradicted receives the conditions of rows that a ref names and that say themselves they are not the person's
   */
  async function conditions(
    session: Statements,
    table: TableMapping,
    job: Job,
    contradicted: Condition[] = [],
  ): Promise<Condition[]> {
    const bySelector = conditionFor(dialect, table, config.tables, job.selectors);
    const columns = keyColumns(table);
    const matches = columns.length > 0 ? refMatcher(keys, table.node, job.recordRefs) : null;
    if (!bySelector && !matches) throw noUsableSelector(table.node, searchableBy(table, config.tables));
    const found: Condition[] = bySelector ? [bySelector] : [];
    if (matches) {
      const texts = columns.map((column) => dialect.asText(columnOf(dialect, table, column)));
      const all = await session.rows(
        `SELECT ${texts.map((text, i) => `${text} AS k${i}`).join(', ')} FROM ${dialect.quote(table.table)}`,
        [],
      );
      const hits = all
        .map((row) => columns.map((_, i) => String(row[`k${i}`])))
        .filter((key) => matches(key.join('\0')));
      for (let at = 0; at < hits.length; at += KEYS_PER_STATEMENT) {
        const params: string[] = [];
        const rows = hits.slice(at, at + KEYS_PER_STATEMENT).map((key) => {
          params.push(...key);
          return `(${texts.map((text) => `${text} = ${PARAM}`).join(' AND ')})`;
        });
        const own = nobodyElse(dialect, table, job.selectors);
        const named = `(${rows.join(' OR ')})`;
        found.push({ sql: `${named} AND ${own.sql}`, params: [...params, ...own.params] });
        contradicted.push({ sql: `${named} AND NOT (${own.sql})`, params: [...params, ...own.params] });
      }
    }
    return job.keeps ? leaveOut(session, table, found, job.keeps) : found;
  }

  /** @throws ConnectorError `part_undecided` when of a row of the person nobody can say whether it has to stay */
  async function leaveOut(
    session: Statements,
    table: TableMapping,
    found: readonly Condition[],
    keeps: readonly KeptPart[],
  ): Promise<Condition[]> {
    const { kept, undecided } = keptRows(dialect, table, keeps);
    const unclear = found.map(({ sql, params }) => ({ sql: `(${sql}) AND (${undecided.sql})`, params }));
    if ((await countRows(session, table, unclear, '')) > 0) {
      const text = `${table.node}: a part of it is exempt, and some of the person's rows do not say whether they belong to it.`;
      throw new ConnectorError('needs_human', 'part_undecided', text);
    }
    return found.map(({ sql, params }) => ({
      sql: `(${sql}) AND NOT (${kept.sql})`,
      params: [...params, ...kept.params],
    }));
  }

  async function count(session: Statements, table: TableMapping, job: Job, hint = ''): Promise<number> {
    const all = await conditions(session, table, job);
    return countRows(session, table, all, hint);
  }

  /** Conditions may overlap, so rows are counted once over their union. */
  async function countRows(
    session: Statements,
    table: TableMapping,
    all: readonly Condition[],
    hint: string,
  ): Promise<number> {
    if (all.length === 0) return 0;
    const { sql, params } = anyOf(all);
    const [row] = await session.rows(
      numbered(dialect, `SELECT count(*) AS n FROM ${dialect.quote(table.table)} ${hint} WHERE ${sql}`),
      params,
    );
    return Number(row?.['n'] ?? 0);
  }

  async function deleteRows(session: Statements, { table, all }: Step, rowsMax: number): Promise<number> {
    const quoted = dialect.quote(table.table);
    let deleted = 0;
    for (const { sql, params } of all) {
      if (deleted >= rowsMax) break;
      const statement = store.batch
        ? store.batch.delete(quoted, sql, rowsMax - deleted)
        : `DELETE FROM ${quoted} WHERE ${sql}`;
      deleted += await session.run(numbered(dialect, statement), params);
    }
    return deleted;
  }

  /** In transactions of bounded size, the furthest rows first; a person with few rows goes in one, all or nothing. */
  async function eraseSteps(session: SqlSession, steps: readonly Step[], job: Job): Promise<number> {
    const rowsMax = store.batch?.rowsMax ?? Number.MAX_SAFE_INTEGER;
    const rounds = store.deletesParentsTogether === false ? steps.map((step) => [step]) : [steps];
    let erased = 0;
    for (const round of rounds) {
      for (let full = true; full; ) {
        const gone = await session.transaction(async (inside) => {
          let deleted = 0;
          for (const step of round) deleted += await deleteRows(inside, step, rowsMax - deleted);
          job.signal.throwIfAborted();
          return deleted;
        });
        erased += gone;
        job.progress?.(erased);
        full = gone >= rowsMax;
      }
    }
    return erased;
  }

  return {
    kind: store.kind,
    nodes: config.tables.map((table) => table.node),
    cannotErase: store.cannotErase,
    verifiesBy: store.verifiesBy,
    keepsParts: true,
    announces: true,
    changes: rowChanges({
      dialect,
      tableOf,
      withSession,
      conditions,
      removeBytes: store.removeBytes,
      otherPath: store.otherPath,
    }),
    matchesRefs: (node) => keys.length > 0 && keyColumns(tableOf(node)).length > 0,

    async check() {
      const identity = await withSession('worker', async (session) => {
        await checkMapping(store, config, session, 'worker');
        return store.identity?.(session);
      });
      await withSession('verifier', async (session) => {
        await checkMapping(store, config, session, 'verifier');
        if ((await store.identity?.(session)) === identity) return;
        const text = `${store.kind}: \`verifyUrl\` leads to another database than \`url\`; it would find nothing there.`;
        throw new ConnectorError('permanent', 'verifier_elsewhere', text);
      });
    },

    search: async (job) => withSession('worker', (session) => count(session, tableOf(job.node), job)),

    export: async (job, emit) =>
      withSession('worker', async (session) => {
        const table = tableOf(job.node);
        const all = await conditions(session, table, job);
        if (all.length === 0) return 0;
        const { sql, params } = anyOf(all);
        const rows = await session.rows(
          numbered(dialect, `SELECT * FROM ${dialect.quote(table.table)} WHERE ${sql}`),
          params,
        );
        for (const row of rows) await emit(row);
        return rows.length;
      }),

    erase: async (job): Promise<Erased> =>
      withSession('worker', async (session) => {
        const table = tableOf(job.node);
        const contradicted: Condition[] = [];
        const all = await conditions(session, table, job, contradicted);
        const steps = [...dependentSteps(dialect, table, all, config.tables, job.spared), { table, all }];
        let counted = 0;
        // A row that two routes lead to is found once, as it is erased once.
        for (const [each, routes] of Map.groupBy(steps, (step) => step.table)) {
          const union = routes.flatMap((step) => step.all);
          counted += await countRows(session, each, union, '');
        }
        await job.announce?.(counted);
        // The deletes go out whatever was counted: a count of 0 alone proves nothing (FM12).
        const erased = await eraseSteps(session, steps, job);
        // Also when nothing was found: an earlier attempt may have died between its commit and this line.
        await store.removeBytes(session, table.table);
        // Counted last: what another identifier of hers led to is gone by now, and not spared.
        const spared = await countRows(session, table, contradicted, '');
        return { found: Math.max(counted, erased), erased, method: store.method, spared };
      }),

    verify: async (job) =>
      withSession('verifier', (session) => {
        const table = tableOf(job.node);
        return count(session, table, job, store.otherPath(dialect.quote(table.table)));
      }),

    async close() {},
  };
}

/** One table's part of an erasure. */
export interface Step {
  readonly table: TableMapping;
  readonly all: readonly Condition[];
}

/**
 * Rows that point, directly or not, at the rows of `table` that `all` names; the furthest first.
 *
 * @param spared nodes whose rows must stay, whatever they point at
 */
export function dependentSteps(
  dialect: Dialect,
  table: TableMapping,
  all: readonly Condition[],
  tables: readonly TableMapping[],
  spared: readonly string[],
  seen: ReadonlySet<string> = new Set([table.table]),
): Step[] {
  return tables.flatMap((child) => {
    if (seen.has(child.table) || spared.includes(child.node)) return [];
    const own = parentsOf(child)
      .filter((parent) => parent.table === table.table)
      .flatMap((parent) =>
        all.map(({ sql, params }) => ({ sql: pointsAt(dialect, child, parent, table, sql), params })),
      );
    if (own.length === 0) return [];
    return [
      ...dependentSteps(dialect, child, own, tables, spared, new Set([...seen, child.table])),
      { table: child, all: own },
    ];
  });
}
