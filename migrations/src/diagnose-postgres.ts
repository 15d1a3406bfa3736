import type { PostgresSession } from './postgres-session.ts';

export interface PostgresFacts {
  readonly version: string;
  readonly user: string;
  /** Superuser or BYPASSRLS: row-level security would not hold. */
  readonly strong: boolean;
  /** May make roles or databases. */
  readonly maker: boolean;
  /** Roles of processes (0001, 0104) that it may switch to. */
  readonly roles: readonly string[];
  /** May switch to the role that knows no tenant, and so sees what belongs to all of them. */
  readonly directory: boolean;
  readonly ownsTables: number;
  readonly clockSkewMs: number;
}

const FACTS = `
  SELECT current_setting('server_version') AS version, current_user AS "user",
    (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS clock,
    (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) AS strong,
    (SELECT rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user) AS maker,
    coalesce((SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = 'vestige_directory'), false)
      AS directory,
    coalesce((SELECT string_agg(rolname, ' ' ORDER BY rolname) FROM pg_roles
      WHERE rolname IN ('vestige_app', 'vestige_collector', 'vestige_verifier')
        AND pg_has_role(current_user, oid, 'MEMBER')), '') AS roles,
    (SELECT count(*)::int FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)) AS "ownsTables"`;

/** What a doctor wants to know about a Postgres, asked with the login of the application. */
export async function diagnosePostgres(session: PostgresSession): Promise<PostgresFacts> {
  const beforeMs = Date.now();
  const [row] = await session.query<Omit<PostgresFacts, 'clockSkewMs' | 'roles'> & { clock: number; roles: string }>(
    FACTS,
  );
  if (row === undefined) throw new Error('Postgres answered with no row');
  const { clock, roles, ...facts } = row;
  return {
    ...facts,
    roles: roles.split(' ').filter((role) => role !== ''),
    clockSkewMs: Math.round(clock - (beforeMs + Date.now()) / 2),
  };
}
