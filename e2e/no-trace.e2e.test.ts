import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningStack, startAllInOne } from '@vestige/stack/all-in-one';
import { readUpConfig } from '@vestige/stack/config';
import { SCOPES } from '@vestige/store/control/tenant-store';
import { filesHolding, formsOfSubject } from '@vestige/store/events/testing/byte-search';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { send } from './src/harness/http.ts';

/**
 * After an erasure every byte of the data folder is searched: parts, detached and frozen ones, mutation files, Postgres
 * with its write-ahead log, the collector's log and what it set aside. What is searched for is all that Vestige ever
 * knew of her: her tokens and her subject id.
 */
const DONE_MS = 60_000;

let dataDir: string;
let stack: RunningStack;
let key: string;
beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'vestige-no-trace-'));
  stack = await startAllInOne(
    readUpConfig({
      VESTIGE_DATA_DIR: dataDir,
      VESTIGE_COLLECTOR_PORT: '0',
      VESTIGE_COLLECTOR_GRPC_PORT: 'off',
      VESTIGE_API_PORT: '0',
    }),
  );
  const made = await stack.stores.tenants.createKey(stack.tenant.id, {
    name: 'test',
    scopes: [...SCOPES],
    expiresAt: null,
  });
  key = made.secret.reveal();
});
afterAll(async () => {
  await stack?.stop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
});

const newToken = () => `ps1.k1.${randomBytes(16).toString('base64url')}`;
async function call<T>(method: string, at: string, json?: unknown): Promise<T> {
  const headers = { 'vestige-purpose': 'test' };
  const answer = await send(stack.apiUrl, key, { method, path: at, headers, ...(json === undefined ? {} : { json }) });
  expect(answer.status, `${method} ${at}: ${answer.text}`).toBeLessThan(300);
  return answer.json as T;
}

async function sendSpans(...tokens: readonly string[]): Promise<void> {
  const nowNs = `${BigInt(Date.now()) * 1_000_000n}`;
  const spans = tokens.map((token) => ({
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    name: 'INSERT customers',
    kind: 3,
    startTimeUnixNano: nowNs,
    endTimeUnixNano: nowNs,
    attributes: [
      { key: 'vestige.subject.tokens', value: { arrayValue: { values: [{ stringValue: token }] } } },
      { key: 'vestige.data.categories', value: { arrayValue: { values: [{ stringValue: 'user.contact' }] } } },
    ],
  }));
  const json = { resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ spans }] }] };
  const answer = await send(stack.collectorUrl, key, { method: 'POST', path: '/v1/traces', json });
  expect(answer.status, answer.text).toBe(200);
}

async function until<T>(look: () => Promise<T>, done: (seen: T) => boolean): Promise<T> {
  for (const deadline = Date.now() + DONE_MS; ; await sleep(100)) {
    const seen = await look();
    if (done(seen) || Date.now() > deadline) return seen;
  }
}
const subjectOf = async (token: string) => (await stack.stores.aliases.find(stack.tenant.id, [token]))[0]?.subjectId;

test('an erased person is in no byte of the data folder, and her neighbour is still found', async () => {
  const [hers, herOther, his] = [newToken(), newToken(), newToken()];
  await sendSpans(hers, herOther, his);
  const find = async () => Promise.all([hers, herOther, his].map(subjectOf));
  const [subjectId, otherId, hisId] = await until(find, (found) => found.every(Boolean));
  if (!subjectId || !otherId || !hisId) throw new Error('the spans were not stored');
  await call('POST', '/v1/aliases', {
    action: 'link',
    tokens: [hers, herOther],
    kind: 'operator',
    evidence: 'ticket 7',
  });
  await call('POST', '/v1/subject-sets', { tokens: [hers, his] });
  const aside = path.join(dataDir, 'collector-log', 'aside');
  await mkdir(aside, { recursive: true });
  await writeFile(path.join(aside, 'damaged-1'), `\0\x07${hers}\0`);

  const ofHer = [hers, herOther, ...[subjectId, otherId].flatMap(formsOfSubject)];
  // The search finds her in ClickHouse, in Postgres, in its log and in what was set aside. She has a subject id before
  // her rows are inserted.
  const places = ['clickhouse/store/', 'postgres/', 'pg_wal/', 'collector-log/aside/'];
  const before = async () => {
    const files = await filesHolding(dataDir, ofHer);
    return places.filter((place) => files.some((file) => file.includes(place)));
  };
  expect(await until(before, (found) => found.length === places.length)).toEqual(places);

  await call('PUT', '/v1/request-policy', {
    singleKeyApproval: true,
    timeZone: 'UTC',
    holidays: null,
    packageDays: 30,
  });
  const { id } = await call<{ id: string }>('POST', '/v1/requests', {
    type: 'erasure',
    receivedAt: new Date().toISOString(),
    tokens: [hers],
  });
  await call('POST', `/v1/requests/${id}/identity`, {
    result: 'verified',
    method: 'account_login',
    assurance: 'high',
  });
  await call('POST', `/v1/requests/${id}/plan`);
  const { hash } = await call<{ hash: string }>('GET', `/v1/requests/${id}/plan`);
  await call('POST', `/v1/requests/${id}/approve`, { planHash: hash });
  const state = () => call<{ state: string }>('GET', `/v1/requests/${id}`);
  expect(await until(state, (request) => request.state.startsWith('completed'))).toMatchObject({ state: 'completed' });
  const { rechecks } = await call<{ rechecks: { after: string }[] }>('GET', `/v1/requests/${id}/rechecks`);
  expect(rechecks.map(({ after }) => after)).toEqual(['day', 'week', 'month']);

  // She comes again, late: what happened before the erasure is refused, and leaves no trace either.
  const late = await stack.stores.aliases.resolve(stack.tenant.id, [{ token: hers, atMs: Date.now() - 60_000 }]);
  expect(late).toEqual(['suppressed']);

  // Deleted rows leave Postgres, and its log, when the workflow rests.
  const left = await until(
    () => filesHolding(dataDir, ofHer),
    (files) => files.length === 0,
  );
  expect(left).toEqual([]);
  await stack.stop();
  expect(await filesHolding(dataDir, ofHer)).toEqual([]);
  expect(await readdir(aside)).toEqual([]);
  expect((await filesHolding(dataDir, formsOfSubject(hisId))).length).toBeGreaterThan(0);
});
