import { createHash, randomUUID, X509Certificate } from 'node:crypto';
import type { IncomingMessage, Server as PlainServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { certificateFor } from '@vestige/core/opendsr/certificate';
import { CallbackBody, CreatedAnswer, DiscoveryAnswer, StatusAnswer } from '@vestige/core/opendsr/messages';
import { readSignedHeaders, signatureHolds } from '@vestige/core/opendsr/signature';
import { Secret } from '@vestige/core/secret';
import { openAuthority, type TestAuthority } from '@vestige/outbound/testing/certificates';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';
import { tellControllers } from './callback-loop.ts';
import { type OpendsrIdentity, opendsrIdentity } from './identity.ts';

/**
 * What a controller that follows the specification meets, call by call, over real HTTP; the controller's own callback
 * endpoint is a real server with a certificate of its own.
 */
const DOMAIN = 'opendsr.vestige.example';
const HOOK_HOST = 'controller.example.com';
const JANE = 'jane.opendsr@example.com';

let authority: TestAuthority;
let identity: OpendsrIdentity;
let api: TestApi;
let base: string;
let closeApi: () => Promise<void>;
let key: string;
let controller: Server;
let hook: string;
let clock = Date.now();
const heard: { body: Buffer; headers: IncomingMessage['headers'] }[] = [];
let hookStatus = 202;

beforeAll(async () => {
  authority = openAuthority();
  const own = authority.issue({ names: [`DNS:${DOMAIN}`], key: 'rsa' });
  identity = opendsrIdentity(DOMAIN, { certificate: own.certificate, key: new Secret(own.key) }, new Date());
  api = await openTestApi({ now: () => new Date(clock) });
  // Without the server's own loop: these tests say when controllers are called.
  const served = createAdaptorServer({ fetch: createApp(api.deps, identity).fetch }) as PlainServer;
  await new Promise<void>((resolve) => served.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(served.address() as AddressInfo).port}/opendsr/v2`;
  closeApi = () => new Promise((resolve) => served.close(() => resolve()));
  key = await api.bearer(api.acme);
  const { certificate, key: hookKey } = authority.issue({ names: [`DNS:${HOOK_HOST}`] });
  controller = createServer({ cert: certificate, key: hookKey }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    heard.push({ body: Buffer.concat(chunks), headers: request.headers });
    response.writeHead(hookStatus).end();
  });
  await new Promise<void>((resolve) => controller.listen(0, '127.0.0.1', resolve));
  hook = `https://${HOOK_HOST}:${(controller.address() as AddressInfo).port}/opendsr_callbacks`;
  await settings({});
});
afterAll(async () => {
  await closeApi();
  await api.close();
  await new Promise((resolve) => controller.close(resolve));
  authority.cleanUp();
});

const basic = (secret: string) => `Basic ${Buffer.from(`acme:${secret}`).toString('base64')}`;
const settings = (more: object) =>
  api.deps.opendsr.putSettings(
    api.acme.id,
    { hashedIdentities: false, controllerIdentifies: false, callbackHosts: [HOOK_HOST], ...more },
    { type: 'policy.put', actor: 'key:test', object: { kind: 'policy', id: 'opendsr' } },
  );
const tell = () =>
  tellControllers(api.deps, identity, {
    policy: {
      privateHosts: [HOOK_HOST],
      extraAuthorities: [authority.certificate],
      resolve: async () => ['127.0.0.1'],
    },
  });

const asked = (more: object = {}) => ({
  regulation: 'gdpr',
  subject_request_id: randomUUID(),
  subject_request_type: 'erasure',
  submitted_time: '2026-01-02T15:00:00Z',
  subject_identities: [{ identity_type: 'email', identity_value: JANE, identity_format: 'raw' }],
  api_version: '2.0',
  ...more,
});

/** Any call; checks the signature over the raw bytes, as a controller has to before it reads them. */
async function call(method: string, path: string, body?: string | object, authorization = basic(key)) {
  const response = await fetch(base + path, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const raw = Buffer.from(await response.arrayBuffer());
  const { domain, signature } = readSignedHeaders((name) => response.headers.get(name));
  expect(domain).toBe(DOMAIN);
  expect(signatureHolds(raw, signature ?? '', new X509Certificate(identity.certificate))).toBe(true);
  expect(response.headers.get('x-opengdpr-signature')).toBe(response.headers.get('x-opendsr-signature'));
  return { status: response.status, json: JSON.parse(raw.toString('utf8')), raw };
}
const file = async (more: object = {}) => {
  const body = asked(more);
  const answer = await call('POST', '/requests', body);
  expect(answer.status, answer.raw.toString()).toBe(201);
  const row = await api.deps.opendsr.find(api.acme.id, body.subject_request_id);
  return { id: body.subject_request_id, requestId: row?.requestId ?? '', answer };
};
const by = (actor = 'key:officer') => ({ actor, now: new Date(clock) });

test('discovery is open, signed, and names a certificate on the same domain that holds', async () => {
  const response = await fetch(`${base}/discovery`);
  const raw = Buffer.from(await response.arrayBuffer());
  const found = DiscoveryAnswer.parse(JSON.parse(raw.toString()));
  expect(new URL(found.processor_certificate).hostname).toBe(DOMAIN);
  expect(found.supported_subject_request_types).toEqual(['access', 'portability', 'erasure']);
  expect(found.supported_identities.every(({ identity_format }) => identity_format === 'raw')).toBe(true);

  const pem = await (await fetch(base.replace('/v2', '/certificate.pem'))).text();
  const certificate = certificateFor(pem, DOMAIN, new Date(), [authority.certificate]);
  if (typeof certificate === 'string') throw new Error(certificate);
  expect(signatureHolds(raw, response.headers.get('x-opendsr-signature') ?? '', certificate)).toBe(true);
});

test('a request is taken with 201, its own bytes in base64, and our request behind it', async () => {
  const body = asked();
  const text = JSON.stringify(body, null, 2);
  const { status, json } = await call('POST', '/requests', text);

  expect(status).toBe(201);
  const created = CreatedAnswer.parse(json);
  expect(Buffer.from(created.encoded_request, 'base64').toString()).toBe(text);
  expect(created.subject_request_id).toBe(body.subject_request_id);
  const row = await api.deps.opendsr.find(api.acme.id, body.subject_request_id);
  const request = await api.deps.requests.request(api.acme.id, row?.requestId ?? '');
  // The clock runs from the person's request, not from ours.
  expect(request).toMatchObject({ type: 'erasure', state: 'received', receivedAt: new Date('2026-01-02T15:00:00Z') });
  expect(await api.deps.requests.selectors(api.acme.id, row?.requestId ?? '')).toMatchObject({
    identifiers: [{ type: 'email', value: JANE }],
  });
});

test('the same request sent again, also at once, is one request', async () => {
  const body = asked();
  const answers = await Promise.all([1, 2, 3].map(() => call('POST', '/requests', body)));
  // Who comes while the first is being taken is told to try again.
  expect(answers.every(({ status }) => status === 201 || status === 503)).toBe(true);
  expect((await call('POST', '/requests', body)).status).toBe(201);
  const all = await api.deps.requests.requests(api.acme.id, { after: null, limit: 1_000 });
  const row = await api.deps.opendsr.find(api.acme.id, body.subject_request_id);
  expect(all.filter(({ id }) => id === row?.requestId)).toHaveLength(1);

  const other = { ...body, subject_identities: [{ ...body.subject_identities[0], identity_value: 'b@example.com' }] };
  expect(await call('POST', '/requests', other)).toMatchObject({ status: 400 });
});

test.each([
  ['no identities', { subject_identities: undefined }],
  ['an empty list of identities', { subject_identities: [] }],
  ['an unknown type', { subject_request_type: 'rectification' }],
  ['an upper-case id', { subject_request_id: randomUUID().toUpperCase() }],
  ['an id that is no v4', { subject_request_id: '00000000-0000-1000-8000-000000000000' }],
  ['a time in the future', { submitted_time: '2999-01-01T00:00:00Z' }],
  ['a time that is none', { submitted_time: JANE }],
  ['md5', { subject_identities: [{ identity_type: 'email', identity_value: 'a'.repeat(32), identity_format: 'md5' }] }],
  ['a callback to a host nobody allowed', { status_callback_urls: ['https://evil.example/x'] }],
  ['a callback in the clear', { status_callback_urls: [`http://${HOOK_HOST}/x`] }],
  ['a callback to metadata', { status_callback_urls: ['https://169.254.169.254/latest'] }],
  ['a callback that names the person', { status_callback_urls: [`https://${HOOK_HOST}/cb?who=${JANE}`] }],
])('%s is refused with 400 and without a word of the identity', async (_name, more) => {
  const { status, json, raw } = await call('POST', '/requests', asked(more));

  expect(status).toBe(400);
  expect(json.error.code).toBe(400);
  expect(json.error.errors[0]).toEqual({
    domain: 'opendsr',
    reason: expect.any(String),
    message: expect.any(String),
  });
  expect(raw.toString()).not.toContain('jane');
  expect(raw.toString()).not.toContain('aaaa');
});

test('the specification’s own example is refused for its comma, and taken without it, though it names no regulation', async () => {
  const { regulation: _, ...rest } = asked();
  const text = JSON.stringify({ ...rest, extensions: { 'example-processor.com': { foo: 1 } } });
  const broken = text.replace('"foo":1', '"foo":1,');
  expect(await call('POST', '/requests', broken)).toMatchObject({
    status: 400,
    json: { error: { errors: [{ reason: 'malformed_json' }] } },
  });
  expect((await call('POST', '/requests', text)).status).toBe(201);
});

test('digests are taken once the tenant says so, as identifiers of their own', async () => {
  await settings({ hashedIdentities: true });
  const digest = createHash('sha256').update(JANE).digest('hex');
  const identity = { identity_type: 'email', identity_value: digest.toUpperCase(), identity_format: 'sha256' };
  const { requestId } = await file({ subject_identities: [identity] });
  const { identifiers } = await api.deps.requests.selectors(api.acme.id, requestId);
  expect(identifiers).toEqual([{ type: 'email_sha256', value: digest }]);
  const short = { ...identity, identity_value: digest.slice(1) };
  expect((await call('POST', '/requests', asked({ subject_identities: [short] }))).status).toBe(400);
  await settings({});
});

test('status answers under every name the protocol ever had for it', async () => {
  const { id } = await file();
  for (const path of [
    `/requests/${id}`,
    `/requests/${id}/status`,
    `/status/${id}`,
    `/opengdpr_requests/${id}`,
    `/../v1/opengdpr_requests/${id}`,
  ]) {
    const { status, json } = await call('GET', path);
    expect(status, path).toBe(200);
    expect(StatusAnswer.parse(json)).toMatchObject({ subject_request_id: id, request_status: 'pending' });
  }
  expect((await call('POST', '/opengdpr_requests', asked())).status).toBe(201);
  expect((await call('GET', `/requests/${randomUUID()}`)).status).toBe(404);
  expect((await call('GET', '/requests/not-a-uuid')).status).toBe(400);
});

test('a pending request is cancelled with 202, as often as asked; a running one is not', async () => {
  const { id, requestId } = await file();
  expect(await call('DELETE', `/requests/${id}`)).toMatchObject({ status: 202, json: { subject_request_id: id } });
  expect((await call('DELETE', `/requests/${id}`)).status).toBe(202);
  expect((await call('GET', `/requests/${id}`)).json.request_status).toBe('cancelled');
  expect(await api.deps.requests.request(api.acme.id, requestId)).toMatchObject({ state: 'withdrawn' });

  const running = await file();
  const refusal = { code: 'eu-gdpr:JustificationA12ManifestlyUnfounded', complaintAuthority: 'Authority' };
  await api.deps.requests.refuse(api.acme.id, running.requestId, refusal, by());
  expect((await call('DELETE', `/requests/${running.id}`)).status).toBe(400);
});

test('a refusal is completed with the reason beside it, because the protocol has no word for it', async () => {
  const { id, requestId } = await file({ subject_request_type: 'access' });
  const refusal = { code: 'eu-gdpr:JustificationA12ManifestlyUnfounded', complaintAuthority: 'Authority of X' };
  await api.deps.requests.refuse(api.acme.id, requestId, refusal, by());

  const { json } = await call('GET', `/requests/${id}`);
  expect(json).toMatchObject({
    request_status: 'completed',
    extensions: { [DOMAIN]: { outcome: 'refused', reason: refusal.code, complaint_authority: 'Authority of X' } },
  });
  expect(json.results_url).toBeUndefined();
});

test('an overdue request stays pending or in progress, and is expected later again', async () => {
  const { id } = await file();
  const before = clock;
  clock = Date.parse('2027-06-01T00:00:00Z');
  const { json } = await call('GET', `/requests/${id}`);
  expect(json.request_status).toBe('pending');
  expect(Date.parse(json.expected_completion_time)).toBeGreaterThan(clock);
  clock = before;
});

test('where the controller identifies the person, its request needs no identity step', async () => {
  await settings({ controllerIdentifies: true });
  const { requestId } = await file();
  expect(await api.deps.requests.request(api.acme.id, requestId)).toMatchObject({
    state: 'assessing',
    identity: { method: 'signed_call' },
  });
  await settings({});
});

test('where its word is not enough for the type, the request is taken once and waits for the person to be identified', async () => {
  const policy = await api.deps.requests.policy(api.acme.id);
  const requiredAssurance = { ...policy.identity.requiredAssurance, erasure: 'high' as const };
  const by = { actor: 'key:test', now: new Date(clock) };
  await api.deps.requests.putPolicy(
    api.acme.id,
    { ...policy, identity: { ...policy.identity, requiredAssurance } },
    by,
  );
  await settings({ controllerIdentifies: true });
  const { requestId } = await file();
  expect(await api.deps.requests.request(api.acme.id, requestId)).toMatchObject({ state: 'received', identity: null });
  await settings({});
  await api.deps.requests.putPolicy(api.acme.id, policy, by);
});

test('every change is called back, signed over its bytes, and again until it is taken', async () => {
  const { id, requestId } = await file({ status_callback_urls: [hook] });
  const of = () => heard.filter(({ body }) => body.includes(id));
  hookStatus = 500;
  await tell();
  expect(of()).toHaveLength(1);
  await tell();
  // Not before its time: the delay grows.
  expect(of()).toHaveLength(1);
  clock += 3_600_000;
  hookStatus = 202;
  await tell();
  await tell();
  expect(of()).toHaveLength(2);

  await api.deps.requests.decide(api.acme.id, requestId, { event: 'withdraw' }, by());
  clock += 1_000;
  await tell();
  await tell();
  expect(of().map(({ body }) => CallbackBody.parse(JSON.parse(body.toString())).request_status)).toEqual([
    'pending',
    'pending',
    'cancelled',
  ]);
  for (const { body, headers } of of()) {
    const { domain, signature } = readSignedHeaders((name) => headers[name] as string | undefined);
    expect(domain).toBe(DOMAIN);
    expect(signatureHolds(body, signature ?? '', new X509Certificate(identity.certificate))).toBe(true);
    expect(JSON.parse(body.toString()).status_callback_url).toBe(hook);
    expect(body.toString()).not.toContain('jane');
  }
});

test('a host that was taken off the list is called no more, and the callback is not lost', async () => {
  const { id } = await file({ status_callback_urls: [hook] });
  await settings({ callbackHosts: [] });
  await tell();
  expect(heard.some(({ body }) => body.includes(id))).toBe(false);
  await settings({});
  clock += 3_600_000;
  await tell();
  expect(heard.some(({ body }) => body.includes(id))).toBe(true);
});

test('nobody without a key, without the scope or of another tenant files, reads or cancels', async () => {
  const { id } = await file();
  expect((await call('GET', `/requests/${id}`, undefined, '')).status).toBe(401);
  expect((await call('GET', `/requests/${id}`, undefined, basic('vst_wrong_key'))).status).toBe(401);
  const reader = await api.bearer(api.acme, 'requests:read');
  expect((await call('GET', `/requests/${id}`, undefined, `Bearer ${reader}`)).status).toBe(200);
  expect((await call('POST', '/requests', asked(), `Bearer ${reader}`)).status).toBe(403);
  expect((await call('DELETE', `/requests/${id}`, undefined, `Bearer ${reader}`)).status).toBe(403);
  const rival = await api.bearer(api.rival);
  expect((await call('GET', `/requests/${id}`, undefined, `Bearer ${rival}`)).status).toBe(404);
  expect((await call('DELETE', `/requests/${id}`, undefined, `Bearer ${rival}`)).status).toBe(404);
});

test('no identity has reached a log', () => {
  expect(api.logged()).not.toContain('jane');
  expect(api.logged()).not.toContain(Buffer.from(JANE).toString('base64').slice(0, 20));
});
