import { once } from 'node:events';
import { Agent, createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { VestigeError } from '@vestige/core/errors';

/** An insert as it went over the wire. */
export interface RecordedInsert {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface InsertRecorder {
  /** A URL of that ClickHouse, led by way of the recorder. */
  by(clickhouseUrl: string): string;
  /** What came by since the last call, oldest first. */
  take(): RecordedInsert[];
  close(): Promise<void>;
}

const INSERTS_AT_ONCE = 3;

/** Stands between a client and ClickHouse and keeps a copy of every insert, whatever format the client writes. */
export async function recordInserts(clickhousePort: number): Promise<InsertRecorder> {
  const target = new URL(`http://127.0.0.1:${clickhousePort}`);
  let recorded: RecordedInsert[] = [];
  const agent = new Agent({ keepAlive: true });
  const server = createServer(async (incoming, answer) => {
    const body = await bodyOf(incoming);
    const path = incoming.url ?? '/';
    const insert = { path, headers: incoming.headers, body };
    if (/[?&]query=INSERT/.test(path)) recorded.push(insert);
    const outgoing = forward(agent, target, insert, String(incoming.method));
    const [upstream] = (await once(outgoing, 'response')) as [IncomingMessage];
    answer.writeHead(upstream.statusCode ?? 502, upstream.headers);
    upstream.pipe(answer);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    by(clickhouseUrl) {
      const url = new URL(clickhouseUrl);
      url.port = String(port);
      return url.toString();
    },
    take() {
      const taken = recorded;
      recorded = [];
      return taken;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      agent.destroy();
    },
  };
}

/**
 * Sends recorded inserts to another ClickHouse, as many at once as the collector: what is left when encoding costs nothing.
 *
 * @param clickhouseUrl with the login to use instead of the recorded one
 */
export async function replayInserts(clickhouseUrl: string, inserts: readonly RecordedInsert[]): Promise<void> {
  const target = new URL(clickhouseUrl);
  const authorization = `Basic ${Buffer.from(`${target.username}:${target.password}`).toString('base64')}`;
  const agent = new Agent({ keepAlive: true, maxSockets: INSERTS_AT_ONCE });
  const queue = inserts.values();
  const lane = async () => {
    for (const insert of queue) {
      const outgoing = forward(agent, target, { ...insert, headers: { ...insert.headers, authorization } }, 'POST');
      const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
      const text = (await bodyOf(answer)).toString();
      if (answer.statusCode !== 200) throw new VestigeError('store_unavailable', text.slice(0, 300));
    }
  };
  await Promise.all(Array.from({ length: INSERTS_AT_ONCE }, lane));
  agent.destroy();
}

function forward(agent: Agent, target: URL, { path, headers, body }: RecordedInsert, method: string) {
  const { host: _host, connection: _connection, 'transfer-encoding': _encoding, ...kept } = headers;
  const outgoing = request(new URL(path, target.origin), {
    method,
    agent,
    headers: { ...kept, 'content-length': String(body.length) },
  });
  outgoing.end(body);
  return outgoing;
}

async function bodyOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
