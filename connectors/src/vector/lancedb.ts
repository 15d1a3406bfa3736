import path from 'node:path';
import { type Connection, connect, type Table } from '@lancedb/lancedb';
import type { TenantKey } from '@vestige/core/identity/token';
import { z } from 'zod';
import { tryToWrite } from '../files/probe.ts';
import { inTurn } from '../in-turn.ts';
import { type Connector, ConnectorError, type Erased, type Job, noUsableSelector, type Row } from '../kit.ts';
import { comparable, formsOf, PHONE_SEPARATORS, refMatcher } from '../selectors.ts';

const LanceTable = z
  .strictObject({
    table: z.string().min(1).max(128),
    /** Node id in lineage, e.g. `memory:support/notes` or `store:lancedb:/data/vectors/notes`. */
    node: z.string().min(3).max(512),
    identifiers: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,31}$/), z.string().min(1)).default({}),
    /** Column whose value makes a record ref: finds vectors that carry no identifier column. */
    recordKey: z.string().min(1).optional(),
  })
  .refine((table) => Object.keys(table.identifiers).length > 0 || table.recordKey !== undefined, {
    message: 'needs `identifiers` or `recordKey`: without one of them nobody can be found in it',
  });
type LanceTable = z.infer<typeof LanceTable>;

export const LancedbConfig = z.strictObject({
  connector: z.literal('lancedb'),
  /** Folder of the database. */
  path: z.string().min(1),
  tables: z.array(LanceTable).min(1).max(200),
  withoutPersonalData: z.array(z.string()).max(2000).default([]),
});

const ROWS_PER_READ = 10_000;
/** Versions of this very moment are pruned too; the newest one always stays. */
const PRUNE_AHEAD_MS = 1_000;

/**
 * LanceDB: agent memory and vector search, where erasures are most often forgotten.
 *
 * A delete writes a new version and a deletion mask; the vectors and texts stay in the old fragments and in every older
 * version. Compaction rewrites the fragments and pruning removes the old versions, then the bytes are gone.
 */
export function lancedbConnector(config: z.infer<typeof LancedbConfig>, keys: readonly TenantKey[]): Connector {
  const mappingOf = (node: string): LanceTable => {
    const table = config.tables.find((candidate) => candidate.node === node);
    if (!table)
      throw new ConnectorError('permanent', 'unmapped_node', `${node} has no mapping in this worker's configuration.`);
    return table;
  };

  const withTable = <T>(mapping: LanceTable, work: (table: Table) => Promise<T>) =>
    inTurn(config.path, () => openTable(mapping, work));

  async function openTable<T>(mapping: LanceTable, work: (table: Table) => Promise<T>): Promise<T> {
    const db = await open(config.path);
    try {
      const table = await guarded(() => db.openTable(mapping.table));
      try {
        return await work(table);
      } finally {
        table.close();
      }
    } finally {
      db.close();
    }
  }

  /** A filter per way of finding the person; SQL text, because the engine takes no bound parameters. */
  async function filters(table: Table, mapping: LanceTable, job: Job, contradicted: string[] = []): Promise<string[]> {
    const bySelector = selectorFilter(mapping, job);
    const matches = mapping.recordKey ? refMatcher(keys, mapping.node, job.recordRefs) : null;
    if (bySelector === null && !matches) throw noUsableSelector(mapping.node, Object.keys(mapping.identifiers));
    const all = bySelector === null ? [] : [bySelector];
    if (matches && mapping.recordKey) {
      const column = mapping.recordKey;
      const hits: string[] = [];
      for (let offset = 0; ; offset += ROWS_PER_READ) {
        const rows: Row[] = await guarded(() =>
          table.query().select([column]).limit(ROWS_PER_READ).offset(offset).toArray(),
        );
        hits.push(...rows.map((row) => String(row[column])).filter(matches));
        if (rows.length < ROWS_PER_READ) break;
      }
      for (let at = 0; at < hits.length; at += 500) {
        const keysOfRows = hits
          .slice(at, at + 500)
          .map(literal)
          .join(', ');
        const own = nobodyElse(mapping, job);
        all.push(`${cast(column)} IN (${keysOfRows}) AND ${own}`);
        contradicted.push(`${cast(column)} IN (${keysOfRows}) AND NOT (${own})`);
      }
    }
    return all;
  }

  return {
    kind: 'lancedb',
    nodes: config.tables.map((table) => table.node),
    cannotErase: ['backups', 'embeddings already sent to a model provider'],
    verifiesBy: 'other_path',
    matchesRefs: (node) => keys.length > 0 && mappingOf(node).recordKey !== undefined,

    async check() {
      const db = await open(config.path);
      try {
        const present = await guarded(() => db.tableNames());
        const known = new Set([...config.tables.map((table) => table.table), ...config.withoutPersonalData]);
        const unmapped = present.filter((table) => !known.has(table));
        if (unmapped.length > 0) {
          throw new ConnectorError(
            'needs_human',
            'unmapped_table',
            `lancedb: no mapping for ${unmapped.join(', ')}. Map it under \`tables\`, or list it under \`withoutPersonalData\`.`,
          );
        }
        const missing = config.tables.filter((table) => !present.includes(table.table)).map((table) => table.table);
        if (missing.length > 0)
          throw new ConnectorError(
            'permanent',
            'missing_table',
            `lancedb: mapped but not there: ${missing.join(', ')}.`,
          );
        for (const mapping of config.tables) {
          await refuseMissingColumn(db, mapping);
          await guarded(() => tryToWrite(path.join(config.path, `${mapping.table}.lance`)));
        }
      } finally {
        db.close();
      }
    },

    search: async (job) =>
      withTable(mappingOf(job.node), async (table) => countOf(table, await filters(table, mappingOf(job.node), job))),

    export: async (job, emit) =>
      withTable(mappingOf(job.node), async (table) => {
        const all = await filters(table, mappingOf(job.node), job);
        if (all.length === 0) return 0;
        const rows: Row[] = await guarded(() => table.query().where(either(all)).toArray());
        for (const row of rows) await emit(plain(row));
        return rows.length;
      }),

    announces: true,
    erase: async (job): Promise<Erased> =>
      withTable(mappingOf(job.node), async (table) => {
        const contradicted: string[] = [];
        const all = await filters(table, mappingOf(job.node), job, contradicted);
        const found = await countOf(table, all);
        await job.announce?.(found);
        for (const filter of all) {
          job.signal.throwIfAborted();
          await guarded(() => table.delete(filter));
        }
        // By the person's own rows: what others write or delete meanwhile is no part of it.
        const erased = Math.max(0, found - (await countOf(table, all)));
        const spared = await countOf(table, contradicted);
        await rewrite(table);
        return { found, erased, method: 'delete_and_rewrite', spared };
      }),

    // Another path than the delete's filter: every row is read and compared here, with the engine's filter not involved.
    verify: async (job) =>
      withTable(mappingOf(job.node), async (table) => {
        const mapping = mappingOf(job.node);
        const matches = mapping.recordKey ? refMatcher(keys, mapping.node, job.recordRefs) : null;
        if (selectorFilter(mapping, job) === null && !matches)
          throw noUsableSelector(mapping.node, Object.keys(mapping.identifiers));
        const columns = [
          ...new Set([...Object.values(mapping.identifiers), ...(mapping.recordKey ? [mapping.recordKey] : [])]),
        ];
        let residual = 0;
        for (let offset = 0; ; offset += ROWS_PER_READ) {
          const rows: Row[] = await guarded(() =>
            table.query().select(columns).limit(ROWS_PER_READ).offset(offset).toArray(),
          );
          residual += rows.filter(
            (row) =>
              isOf(row, mapping, job) ||
              (!isSomebodyElse(row, mapping, job) && (matches?.(String(row[mapping.recordKey ?? ''])) ?? false)),
          ).length;
          if (rows.length < ROWS_PER_READ) return residual;
        }
      }),

    async close() {},
  };
}

async function refuseMissingColumn(db: Connection, mapping: LanceTable): Promise<void> {
  const table = await guarded(() => db.openTable(mapping.table));
  const present = new Set((await guarded(() => table.schema())).fields.map((field) => field.name));
  table.close();
  const missing = [...Object.values(mapping.identifiers), mapping.recordKey ?? []]
    .flat()
    .filter((column) => !present.has(column));
  if (missing.length === 0) return;
  const text = `lancedb, table ${mapping.table}: mapped columns do not exist: ${missing.join(', ')}.`;
  throw new ConnectorError('permanent', 'missing_column', text);
}

async function open(folder: string): Promise<Connection> {
  return guarded(() => connect(folder));
}

async function countOf(table: Table, filters: readonly string[]): Promise<number> {
  return filters.length === 0 ? 0 : guarded(() => table.countRows(either(filters)));
}

/**
 * Moves every remaining row into new fragments and removes all older versions.
 *
 * Compaction alone is not enough: it leaves a fragment alone while fewer than a tenth of its rows are deleted, and the
 * delete's own filter, identifier included, stays in `_transactions` until its version is pruned (both seen on 0.39).
 * An update that sets a column to itself rewrites all rows, keeps indexes, and fails on a concurrent write instead of
 * losing it.
 */
async function rewrite(table: Table): Promise<void> {
  await guarded(async () => {
    const [column] = (await table.schema()).fields.map((field) => field.name);
    if (column === undefined) return;
    await table.update({ where: 'true', valuesSql: { [column]: `\`${column}\`` } });
    await table.optimize({ cleanupOlderThan: new Date(Date.now() + PRUNE_AHEAD_MS), deleteUnverified: true });
  });
}

function selectorFilter(mapping: LanceTable, job: Job): string | null {
  const parts = Object.entries(mapping.identifiers).flatMap(([type, column]) => {
    const values = formsOf(type, job.selectors);
    if (values.length === 0) return [];
    return [`${comparableSql(type, cast(column))} IN (${values.map(literal).join(', ')})`];
  });
  return parts.length === 0 ? null : either(parts);
}

/** The stored text as `comparable` would have it. */
function comparableSql(type: string, text: string): string {
  if (type === 'email') return `lower(trim(${text}))`;
  if (type !== 'phone') return text;
  return [...PHONE_SEPARATORS].reduce((inner, separator) => `replace(${inner}, '${separator}', '')`, text);
}

/** As for tables of SQL: a row that a ref alone leads to is taken only when no identifier in it is somebody else's. */
function nobodyElse(mapping: LanceTable, job: Job): string {
  const parts = Object.entries(mapping.identifiers).flatMap(([type, column]) => {
    const values = formsOf(type, job.selectors);
    if (values.length === 0) return [];
    return [`coalesce(${comparableSql(type, cast(column))}, '') IN ('', ${values.map(literal).join(', ')})`];
  });
  return parts.length === 0 ? 'true' : parts.join(' AND ');
}

function isSomebodyElse(row: Row, mapping: LanceTable, job: Job): boolean {
  return Object.entries(mapping.identifiers).some(([type, column]) => {
    const values = formsOf(type, job.selectors);
    const value = comparable(type, String(row[column] ?? ''));
    return values.length > 0 && value !== '' && !values.includes(value);
  });
}

function isOf(row: Row, mapping: LanceTable, job: Job): boolean {
  return Object.entries(mapping.identifiers).some(([type, column]) =>
    formsOf(type, job.selectors).includes(comparable(type, String(row[column]))),
  );
}

const either = (parts: readonly string[]) => parts.map((part) => `(${part})`).join(' OR ');
const cast = (column: string) => `CAST(\`${column.replaceAll('`', '')}\` AS STRING)`;
const literal = (value: string) => `'${value.replaceAll("'", "''")}'`;

/** Vectors as plain arrays: an export is JSON. */
function plain(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [
      key,
      typeof value === 'bigint'
        ? value.toString()
        : value !== null && typeof value === 'object' && Symbol.iterator in value
          ? [...(value as Iterable<unknown>)]
          : value,
    ]),
  );
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConnectorError) throw error;
    const text = error instanceof Error ? error.message : '';
    if (/was not found|does not exist|not found/i.test(text)) {
      throw new ConnectorError('permanent', 'missing_table', 'lancedb: a mapped table or column does not exist.');
    }
    if (/permission denied|EACCES|EROFS|EPERM/i.test(text))
      throw new ConnectorError('permanent', 'permission_denied', 'lancedb: this process may not write the folder.');
    if (/conflict/i.test(text))
      throw new ConnectorError('retryable', 'conflict', 'lancedb: another writer changed the table; trying again.');
    throw new ConnectorError('retryable', 'store_refused', 'lancedb: the operation failed.');
  }
}
