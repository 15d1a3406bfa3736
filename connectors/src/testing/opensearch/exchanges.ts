import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { TestOpensearch } from './start.ts';

/** What a real node was asked, and answered. */
interface Exchange {
  readonly asked: string;
  readonly status: number;
  readonly type: string;
  readonly answer: string;
}

const FILE = new URL('exchanges.json.gz', import.meta.url);

/** Stands before a real node and writes down every exchange when it stops. */
export async function recording(node: TestOpensearch): Promise<TestOpensearch> {
  const exchanges: Exchange[] = [];
  const { url, stop } = await serve(async (asked, call, body) => {
    const init = {
      method: call.method ?? 'GET',
      headers: { 'content-type': call.headers['content-type'] ?? 'application/json' },
    };
    const response = await fetch(node.url + call.url, body === '' ? init : { ...init, body });
    const exchange = {
      asked,
      status: response.status,
      type: response.headers.get('content-type') ?? 'application/json',
      answer: await response.text(),
    };
    exchanges.push(exchange);
    return exchange;
  });
  return {
    url,
    folder: node.folder,
    async stop() {
      await stop();
      await node.stop();
      await writeFile(FILE, gzipSync(JSON.stringify(exchanges), { level: 9 }));
    },
  };
}

/**
 * Answers as the recorded node did: the same question gets its answers in the order in which they came, the last one for
 * ever. A question that was never asked is 599, which no promise expects: whoever changes what the connector asks has to
 * record anew (`npx vitest run --project peers`, with Java and Maven).
 */
export async function replaying(): Promise<TestOpensearch> {
  const exchanges = JSON.parse(gunzipSync(await readFile(FILE)).toString()) as Exchange[];
  const answers = Map.groupBy(exchanges, ({ asked }) => asked);
  const { url, stop } = await serve(async (asked) => {
    const list = answers.get(asked) ?? [];
    const next = list.length > 1 ? list.shift() : list[0];
    return (
      next ?? {
        asked,
        status: 599,
        type: 'application/json',
        answer: '{"error":"this was never asked of a real node"}',
      }
    );
  });
  return { url, folder: null, stop };
}

async function serve(answerOf: (asked: string, call: IncomingMessage, body: string) => Promise<Exchange>) {
  const server = createServer(async (call, answer) => {
    const body = Buffer.concat(await call.toArray()).toString();
    const { status, type, answer: text } = await answerOf(`${call.method} ${call.url} ${body}`, call, body);
    answer.writeHead(status, { 'content-type': type }).end(call.method === 'HEAD' ? undefined : text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
