import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * In place of the queue of statements in Keeper, which the embedded engine has not: what says `ON CLUSTER` is carried out on
 * every server of the cluster, and answered once all have done so. A server that is down is waited for, and gets the
 * statement when it is back, also after the one who asked was told that it took too long.
 *
 * Tables that would be replicated become plain ones, because the embedded engine cannot replicate either. Everything else
 * passes through to the first server, byte for byte.
 */
export interface DdlQueue {
  readonly port: number;
  /** Runs once, when the next statement for the whole cluster has arrived and no server has it yet. */
  beforeNext(work: () => Promise<void>): void;
  /** What `distributed_ddl_task_timeout` is to a real cluster; a minute, until a test that takes a server down says less. */
  answerWithin(answerMs: number): void;
  stop(): Promise<void>;
}

/** A busy machine takes seconds for what an idle one does at once. */
export const DDL_ANSWER_MS = 60_000;

const ON_CLUSTER = / ON CLUSTER '[^']*'/;
const REPLICATED = /Replicated(\w*MergeTree)\('[^']*', '[^']*'(?:, )?/g;
const RETRY_MS = 100;
const OF_THE_CONNECTION = ['host', 'connection', 'content-length', 'transfer-encoding', 'expect', 'keep-alive'];

export async function startDdlQueue(ports: readonly number[]): Promise<DdlQueue> {
  const [first = 0] = ports;
  const stopping = new AbortController();
  let beforeNext = async () => {};
  let answerMs = DDL_ANSWER_MS;

  const call = async (port: number, request: IncomingMessage, body: Buffer): Promise<Answer> => {
    const headers = Object.entries(request.headers).filter(([name]) => !OF_THE_CONNECTION.includes(name));
    const answer = await fetch(`http://127.0.0.1:${port}${request.url}`, {
      method: request.method ?? 'POST',
      headers: Object.fromEntries(headers) as Record<string, string>,
      ...(body.length > 0 ? { body: new Uint8Array(body) } : {}),
    });
    return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) };
  };

  const everywhere = async (request: IncomingMessage, body: Buffer): Promise<Answer> => {
    const prepare = beforeNext;
    beforeNext = async () => {};
    await prepare();
    const answers = ports.map(async (port) => {
      for (;;) {
        stopping.signal.throwIfAborted();
        const answer = await call(port, request, body).catch(() => null);
        if (answer !== null) return answer;
        await sleep(RETRY_MS);
      }
    });
    const all = Promise.all(answers);
    const late = sleep(answerMs, null, { signal: stopping.signal }).catch(() => null);
    const done = await Promise.race([all.catch(() => null), late]);
    if (done === null) return TOO_LONG;
    return done.find(({ status }) => status !== 200) ?? done[0] ?? TOO_LONG;
  };

  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const sent = await buffer(request);
    const text = sent.toString('latin1');
    const forAll = ON_CLUSTER.test(text);
    const body = forAll ? Buffer.from(plain(text), 'latin1') : sent;
    const answer = await (forAll ? everywhere(request, body) : call(first, request, body)).catch(() => null);
    if (answer === null) {
      response.destroy();
      return;
    }
    const kept = [...answer.headers].filter(([name]) => /^(x-clickhouse|content-type)/.test(name));
    response.writeHead(answer.status, Object.fromEntries(kept)).end(answer.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    beforeNext: (work) => {
      beforeNext = work;
    },
    answerWithin: (ms) => {
      answerMs = ms;
    },
    async stop() {
      stopping.abort();
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** As a real one answers when a server has not done its part in time. */
const TOO_LONG: Answer = {
  status: 500,
  headers: new Headers({ 'x-clickhouse-exception-code': '159' }),
  body: Buffer.from('Code: 159. DB::Exception: A server of the cluster has not answered in time. (TIMEOUT_EXCEEDED)'),
};

function plain(statement: string): string {
  return statement
    .replace(ON_CLUSTER, '')
    .replace(REPLICATED, '$1(')
    .replaceAll(/\breplicated_deduplication_window/g, 'non_replicated_deduplication_window');
}
