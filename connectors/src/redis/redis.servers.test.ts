import { randomUUID } from 'node:crypto';
import { createClient } from '@redis/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectorContract, JANE, JOHN, jobFor } from '../connector-contract.ts';
import { bytesHold } from '../testing/bytes.ts';
import { startTestRedis, type TestServer } from '../testing/servers.ts';
import { RedisConfig } from './mapping.ts';
import { redisDefinition } from './redis.ts';

const NODE = 'store:redis://cache:6379/0.profile:*';
const SESSIONS = 'store:redis://cache:6379/0.session:*';
const NEWSLETTER = 'store:redis://cache:6379/0.newsletter';
const LOGINS = 'store:redis://cache:6379/0.logins';

let server: TestServer;
let admin: Awaited<ReturnType<typeof clientOf>>;
beforeAll(async () => {
  server = await startTestRedis();
  admin = await clientOf(server.port);
  await admin.sendCommand([
    'ACL',
    'SETUSER',
    'worker',
    'on',
    '>worker-secret',
    '~*',
    '+@all',
    '-@admin',
    '+bgsave',
    '+bgrewriteaof',
    '+info',
  ]);
  await admin.sendCommand([
    'ACL',
    'SETUSER',
    'verifier',
    'on',
    '>verifier-secret',
    '~*',
    '+@read',
    '+info',
    '+@connection',
  ]);
});
afterAll(async () => {
  admin.destroy();
  await server.stop();
});

async function clientOf(port: number) {
  const client = createClient({ url: `redis://127.0.0.1:${port}`, RESP: 2 });
  await client.connect();
  return client;
}

const config = (more: object = {}) =>
  RedisConfig.parse({
    connector: 'redis',
    url: `redis://worker:worker-secret@127.0.0.1:${server.port}/0`,
    verifyUrl: `redis://verifier:verifier-secret@127.0.0.1:${server.port}/0`,
    persistence: 'rewrite',
    families: [
      { node: NODE, keys: 'profile:*', fields: { email: 'email', customer_id: 'id' } },
      { node: SESSIONS, keys: 'session:{customer_id}:*' },
      { node: NEWSLETTER, keys: 'newsletter', members: 'email' },
      { node: LOGINS, keys: 'logins', entries: 'email' },
    ],
    withoutPersonalData: ['config:*'],
    ...more,
  });
const open = (more: object = {}) => redisDefinition.create(config(more));

async function fill(): Promise<void> {
  await admin.sendCommand(['FLUSHALL', 'SYNC']);
  const profile = (n: number, email: string) =>
    admin.sendCommand(['HSET', `profile:${n}`, 'email', email, 'id', `C-${n}`, 'note', `n${n}`]);
  await profile(1, JANE);
  await profile(2, 'Jane@Example.com');
  await profile(3, JOHN);
  await profile(4, JOHN);
}

async function everything(): Promise<string[]> {
  const keys = (await admin.sendCommand(['KEYS', '*'])) as string[];
  const dumps = await Promise.all(
    keys.map(async (key) => {
      const type = await admin.sendCommand(['TYPE', key]);
      const reads: Record<string, string[]> = {
        hash: ['HGETALL', key],
        string: ['GET', key],
        set: ['SMEMBERS', key],
        list: ['LRANGE', key, '0', '-1'],
        zset: ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
      };
      return `${key} ${JSON.stringify(await admin.sendCommand(reads[String(type)] ?? ['TYPE', key]))}`;
    }),
  );
  return dumps.sort();
}

connectorContract('redis', async () => {
  await fill();
  return {
    connector: open(),
    node: NODE,
    everything,
    addJane: async () => void (await admin.sendCommand(['HSET', 'profile:9', 'email', JANE])),
    bytesHold: (text) => bytesHold(server.folder, text),
    cleanUp: async () => undefined,
  };
});

describe('where in Redis a person can be named', () => {
  const janes = (node: string) =>
    jobFor(node, JANE, {
      selectors: [
        { type: 'email', value: JANE },
        { type: 'customer_id', value: 'C-1' },
      ],
    });

  test('in a key: exactly her keys go, of whatever type', async () => {
    await fill();
    await admin.sendCommand(['SET', 'session:C-1:web', 'token']);
    await admin.sendCommand(['LPUSH', 'session:C-1:cart', 'lamp']);
    await admin.sendCommand(['SET', 'session:C-11:web', 'of another']);

    expect(await open().erase(janes(SESSIONS))).toMatchObject({ found: 2, erased: 2 });
    expect(await admin.sendCommand(['KEYS', 'session:*'])).toEqual(['session:C-11:web']);
  });

  test.each([
    ['set', ['SADD', 'newsletter'], ['SMEMBERS', 'newsletter']],
    ['list', ['RPUSH', 'newsletter'], ['LRANGE', 'newsletter', '0', '-1']],
    ['sorted set', ['ZADD', 'newsletter', '1'], ['ZRANGE', 'newsletter', '0', '-1']],
  ])('as a member of a %s: the member goes, the others stay', async (_, add, read) => {
    await fill();
    for (const member of ['Jane@Example.com', JOHN]) await admin.sendCommand([...add, member]);

    expect(await open().search(janes(NEWSLETTER))).toBe(1);
    expect(await open().erase(janes(NEWSLETTER))).toMatchObject({ found: 1, erased: 1 });
    expect(await admin.sendCommand(read)).toEqual([JOHN]);
    expect(await open().verify(janes(NEWSLETTER))).toBe(0);
  });

  test('as a field of a hash: the field goes and is exported with its value', async () => {
    await fill();
    await admin.sendCommand(['HSET', 'logins', JANE, 'yesterday', JOHN, 'today']);
    const rows: unknown[] = [];
    await open().export(janes(LOGINS), async (row) => void rows.push(row));

    expect(rows).toEqual([{ key: 'logins', field: JANE, value: 'yesterday' }]);
    expect(await open().erase(janes(LOGINS))).toMatchObject({ found: 1, erased: 1 });
    expect(await admin.sendCommand(['HKEYS', 'logins'])).toEqual([JOHN]);
  });

  test('among many keys: every key is met once, whatever a scan returns twice', async () => {
    await fill();
    const many = Array.from({ length: 5_000 }, (_, n) => [`session:C-${n % 50}:${n}`, 'x']).flat();
    await admin.sendCommand(['MSET', ...many]);

    expect(await open().search(janes(SESSIONS))).toBe(100);
    expect(await open().erase(janes(SESSIONS))).toMatchObject({ found: 100, erased: 100 });
    expect(await open().verify(janes(SESSIONS))).toBe(0);
    expect(((await admin.sendCommand(['KEYS', 'session:*'])) as string[]).length).toBe(4_900);
  });
});

describe('what stands in the way is an error at start, never a zero later', () => {
  test('keys that nobody mapped are told of by family, without the identifiers in them', async () => {
    await fill();
    await admin.sendCommand(['SET', `basket:${JANE}`, '1']);
    const error = await open()
      .check()
      .catch((e) => e);
    expect(error).toMatchObject({ class: 'needs_human', code: 'unmapped_table' });
    expect(error.message).toContain('basket:*');
    expect(error.message).not.toContain(JANE);
  });

  test('a worker that may not delete', async () => {
    await fill();
    const url = `redis://verifier:verifier-secret@127.0.0.1:${server.port}/0`;
    await expect(open({ url }).check()).rejects.toMatchObject({ class: 'permanent', code: 'permission_denied' });
    await expect(open({ url }).erase(jobFor(NODE, JANE))).rejects.toMatchObject({ code: 'permission_denied' });
  });

  test('a wrong password, told without the password', async () => {
    const url = `redis://worker:${randomUUID()}@127.0.0.1:${server.port}/0`;
    const error = await open({ url })
      .check()
      .catch((e) => e);
    expect(error).toMatchObject({ class: 'permanent', code: 'permission_denied' });
    expect(String(error)).not.toContain(new URL(url).password);
  });

  test('a verifier that looks into another database', async () => {
    await fill();
    const verifyUrl = `redis://verifier:verifier-secret@127.0.0.1:${server.port}/1`;
    await expect(open({ verifyUrl }).check()).rejects.toMatchObject({ code: 'verifier_elsewhere' });
  });

  test('a replica, which may lag: neither worker nor verifier believes it', async () => {
    await fill();
    const replica = await startTestRedis(['--replicaof', `127.0.0.1 ${server.port}`]);
    try {
      const url = `redis://127.0.0.1:${replica.port}/0`;
      await expect(open({ url }).check()).rejects.toMatchObject({ class: 'permanent', code: 'replica' });
      await expect(open({ url }).search(jobFor(NODE, JANE))).rejects.toMatchObject({ code: 'replica' });
      await expect(open({ verifyUrl: url }).verify(jobFor(NODE, JANE))).rejects.toMatchObject({ code: 'replica' });
    } finally {
      await replica.stop();
    }
  });

  test('a node of a cluster, which answers for its own slots only', async () => {
    const node = await startTestRedis(['--cluster-enabled', 'yes']);
    try {
      const url = `redis://127.0.0.1:${node.port}/0`;
      await expect(open({ url }).check()).rejects.toMatchObject({ class: 'permanent', code: 'cluster_not_covered' });
    } finally {
      await node.stop();
    }
  });

  test('a key of another type than the mapping says', async () => {
    await fill();
    await admin.sendCommand(['SET', 'profile:5', JANE]);
    await expect(open().search(jobFor(NODE, JANE))).rejects.toMatchObject({ class: 'needs_human', code: 'wrong_type' });
  });

  test('a server that is down is tried again', async () => {
    const down = open({ url: 'redis://worker:pw@127.0.0.1:1/0' });
    await expect(down.search(jobFor(NODE, JANE))).rejects.toMatchObject({ class: 'retryable', code: 'unreachable' });
  });
});
