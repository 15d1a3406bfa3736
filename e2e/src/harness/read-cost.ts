import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Secret } from '@vestige/core/secret';

/** What one statement cost, as the server itself says in `X-ClickHouse-Summary`. */
export interface ReadCost {
  /** Name of the statement, from the comment it was sent with. */
  readonly statement: string;
  readonly rows: number;
  /** Uncompressed. */
  readonly bytes: number;
  /** On the server, from the query's arrival to its last row. */
  readonly ms: number;
}

export interface ReadMeter {
  /** The same login on the same ClickHouse, led by way of the meter. */
  by(clickhouseUrl: Secret): Secret;
  /** What was read since the last call. */
  take(): ReadCost[];
  close(): Promise<void>;
}

/**
 * Stands between a client and ClickHouse and notes what each statement read. Rows read depend on data and primary keys
 * alone, so a test may assert them; time it may not.
 */
export async function meterReads(clickhousePort: number): Promise<ReadMeter> {
  let costs: ReadCost[] = [];
  const server = createServer(async (incoming, answer) => {
    const { host: _host, connection: _connection, ...headers } = incoming.headers;
    const path = incoming.url ?? '/';
    const outgoing = request({
      host: '127.0.0.1',
      port: clickhousePort,
      path,
      method: incoming.method,
      headers,
      // A connection kept for the next statement may be closed by the server while that is on its way.
      agent: false,
    });
    incoming.pipe(outgoing);
    // Without a listener an error after the answer began would end the process.
    outgoing.on('error', () => answer.destroy());
    const found = await once(outgoing, 'response').catch(() => null);
    if (found === null) return;
    const [upstream] = found as [IncomingMessage];
    const summary = upstream.headers['x-clickhouse-summary'];
    if (typeof summary === 'string') costs.push(costOf(path, summary));
    answer.writeHead(upstream.statusCode ?? 502, upstream.headers);
    upstream.pipe(answer);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    by(clickhouseUrl) {
      const url = new URL(clickhouseUrl.reveal());
      url.port = String(port);
      return new Secret(url.toString());
    },
    take() {
      const taken = costs;
      costs = [];
      return taken;
    },
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

export const rowsRead = (costs: readonly ReadCost[]): number => costs.reduce((sum, { rows }) => sum + rows, 0);
export const bytesRead = (costs: readonly ReadCost[]): number => costs.reduce((sum, { bytes }) => sum + bytes, 0);

function costOf(path: string, summary: string): ReadCost {
  const comment = new URL(path, 'http://clickhouse').searchParams.get('log_comment') ?? '';
  const { read_rows, read_bytes, elapsed_ns } = JSON.parse(summary) as Record<string, string>;
  return {
    statement: comment.replace(/^t\d+ /, ''),
    rows: Number(read_rows),
    bytes: Number(read_bytes),
    ms: Number(elapsed_ns) / 1e6,
  };
}
