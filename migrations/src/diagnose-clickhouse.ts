import { text } from 'node:stream/consumers';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { Secret } from '@vestige/core/secret';

export interface ClickHouseFacts {
  readonly version: string;
  readonly user: string;
  /** Engine's clock minus ours; half the round trip is in it. */
  readonly clockSkewMs: number;
  readonly asyncInsert: boolean;
  readonly tables: readonly TableFacts[];
  /** Tables that this user can see only through a row policy. */
  readonly guardedTables: readonly string[];
}

export interface TableFacts {
  readonly name: string;
  readonly create: string;
}

const SERVER = `
  SELECT version() AS version, currentUser() AS user, toUnixTimestamp64Milli(now64(3)) AS clock,
    getSetting('async_insert') AS asyncInsert`;

const TABLES = `
  SELECT name, create_table_query AS create
  FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' ORDER BY name`;

const GUARDED = `
  SELECT DISTINCT table AS name FROM system.row_policies
  WHERE database = currentDatabase() AND has(apply_to_list, {user: String})`;

/**
 * What a doctor wants to know about a ClickHouse, asked as the administrator.
 *
 * @param guardedUser whose row policies to look for
 * @throws whatever the driver throws; the caller tells its code and keeps its words to itself
 */
export async function diagnoseClickHouse(url: Secret, guardedUser: string): Promise<ClickHouseFacts> {
  const client = createClient({ url: url.reveal(), request_timeout: 10_000, log: { level: ClickHouseLogLevel.OFF } });
  const rows = async <Row>(query: string, query_params = {}): Promise<Row[]> =>
    (await client.query({ query, query_params, format: 'JSONEachRow' })).json<Row>();
  try {
    const beforeMs = Date.now();
    const [server] = await rows<{ version: string; user: string; clock: string; asyncInsert: boolean }>(SERVER);
    const middleMs = (beforeMs + Date.now()) / 2;
    return {
      version: server?.version ?? '',
      user: server?.user ?? '',
      clockSkewMs: Math.round(Number(server?.clock) - middleMs),
      asyncInsert: Boolean(server?.asyncInsert),
      tables: await rows<TableFacts>(TABLES),
      guardedTables: (await rows<{ name: string }>(GUARDED, { user: guardedUser })).map(({ name }) => name),
    };
  } finally {
    await client.close();
  }
}

export interface LoginFacts {
  readonly user: string;
  /** Whether an insert that asks for `async_insert = 0`, as ours do, is collected and written later all the same. */
  readonly asyncInsert: boolean;
  /** Which of the asked privileges the login has not, e.g. `INSERT ON spans`. */
  readonly missing: readonly string[];
}

/**
 * What a doctor wants to know about one login.
 *
 * @param privileges each like `INSERT ON spans`: names of ours, never a caller's text
 * @throws whatever the driver throws, as {@link diagnoseClickHouse}
 */
export async function diagnoseLogin(url: Secret, privileges: readonly string[]): Promise<LoginFacts> {
  const client = createClient({ url: url.reveal(), request_timeout: 10_000, log: { level: ClickHouseLogLevel.OFF } });
  try {
    const asked = await client.query({
      query: `SELECT currentUser() AS user, getSetting('async_insert') AS asyncInsert`,
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0 },
    });
    const [login] = await asked.json<{ user: string; asyncInsert: boolean }>();
    const missing: string[] = [];
    for (const privilege of privileges) {
      // The statement takes no FORMAT, which `query` would add.
      const { stream } = await client.exec({ query: `CHECK GRANT ${privilege}` });
      if ((await text(stream)).trim() !== '1') missing.push(privilege);
    }
    return { user: login?.user ?? '', asyncInsert: Boolean(login?.asyncInsert), missing };
  } finally {
    await client.close();
  }
}
