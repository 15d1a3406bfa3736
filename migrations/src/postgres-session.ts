import type { PGlite } from '@electric-sql/pglite';
import type { Secret } from '@vestige/core/secret';
import postgres from 'postgres';

/** One connection of the owner role, over either engine. */
export interface PostgresSession {
  query<Row extends object>(sql: string, parameters?: readonly string[]): Promise<Row[]>;
  /** Any number of statements without parameters. */
  script(sql: string): Promise<void>;
  close(): Promise<void>;
}

export async function postgresSession(url: Secret): Promise<PostgresSession> {
  const sql = postgres(url.reveal(), {
    max: 1,
    connect_timeout: 10,
    idle_timeout: 0,
    max_lifetime: null,
    onnotice: () => {},
    connection: { application_name: 'vestige-migrations' },
  });
  return {
    query: async <Row extends object>(text: string, parameters: readonly string[] = []) =>
      (await sql.unsafe(text, [...parameters])) as unknown as Row[],
    script: async (text) => {
      await sql.unsafe(text).simple();
    },
    close: () => sql.end({ timeout: 5 }),
  };
}

/** The caller opened the instance and closes it. */
export function pgliteSession(client: PGlite): PostgresSession {
  return {
    query: async <Row extends object>(text: string, parameters: readonly string[] = []) =>
      (await client.query<Row>(text, [...parameters])).rows,
    script: async (text) => {
      await client.exec(text);
    },
    close: async () => {},
  };
}
