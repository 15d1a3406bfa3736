import path from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { openPglite } from '@vestige/stack/postgres/embedded';

/** What one tenant could reach in one table of the control database, as the application's role. */
export interface Reach {
  readonly table: string;
  /** Rows of the other tenant that are really there, counted by the owner of the database. */
  readonly there: number;
  /** Rows of the other tenant that were seen, locked for a change, or deleted; null where the role may not even try. */
  readonly seen: number | null;
  readonly locked: number | null;
  readonly deleted: number | null;
  /** Own rows that were passed off as the other tenant's. */
  readonly planted: number | null;
  /** Rows seen when no tenant is named at all. */
  readonly seenByNobody: number | null;
}

/**
 * Tries every table with a tenant column, as the catalog lists them, so that a new table cannot be forgotten.
 *
 * @param dataDir of an all-in-one that has stopped
 */
export async function reachOf(dataDir: string, stranger: number, owner: number): Promise<Reach[]> {
  const { client: db, release } = await openPglite(path.join(dataDir, 'postgres'));
  try {
    const { rows: tables } = await db.query<{ table: string; column: string }>(`
      SELECT c.table_name AS table, c.column_name AS column
      FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
      WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
        AND (c.column_name = 'tenant' OR (c.table_name = 'tenants' AND c.column_name = 'id'))
      ORDER BY 1`);
    const reached: Reach[] = [];
    for (const { table, column } of tables) {
      const where = `WHERE "${column}" = ${owner}`;
      const as = (tenant: number | null, sql: string) => asApplication(db, tenant, sql);
      reached.push({
        table,
        there: (await db.query(`SELECT 1 FROM "${table}" ${where}`)).rows.length,
        seen: await as(stranger, `SELECT 1 FROM "${table}" ${where}`),
        locked: await as(stranger, `SELECT 1 FROM "${table}" ${where} FOR UPDATE`),
        deleted: await as(stranger, `DELETE FROM "${table}" ${where} RETURNING 1`),
        // The list of tenants itself numbers its rows; nobody can choose a number.
        planted:
          table === 'tenants' ? null : await as(stranger, `UPDATE "${table}" SET "${column}" = ${owner} RETURNING 1`),
        seenByNobody: await as(null, `SELECT 1 FROM "${table}"`),
      });
    }
    return reached;
  } finally {
    await db.close();
    release();
  }
}

/** Postgres' code for a privilege that was not given. */
const INSUFFICIENT_PRIVILEGE = '42501';

/** @returns how many rows the statement reached, or null when the role may not run it; nothing of it stays */
async function asApplication(db: PGlite, tenant: number | null, sql: string): Promise<number | null> {
  await db.exec('BEGIN; SET LOCAL ROLE vestige_app;');
  try {
    if (tenant !== null) await db.query(`SELECT set_config('vestige.tenant', $1, true)`, [String(tenant)]);
    return (await db.query(sql)).rows.length;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === INSUFFICIENT_PRIVILEGE) return null;
    throw error;
  } finally {
    await db.exec('ROLLBACK');
  }
}
