import { newTraceId, tagged } from '@vestige/store/events/testing/spans';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';

/** Answers about several people, and copies: a restriction (GDPR Art. 18) holds there as it does on one person's page. */
const crm = 'store:sqlite:/data/crm.db/main.customers';
const HOUR_MS = 3_600_000;
const use = { 'vestige-restricted-use': 'legal_claims' };

let api: TestApi;
let agent: string;
let counsel: string;
let reader: string;
let people = 0;

beforeAll(async () => {
  api = await openTestApi();
  agent = await api.bearer(api.acme, 'requests:read', 'requests:write', 'requests:export');
  counsel = await api.bearer(api.acme, 'lineage:read', 'requests:approve', 'requests:export');
  reader = await api.bearer(api.acme, 'lineage:read');
});
afterAll(() => api.close());

async function call(method: string, path: string, bearer: string, json?: unknown, headers: object = {}) {
  const response = await api.app.request(path, {
    method,
    headers: {
      authorization: `Bearer ${bearer}`,
      'vestige-purpose': 'request of a person',
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const text = await response.text();
  return { status: response.status, text, json: text.startsWith('{') ? JSON.parse(text) : null };
}

async function newPerson() {
  people += 1;
  const email = `restricted${people}@example.com`;
  const [token = ''] = api.deps.keyring.tokensFor('acme', 'email', email);
  const [subjectId = ''] = await api.deps.aliases.resolve(api.acme.id, [{ token, atMs: Date.now() - HOUR_MS }]);
  const startNs = BigInt(Date.now() - HOUR_MS) * 1_000_000n;
  const touches = [{ peer: crm, action: 'write' as const, rule: 'test' }];
  const traceId = newTraceId();
  const span = tagged([subjectId], { traceId, startNs, endNs: startNs + 1_000_000n, touches });
  await api.deps.events.append(api.acme.id, { spans: [span] });
  return { email, subjectId, traceId };
}

async function planned(type: string, email: string): Promise<string> {
  const { json } = await call('POST', '/v1/requests', agent, {
    type,
    receivedAt: new Date(Date.now() - 1_000).toISOString(),
    identifiers: [{ type: 'email', value: email }],
  });
  const identity = { result: 'verified', method: 'account_login', assurance: 'high' };
  expect((await call('POST', `/v1/requests/${json.id}/identity`, agent, identity)).status).toBe(200);
  expect((await call('POST', `/v1/requests/${json.id}/plan`, agent)).status).toBe(200);
  return json.id;
}
const refused = { status: 403, json: { facts: { reason: 'restricted' } } };

test('a trace that handled a restricted person is shown to nobody who names no use of it, and both are written down', async () => {
  const [jane, john] = [await newPerson(), await newPerson()];
  expect((await call('GET', `/v1/traces/${jane.traceId}`, reader)).status).toBe(200);
  await planned('restriction', jane.email);
  expect(await call('GET', `/v1/traces/${jane.traceId}`, reader)).toMatchObject(refused);
  expect(await call('GET', `/v1/traces/${jane.traceId}`, reader, undefined, use)).toMatchObject(refused);
  expect((await call('GET', `/v1/traces/${jane.traceId}`, counsel, undefined, use)).status).toBe(200);
  expect((await call('GET', `/v1/traces/${john.traceId}`, reader)).status).toBe(200);
  const entries = await api.deps.audit.entries(api.acme.id, { afterIndex: -1, limit: 1_000 });
  const looks = entries.filter(({ type, object }) => type.startsWith('subject.re') && object.id === jane.subjectId);
  expect(looks.map(({ type }) => type)).toEqual([
    'subject.read',
    'subject.read_refused',
    'subject.read_refused',
    'subject.restricted_read',
    'subject.read',
  ]);
});

test('a list of affected people with a restricted one in it says so, and opens for a use that is named', async () => {
  const jane = await newPerson();
  await newPerson();
  await planned('restriction', jane.email);
  const from = new Date(Date.now() - 2 * HOUR_MS).toISOString();
  const asked = await call('POST', '/v1/exposure', reader, { node: crm, from, to: new Date().toISOString() });
  // Counts tell of nobody.
  expect(asked.status, asked.text).toBe(200);
  expect((await call('POST', `/v1/exposure/${asked.json.id}/approve`, counsel, {})).status).toBe(204);
  const path = `/v1/exposure/${asked.json.id}/subjects`;
  expect(await call('GET', path, counsel)).toMatchObject(refused);
  const opened = await call('GET', path, counsel, undefined, use);
  expect(opened.json.items.map(({ subjectId }: { subjectId: string }) => subjectId)).toContain(jane.subjectId);
});

test('the copy of a restricted person goes to them by their link, and to nobody else without a use', async () => {
  const jane = await newPerson();
  const id = await planned('access', jane.email);
  const content = (async function* () {
    yield new TextEncoder().encode('a copy');
  })();
  const by = { actor: 'system:workflow', now: new Date() };
  await api.deps.packages.seal(api.acme.id, id, { content, complete: true }, by);
  expect((await call('GET', `/v1/requests/${id}/package`, agent)).text).toBe('a copy');
  await planned('restriction', jane.email);
  expect(await call('GET', `/v1/requests/${id}/package`, agent)).toMatchObject(refused);
  // A refused fetch is no download.
  expect((await api.deps.packages.info(api.acme.id, id))?.downloads).toBe(1);
  expect((await call('GET', `/v1/requests/${id}/package`, counsel, undefined, use)).text).toBe('a copy');
  const link = await call('POST', `/v1/requests/${id}/package/link`, agent, {});
  expect(link.status, link.text).toBe(201);
});
