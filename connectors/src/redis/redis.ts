import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type As, type Candidate, type ConnectorDefinition, defineConnector } from '../define-connector.ts';
import { keyTemplate } from '../key-template.ts';
import { ConnectorError, type Row } from '../kit.ts';
import type { Wanted } from '../wanted.ts';
import { type KeyFamily, RedisConfig, typesOf } from './mapping.ts';
import { openRedis, type RedisSession, redisFailure, serverId } from './session.ts';

/** A key that goes as a whole, or one member of it. */
interface Found {
  readonly key: string;
  readonly member?: string;
}

/** Keys compared with the mapping at start. A larger database is compared as far as this. */
const CHECKED_KEYS_MAX = 1_000_000;
const REWRITE_MS = 60_000;

/**
 * Redis: a family of keys is walked with SCAN, which blocks nobody and returns every key that is there all the while.
 *
 * Texts of values are not looked into: a value that holds somebody must say so in its key, a hash field or a member.
 * Deleted bytes stay in the append-only file and the last snapshot until these are rewritten.
 */
export const redisDefinition: ConnectorDefinition<RedisConfig> = defineConnector<RedisConfig, RedisSession, Found>({
  kind: 'redis',
  config: RedisConfig,
  nodes: (config) => Object.fromEntries(config.families.map((family) => [family.node, typesOf(family)])),
  cannotErase: (config) => [
    'backups',
    'replicas not caught up',
    'texts inside values',
    ...(config.persistence === 'leave' ? ['append-only file and snapshot until rewritten'] : []),
  ],
  verifiesBy: ({ url, verifyUrl }) =>
    verifyUrl !== undefined && new URL(verifyUrl).username !== new URL(url).username ? 'other_path' : 'same_path',
  open: (config, as) => openRedis(as === 'verifier' ? (config.verifyUrl ?? config.url) : config.url),
  close: (session) => session.close(),
  check,
  find: (session, wanted, config) => find(session, wanted, familyOf(config, wanted.node)),
  remove: (session, keys, wanted, config) => remove(session, keys, familyOf(config, wanted.node)),
  async removeBytes(session, _, config) {
    if (config.persistence === 'rewrite') await rewriteFiles(session);
  },
  method: 'delete',
  failure: redisFailure,
});

async function check(session: RedisSession, config: RedisConfig, as: As): Promise<void> {
  for (const family of config.families) {
    // A key nobody has: refused for want of permission as a real one would be, and no change when it is allowed.
    const nobody = keyTemplate(family.keys, family.separator).example(`vestige-check-${randomUUID()}`);
    await session.text('TYPE', nobody);
    if (as === 'worker') await session.number('UNLINK', nobody);
  }
  if (as === 'verifier') return refuseOtherServer(session, config);
  await refuseUnmapped(session, config);
}

async function refuseUnmapped(session: RedisSession, config: RedisConfig): Promise<void> {
  const known = [
    ...config.families.map((family) => keyTemplate(family.keys, family.separator)),
    ...config.withoutPersonalData.map((text) => keyTemplate(text, '')),
  ];
  const unmapped = new Set<string>();
  let looked = 0;
  for await (const key of session.scan('', null)) {
    if (looked++ >= CHECKED_KEYS_MAX || unmapped.size >= 20) break;
    // Only the start of a key is told: the rest may be somebody's address.
    if (!known.some((template) => template.read(key) !== null)) unmapped.add(familyName(key));
  }
  if (unmapped.size === 0) return;
  throw new ConnectorError(
    'needs_human',
    'unmapped_table',
    `redis: no mapping for keys like ${[...unmapped].join(', ')}. Map them under \`families\`, or list them under \`withoutPersonalData\`.`,
  );
}

function familyName(key: string): string {
  const start = /^[A-Za-z_-]{1,24}(?=[:/.|])/.exec(key)?.[0];
  return start === undefined ? '(a key without a prefix)' : `${start}:*`;
}

async function refuseOtherServer(session: RedisSession, config: RedisConfig): Promise<void> {
  const worker = await openRedis(config.url);
  try {
    const databaseOf = (url: string) => new URL(url).pathname.replace(/^\/?$/, '/0');
    const same =
      (await serverId(worker)) === (await serverId(session)) &&
      databaseOf(config.url) === databaseOf(config.verifyUrl ?? config.url);
    if (same) return;
    const text = 'redis: `verifyUrl` leads to another server or database than `url`; it would find nothing there.';
    throw new ConnectorError('permanent', 'verifier_elsewhere', text);
  } finally {
    await worker.close();
  }
}

function familyOf(config: RedisConfig, node: string): KeyFamily {
  const family = config.families.find((candidate) => candidate.node === node);
  if (family) return family;
  throw new ConnectorError('permanent', 'unmapped_node', `${node} has no mapping in this worker's configuration.`);
}

async function* find(session: RedisSession, wanted: Wanted, family: KeyFamily): AsyncIterable<Candidate<Found>> {
  const template = keyTemplate(family.keys, family.separator);
  const seen = new Set<string>();
  for await (const key of session.scan(template.prefix, wanted.signal)) {
    const named = template.read(key);
    if (named === null) continue;
    for await (const candidate of inside(session, key, named, family)) {
      if (!Object.entries(candidate.identifiers).some(([type, text]) => wanted.names(type, text ?? ''))) continue;
      // SCAN may return a key twice; a count must not. Only what is hers is remembered.
      const id = JSON.stringify(candidate.key);
      if (!seen.has(id)) yield candidate;
      seen.add(id);
    }
  }
}

async function* inside(
  session: RedisSession,
  key: string,
  named: Readonly<Record<string, string>>,
  family: KeyFamily,
): AsyncIterable<Candidate<Found>> {
  if (family.fields) {
    const texts = await session.texts('HMGET', key, ...Object.values(family.fields));
    const identifiers = Object.fromEntries(Object.keys(family.fields).map((type, i) => [type, texts[i]]));
    yield { key: { key }, identifiers, row: () => rowOf(session, key) };
    return;
  }
  const type = family.members ?? family.entries;
  if (type === undefined) {
    yield { key: { key }, identifiers: named, row: () => rowOf(session, key) };
    return;
  }
  for (const member of new Set(await membersOf(session, key, family))) {
    const row = async () =>
      family.entries ? { key, field: member, value: await session.text('HGET', key, member) } : { key, member };
    yield { key: { key, member }, identifiers: { [type]: member }, row };
  }
}

async function membersOf(session: RedisSession, key: string, family: KeyFamily): Promise<string[]> {
  if (family.entries) return all(await session.texts('HKEYS', key));
  switch (await session.text('TYPE', key)) {
    case 'set':
      return all(await session.texts('SMEMBERS', key));
    case 'zset':
      return all(await session.texts('ZRANGE', key, '0', '-1'));
    case 'list':
      return all(await session.texts('LRANGE', key, '0', '-1'));
    case 'none':
      return [];
  }
  throw new ConnectorError('needs_human', 'wrong_type', 'redis: `members` fits sets, sorted sets and lists only.');
}

const all = (texts: readonly (string | null)[]): string[] => texts.filter((text) => text !== null);

async function rowOf(session: RedisSession, key: string): Promise<Row> {
  const type = (await session.text('TYPE', key)) ?? 'none';
  switch (type) {
    case 'string':
      return { key, value: await session.text('GET', key) };
    case 'hash': {
      const flat = all(await session.texts('HGETALL', key));
      const pairs = flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]] as const] : []));
      return { key, value: Object.fromEntries(pairs) };
    }
    case 'list':
      return { key, value: await session.texts('LRANGE', key, '0', '-1') };
    case 'set':
      return { key, value: (await session.texts('SMEMBERS', key)).sort() };
    case 'zset':
      return { key, value: await session.texts('ZRANGE', key, '0', '-1', 'WITHSCORES') };
    case 'none':
      return { key, value: null };
  }
  throw new ConnectorError('needs_human', 'wrong_type', `redis: a ${type} cannot be exported; export it by hand.`);
}

async function remove(session: RedisSession, found: readonly Found[], family: KeyFamily): Promise<number> {
  let removed = 0;
  for (const { key, member } of found) {
    if (member === undefined) removed += await session.number('UNLINK', key);
    else if (family.entries) removed += await session.number('HDEL', key, member);
    else {
      const type = await session.text('TYPE', key);
      if (type === 'set') removed += await session.number('SREM', key, member);
      else if (type === 'zset') removed += await session.number('ZREM', key, member);
      // A list may hold a member several times; it was counted as one record.
      else if (type === 'list') removed += Math.min(1, await session.number('LREM', key, '0', member));
    }
  }
  return removed;
}

/** Both files hold what was deleted, and the append-only file the deleting command too, until the server writes them anew. */
async function rewriteFiles(session: RedisSession): Promise<void> {
  const before = await session.info('persistence');
  await whenIdle(session);
  if (before.get('aof_enabled') === '1') {
    await session.text('BGREWRITEAOF');
    await whenIdle(session);
  }
  await session.text('BGSAVE');
  const after = await whenIdle(session);
  const failed = ['rdb_last_bgsave_status', 'aof_last_bgrewrite_status'].some((status) => after.get(status) !== 'ok');
  if (failed) throw new ConnectorError('retryable', 'rewrite_failed', 'redis: the server could not rewrite its files.');
}

async function whenIdle(session: RedisSession): Promise<ReadonlyMap<string, string>> {
  for (let waitedMs = 0; waitedMs < REWRITE_MS; waitedMs += 50) {
    const state = await session.info('persistence');
    const busy = ['rdb_bgsave_in_progress', 'aof_rewrite_in_progress', 'aof_rewrite_scheduled'];
    if (busy.every((flag) => (state.get(flag) ?? '0') === '0')) return state;
    await sleep(50);
  }
  throw new ConnectorError('retryable', 'rewrite_slow', 'redis: the server is still rewriting its files.');
}
