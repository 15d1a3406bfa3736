import { randomUUID } from 'node:crypto';
import { createClient } from '@redis/client';
import { ConnectorError } from '../kit.ts';

const CONNECT_MS = 10_000;

/** The commands this connector uses, on one connection; what a reply is allowed to look like is checked here. */
export interface RedisSession {
  /** @throws ConnectorError `odd_answer` when the reply has another shape than asked for */
  text(...command: string[]): Promise<string | null>;
  number(...command: string[]): Promise<number>;
  texts(...command: string[]): Promise<(string | null)[]>;
  /** Every key whose name starts like `prefix`, at least once each while it is there; a key may come twice. */
  scan(prefix: string, signal: AbortSignal | null): AsyncIterable<string>;
  info(section: string): Promise<ReadonlyMap<string, string>>;
  close(): Promise<void>;
}

/** Keys looked at per step of a scan: a step blocks the server for well under a millisecond. */
const SCAN_COUNT = 1_000;

/**
 * Opens one connection and makes sure that what it says can be believed: a replica may lag, so that "not there" means
 * nothing, and a cluster node answers for its own slots only.
 */
export async function openRedis(url: string): Promise<RedisSession> {
  const client = createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    socket: { connectTimeout: CONNECT_MS, reconnectStrategy: false },
  });
  // Every command fails on its own as well; without a listener the first lost connection would end the process.
  client.on('error', () => undefined);
  await client.connect();
  const call = (command: readonly string[]): Promise<unknown> => client.sendCommand([...command]);
  const session: RedisSession = {
    async text(...command) {
      const reply = await call(command);
      if (reply === null || typeof reply === 'string') return reply;
      throw oddAnswer(command[0]);
    },
    async number(...command) {
      const reply = await call(command);
      if (typeof reply === 'number') return reply;
      throw oddAnswer(command[0]);
    },
    async texts(...command) {
      const reply = await call(command);
      if (Array.isArray(reply) && reply.every((each) => each === null || typeof each === 'string')) return reply;
      throw oddAnswer(command[0]);
    },
    async *scan(prefix, signal) {
      const match = `${prefix.replace(/[\\*?[\]^-]/g, '\\$&')}*`;
      let cursor = '0';
      do {
        signal?.throwIfAborted();
        const reply = await call(['SCAN', cursor, 'MATCH', match, 'COUNT', String(SCAN_COUNT)]);
        if (!Array.isArray(reply) || !Array.isArray(reply[1])) throw oddAnswer('SCAN');
        cursor = String(reply[0]);
        for (const key of reply[1]) yield String(key);
      } while (cursor !== '0');
    },
    async info(section) {
      const text = (await session.text('INFO', section)) ?? '';
      return new Map(text.split('\r\n').flatMap((line) => (line.includes(':') ? [split(line)] : [])));
    },
    async close() {
      client.destroy();
    },
  };
  try {
    await refuseUnreliable(session);
  } catch (error) {
    await session.close();
    throw error;
  }
  return session;
}

async function refuseUnreliable(session: RedisSession): Promise<void> {
  const role = (await session.info('replication')).get('role');
  if (role !== 'master') {
    const text = 'redis: this server is a replica and may lag; give the address of the primary.';
    throw new ConnectorError('permanent', 'replica', text);
  }
  if ((await session.info('server')).get('redis_mode') === 'cluster') {
    const text = 'redis: this server is part of a cluster, which this connector does not cover.';
    throw new ConnectorError('permanent', 'cluster_not_covered', text);
  }
}

/** Differs between two servers, so that a verifier that looks at another one is noticed. */
export async function serverId(session: RedisSession): Promise<string> {
  return (await session.info('server')).get('run_id') ?? randomUUID();
}

/** An error of the client in our words; Redis starts its errors with a code and then quotes the command. */
export function redisFailure(error: unknown): ConnectorError | null {
  if (!(error instanceof Error)) return null;
  const code = /^([A-Z]+)(?: |$)/.exec(error.message)?.[1] ?? '';
  switch (code) {
    case 'NOPERM':
    case 'WRONGPASS':
    case 'NOAUTH':
      return new ConnectorError('permanent', 'permission_denied', `redis: this user may not do that (${code}).`);
    case 'READONLY':
      return new ConnectorError('permanent', 'replica', 'redis: this server is a replica and cannot delete.');
    case 'WRONGTYPE':
      return new ConnectorError('needs_human', 'wrong_type', 'redis: a key is of another type than its mapping says.');
    case 'MOVED':
    case 'ASK':
    case 'CROSSSLOT':
      return new ConnectorError('permanent', 'cluster_not_covered', 'redis: a cluster is not covered.');
    case 'LOADING':
    case 'BUSY':
    case 'TRYAGAIN':
    case 'CLUSTERDOWN':
    case 'MASTERDOWN':
    case 'OOM':
    case 'MISCONF':
      return new ConnectorError('retryable', 'unreachable', `redis: not ready (${code}).`);
    case 'ERR':
      return new ConnectorError('permanent', 'store_refused', 'redis: the command was refused.');
  }
  return new ConnectorError('retryable', 'unreachable', 'redis: not reachable.');
}

function oddAnswer(command = ''): ConnectorError {
  return new ConnectorError('permanent', 'odd_answer', `redis: ${command} answered in a shape that is not understood.`);
}

function split(line: string): [string, string] {
  const at = line.indexOf(':');
  return [line.slice(0, at), line.slice(at + 1)];
}
