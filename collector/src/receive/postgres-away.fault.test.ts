import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeJson, encodeProtobuf } from '../otlp/testing/otlp-messages.ts';
import { aSpan, requestOf } from '../testing/export-client.ts';
import { type RunningCollector, startRunningCollector } from '../testing/running-collector.ts';
import { formOf, Sender, WAYS, type Way } from '../testing/ways.ts';

const FRESH_MS = 200;
const NEVER_SEEN = 'vst_0123456789abcdef_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

/** The same three questions to a collector that grants a grace and to one that grants none. */
describe.each([
  ['an hour', 3_600_000],
  ['no time', 0],
])('with %s of grace, after Postgres went away', (_grace, keyGraceMs) => {
  let logDir: string;
  let collector: RunningCollector;
  let sender: Sender;
  let revoked: string;
  beforeAll(async () => {
    logDir = await mkdtemp(path.join(tmpdir(), 'vestige-postgres-away-'));
    collector = await startRunningCollector({ ackMode: 'log', logDir, keyCacheMs: FRESH_MS, keyGraceMs });
    sender = new Sender(collector);
    const { tenants } = collector.deps;
    const { id, secret } = await tenants.createKey(collector.tenant.id, {
      name: 'x',
      scopes: ['ingest'],
      expiresAt: null,
    });
    revoked = secret.reveal();
    for (const key of [collector.key, revoked]) await post('grpc', key);
    await tenants.revokeKey(collector.tenant.id, id);
    while ((await post('grpc', revoked)).code !== 16) await sleep(20);
    await collector.stopPostgres();
    // Until the collector has noticed: from then on no key is fresh any more.
    while (!collector.logged().includes('API keys cannot be checked now')) await sleep(20);
    await sleep(2 * FRESH_MS);
  });
  afterAll(async () => {
    sender?.close();
    await collector?.close();
    await rm(logDir, { recursive: true, force: true, maxRetries: 3 });
  });

  const post = (way: Way, bearer: string) => {
    const request = requestOf(aSpan());
    const body = formOf(way) === 'json' ? encodeJson(request) : encodeProtobuf(request);
    return sender.post(way, { body, headers: { authorization: `Bearer ${bearer}` } });
  };
  const away = (way: Way) => ({ code: 14, http: way === 'grpc' ? 200 : 503, retryAfterMs: 2000 });

  test.each(WAYS)('%s: spans of a tenant that was seen are acknowledged, or asked for again', async (way) => {
    expect(await post(way, collector.key)).toMatchObject(keyGraceMs > 0 ? { code: 0, retryAfterMs: null } : away(way));
  });

  test.each(WAYS)('%s: a key nobody can look up now is not called wrong', async (way) => {
    expect(await post(way, NEVER_SEEN)).toMatchObject(away(way));
  });

  test.each(WAYS)('%s: a key that was revoked before is never taken again', async (way) => {
    expect((await post(way, revoked)).code).not.toBe(0);
  });
});
