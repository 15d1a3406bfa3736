import type { PostgresSession } from './postgres-session.ts';

/**
 * What the application role needs to remove dead rows from the files of an embedded Postgres by itself. Never given on a
 * server, where vacuum and checkpoints are the operator's.
 */
const GRANTS = `
  GRANT MAINTAIN ON ALL TABLES IN SCHEMA public TO vestige_app;
  GRANT pg_checkpoint TO vestige_app;
  GRANT EXECUTE ON FUNCTION pg_switch_wal() TO vestige_app;
  GRANT SET ON PARAMETER wal_recycle TO vestige_app;`;

/** Runs as the owner, after the migrations. May run again. */
export async function grantMaintenance(session: PostgresSession): Promise<void> {
  await session.script(GRANTS);
}
