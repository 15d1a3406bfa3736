import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ClickHouseLogLevel, type ClickHouseSettings, createClient } from '@clickhouse/client';
import { VestigeError } from '@vestige/core/errors';
import type { Secret } from '@vestige/core/secret';
import type { Columns } from './columns.ts';
import { INSERT_SETTINGS, READ_SETTINGS } from './settings.ts';
import { clickHouseFailure } from './store-failure.ts';

/** A statement with a name, under which it shows up in the server's logs. Values are bound as `{name: Type}`. */
export interface Statement {
  readonly name: string;
  readonly sql: string;
  readonly settings?: ClickHouseSettings;
}

/** The tenant a statement speaks for. */
export type Speaker = number;
/** For statements about the system, or about several tenants: the user `api` sees nobody's rows with it. */
export const SYSTEM_SPEAKER: Speaker = 0;

/** One login on one ClickHouse, over HTTP. Every method fails with a VestigeError that quotes nothing. */
export interface ClickHouse {
  readonly database: string;
  /** @param signal when nobody wants the answer any more: the call fails at once, and the server is told to stop */
  rows<Row>(
    speaker: Speaker,
    statement: Statement,
    params: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<Row[]>;
  /** The same for answers of thousands of rows, as an array for each column: half the bytes and half the work of rows. */
  columns<Row>(
    speaker: Speaker,
    statement: Statement,
    params: Readonly<Record<string, unknown>>,
  ): Promise<Columns<Row>>;
  run(speaker: Speaker, statement: Statement, params: Readonly<Record<string, unknown>>): Promise<void>;
  /** One block of rows. Resolves when the part is written. */
  insert(speaker: Speaker, block: InsertBlock): Promise<void>;
  close(): Promise<void>;
}

export interface InsertBlock {
  readonly table: string;
  readonly columns: readonly string[];
  /** `RowBinary` when not said. A `Native` body may hold several blocks one after the other. */
  readonly format?: 'RowBinary' | 'Native';
  /** In pieces when it was put together without copying. */
  readonly body: Uint8Array | readonly Uint8Array[];
  /** Rows, where the writer knows them. */
  readonly rows?: number;
}

const CONNECTIONS_MAX = 16;
const REQUEST_TIMEOUT_MS = 90_000;
/** Below the server's keep-alive, so that a request never meets a socket that the server is closing. */
const IDLE_SOCKET_MS = 2_000;

/**
 * @param url `http[s]://user:password@host:port/database`
 * @throws VestigeError `misconfigured` when the URL is not of that form
 */
export function openClickHouse(url: Secret): ClickHouse {
  const { client, database } = connect(url);

  const asking = (speaker: Speaker, statement: Statement, params: Readonly<Record<string, unknown>>) => ({
    query: statement.sql,
    query_params: params,
    clickhouse_settings: { ...READ_SETTINGS, ...statement.settings, log_comment: comment(speaker, statement.name) },
  });

  return {
    database,
    async rows<Row>(
      speaker: Speaker,
      statement: Statement,
      params: Readonly<Record<string, unknown>>,
      signal?: AbortSignal,
    ): Promise<Row[]> {
      try {
        const result = await client.query({
          ...asking(speaker, statement, params),
          format: 'JSONEachRow',
          ...(signal && { abort_signal: signal }),
        });
        return await result.json<Row>();
      } catch (error) {
        clickHouseFailure(error);
      }
    },
    async columns<Row>(speaker: Speaker, statement: Statement, params: Readonly<Record<string, unknown>>) {
      try {
        const format = 'JSONColumnsWithMetadata';
        const result = await client.query({ ...asking(speaker, statement, params), format });
        const { meta, data } = JSON.parse(await result.text());
        // Of an answer without rows the columns are left out.
        return Object.fromEntries(meta.map(({ name }: { name: string }) => [name, data[name] ?? []])) as Columns<Row>;
      } catch (error) {
        clickHouseFailure(error);
      }
    },
    async run(speaker, statement, params) {
      try {
        await client.command({
          query: statement.sql,
          query_params: params,
          clickhouse_settings: { ...statement.settings, log_comment: comment(speaker, statement.name) },
        });
      } catch (error) {
        clickHouseFailure(error);
      }
    },
    async insert(speaker, block) {
      try {
        const { stream } = await client.exec({
          query: `INSERT INTO ${block.table} (${block.columns.join(', ')}) FORMAT ${block.format ?? 'RowBinary'}`,
          values: Readable.from(block.body instanceof Uint8Array ? [block.body] : block.body, { objectMode: false }),
          clickhouse_settings: {
            ...INSERT_SETTINGS,
            log_comment: comment(speaker, `insert ${block.table}`),
          },
        });
        await finished(stream.resume());
      } catch (error) {
        clickHouseFailure(error);
      }
    },
    close: () => client.close(),
  };
}

/** The row policies of the user `api` read the tenant out of this (`stack/src/clickhouse`). */
function comment(speaker: Speaker, name: string): string {
  return `t${speaker} ${name}`;
}

function connect(url: Secret) {
  try {
    const database = new URL(url.reveal()).pathname.slice(1);
    if (database === '') throw new Error('no database');
    const client = createClient({
      url: url.reveal(),
      application: 'vestige',
      request_timeout: REQUEST_TIMEOUT_MS,
      max_open_connections: CONNECTIONS_MAX,
      keep_alive: { enabled: true, idle_socket_ttl: IDLE_SOCKET_MS },
      // Parameters travel in the body: long arrays do not fit into a URL, and proxies log URLs.
      use_multipart_params: true,
      // The driver's own log quotes queries and errors.
      log: { level: ClickHouseLogLevel.OFF },
    });
    return { client, database };
  } catch {
    throw new VestigeError('misconfigured', 'ClickHouse URL must be http[s]://user:password@host:port/database');
  }
}
