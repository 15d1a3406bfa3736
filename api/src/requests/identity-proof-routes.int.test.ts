import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';
import { lookOnce } from './workflow.ts';

/** What a person shows to be recognised, over HTTP: who may attach, look and decide, and what is left afterwards. */
let api: TestApi;
let agent: string;
let viewer: string;
let approver: string;
let admin: string;
let aheadMs = 0;

beforeAll(async () => {
  api = await openTestApi({ now: () => new Date(Date.now() + aheadMs) });
  agent = await api.bearer(api.acme, 'requests:read', 'requests:write');
  viewer = await api.bearer(api.acme, 'requests:read');
  approver = await api.bearer(api.acme, 'requests:read', 'requests:approve');
  admin = await api.bearer(api.acme, 'governance:read', 'admin');
});
afterAll(() => api.close());

async function call(method: string, path: string, bearer: string, body?: string | object, headers: object = {}) {
  const isText = typeof body === 'string';
  const response = await api.app.request(path, {
    method,
    headers: {
      authorization: `Bearer ${bearer}`,
      'vestige-purpose': 'to decide who wrote in',
      ...(body === undefined ? {} : { 'content-type': isText ? 'text/plain' : 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, headers: response.headers, json: text.startsWith('{') && JSON.parse(text) };
}

async function filed(): Promise<string> {
  const { json } = await call('POST', '/v1/requests', agent, {
    type: 'erasure',
    receivedAt: new Date(Date.now() + aheadMs - 1_000).toISOString(),
    identifiers: [{ type: 'email', value: 'ada.shown@example.com' }],
  });
  return json.id;
}
const attach = (id: string, headers: object = {}, kind = 'knowledge') =>
  call('POST', `/v1/requests/${id}/identity-proofs?kind=${kind}&assurance=low`, agent, 'her first cat: Mitzi', headers);
const decide = (id: string, assurance: string) =>
  call('POST', `/v1/requests/${id}/identity`, agent, { result: 'verified', method: 'shared_knowledge', assurance });

test('a proof is attached, listed without content, read by who decides, and gone with the decision', async () => {
  const id = await filed();
  const added = await attach(id);
  expect(added.status, added.text).toBe(201);
  const path = `/v1/requests/${id}/identity-proofs`;
  expect((await call('GET', path, viewer)).json.items).toEqual([added.json]);

  const one = `${path}/${added.json.id}`;
  for (const bearer of [viewer, approver]) expect((await call('GET', one, bearer)).status).toBe(403);
  expect((await call('GET', one, agent, undefined, { 'vestige-purpose': '' })).json.code).toBe('purpose_required');
  const read = await call('GET', one, agent);
  expect(read.text).toBe('her first cat: Mitzi');
  // What strangers send in is handed out as a file and never as a page.
  expect(read.headers.get('content-type')).toBe('application/octet-stream');
  expect(read.headers.get('content-disposition')).toContain('attachment');

  expect((await decide(id, 'low')).json).toMatchObject({ code: 'illegal_transition' });
  expect((await call('GET', one, agent)).status).toBe(200);
  const verified = await decide(id, 'substantial');
  expect(verified.json.identity).toMatchObject({ method: 'shared_knowledge', assurance: 'substantial' });
  expect((await call('GET', one, agent)).status).toBe(404);
  expect((await call('GET', path, viewer)).json.items).toEqual([]);
  const entries = await api.deps.audit.entries(api.acme.id, { afterIndex: -1, limit: 1_000, requestId: id });
  expect(entries.filter(({ type }) => type.startsWith('identity.')).map(({ type }) => type)).toEqual([
    'identity.proof_add',
    'identity.proof_read',
    'identity.proof_read',
    'identity.proof_destroy',
  ]);
});

test('the workflow destroys what nobody decided on', async () => {
  const id = await filed();
  const { json } = await attach(id);
  aheadMs = Date.parse(json.expiresAt) - Date.now() + 1_000;
  await lookOnce(api.deps, { intervalMs: 20 }, 'test');
  const entries = await api.deps.audit.entries(api.acme.id, { afterIndex: -1, limit: 1_000, requestId: id });
  expect(entries.at(-1)).toMatchObject({ type: 'identity.proof_destroy', payload: { why: 'expired' } });
});

test('what a browser could run, what is empty and what the policy does not take is refused', async () => {
  const id = await filed();
  expect((await attach(id, { 'content-type': 'text/html' })).status).toBe(415);
  expect((await attach(id, {}, 'document')).json).toMatchObject({ code: 'conflict' });
  expect((await attach(id, {}, 'gossip')).status).toBe(400);
  const empty = await call('POST', `/v1/requests/${id}/identity-proofs?kind=knowledge&assurance=low`, agent, '');
  expect(empty.status).toBe(400);
});

test('the policy says how sure one must be, by type; leaving it out brings the protective defaults back', async () => {
  const { json: policy } = await call('GET', '/v1/request-policy', admin);
  expect(policy.identity.requiredAssurance).toMatchObject({ erasure: 'substantial', objection: 'low' });
  const identity = { ...policy.identity, requiredAssurance: { ...policy.identity.requiredAssurance, erasure: 'high' } };
  expect((await call('PUT', '/v1/request-policy', admin, { ...policy, identity })).json.identity).toEqual(identity);
  const id = await filed();
  expect((await decide(id, 'substantial')).json).toMatchObject({ facts: { reason: 'assurance_too_low' } });
  expect((await decide(id, 'high')).status).toBe(200);
  const { identity: _, ...without } = policy;
  expect((await call('PUT', '/v1/request-policy', admin, without)).json).toEqual(policy);
});
