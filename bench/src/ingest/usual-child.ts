import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from '@clickhouse/client';
import { EXPORT_REQUEST, type WireRequest } from '../otlp-schema.ts';
import { serveUntilToldToStop } from './contender.ts';
import { otelTracesRows } from './otel-traces.ts';

/**
 * The usual JavaScript way: decode with protobufjs, make row objects, insert them as JSONEachRow with the official client.
 * It gets every advantage: no key, no limits, no scrubbing, no log; it answers before anything is durable, and it
 * collects blocks as large as ours.
 */
export interface UsualSetup {
  readonly clickhouseUrl: string;
}

const BLOCK_SPANS = 10_000;
const BLOCK_WAIT_MS = 200;

const { clickhouseUrl } = JSON.parse(process.argv[2] ?? '{}') as UsualSetup;
const client = createClient({ url: clickhouseUrl, max_open_connections: 4 });
let rows: object[] = [];
let timer: NodeJS.Timeout | null = null;
const inserts = new Set<Promise<unknown>>();

function flush(): void {
  if (timer !== null) clearTimeout(timer);
  timer = null;
  if (rows.length === 0) return;
  const values = rows;
  rows = [];
  const insert = client.insert({
    table: 'otel_traces',
    values,
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0, max_insert_block_size: '1048576' },
  });
  inserts.add(insert);
  void insert.finally(() => inserts.delete(insert));
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const decoded = EXPORT_REQUEST.decode(Buffer.concat(chunks)) as unknown as WireRequest;
    for (const row of otelTracesRows(decoded)) rows.push(row);
    if (rows.length >= BLOCK_SPANS) flush();
    else timer ??= setTimeout(flush, BLOCK_WAIT_MS);
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
});
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
await serveUntilToldToStop({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
server.closeAllConnections();
server.close();
flush();
await Promise.all(inserts);
await client.close();
