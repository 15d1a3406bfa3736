import type { PostgresSession } from './postgres-session.ts';

export interface PostgresFacts {
  readonly version: string;
  readonly user: string;
  /** Superuser or BYPASSRLS: row-level security would not hold. */
  readonly strong: boolean;
  /** May switch to `vestige_app`, the role the application runs as. */
  readonly member: boolean;
  readonly ownsTables: number;
  readonly clockSkewMs: number;
}

const FACTS = `
  SELECT current_setting('server_version') AS version, current_user AS "user",
    (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS clock,
    (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) AS strong,
    coalesce((SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = 'vestige_app'), false) AS member,
    (SELECT count(*)::int FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)) AS "ownsTables"`;

/** What a doctor wants to know about a Postgres, asked with the login of the application. */
export async function diagnosePostgres(session: PostgresSession): Promise<PostgresFacts> {
  const beforeMs = Date.now();
  const [row] = await session.query<Omit<PostgresFacts, 'clockSkewMs'> & { clock: number }>(FACTS);
  if (row === undefined) throw new Error('Postgres answered with no row');
  const { clock, ...facts } = row;
  return { ...facts, clockSkewMs: Math.round(clock - (beforeMs + Date.now()) / 2) };
}
