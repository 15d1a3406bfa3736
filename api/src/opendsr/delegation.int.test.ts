import { createPrivateKey, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { signedHeaders } from '@vestige/core/opendsr/signature';
import { buildPlan } from '@vestige/core/request/plan';
import { processorCertificates } from '@vestige/outbound/processor-certificate';
import { openAuthority, type TestAuthority, type TestCertificate } from '@vestige/outbound/testing/certificates';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import type { ApiEnv } from '../http/env.ts';
import { taskLimits } from '../requests/task-limits.ts';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';

/** Work handed to a processor that calls back, is asked, contradicts itself, is impersonated, or says nothing. */
const DOMAIN = 'opendsr.processor.example';
const NODE = 'recipient:processor.example';

let authority: TestAuthority;
let signing: TestCertificate;
let processor: Server;
let baseUrl: string;
let api: TestApi;
let app: OpenAPIHono<ApiEnv>;
let worker: string;
let clock = Date.parse('2026-06-01T10:00:00Z');
const now = () => new Date(clock);
const by = (actor: string) => ({ actor, now: now() });

beforeAll(async () => {
  authority = openAuthority();
  signing = authority.issue({ names: [`DNS:${DOMAIN}`] });
  const tls = authority.issue({ names: [`DNS:${DOMAIN}`] });
  processor = createServer({ cert: tls.certificate, key: tls.key }, (request, response) => {
    if (request.url === '/v2/cert.pem') return void response.end(signing.certificate);
    const processor_certificate = `${baseUrl}/cert.pem`;
    const body = {
      api_version: '2.0',
      supported_identities: [],
      supported_subject_request_types: [],
      processor_certificate,
    };
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => processor.listen(0, '127.0.0.1', resolve));
  baseUrl = `https://${DOMAIN}:${(processor.address() as AddressInfo).port}/v2`;
  api = await openTestApi({ now });
  const reach = {
    privateHosts: [DOMAIN],
    extraAuthorities: [authority.certificate],
    resolve: async () => ['127.0.0.1'],
  };
  app = createApp(
    api.deps,
    null,
    processorCertificates(reach, () => new Date()),
  );
  worker = await api.bearer(api.acme, 'tasks:work');
});
afterAll(async () => {
  await api.close();
  await new Promise((resolve) => processor.close(resolve));
  authority.cleanUp();
});

/** A request whose one outside task was handed over, as a worker reports it. */
async function handed() {
  const { requests } = api.deps;
  const tenant = api.acme.id;
  const filing = {
    type: 'erasure',
    regime: 'gdpr',
    receivedAt: now(),
    ground: null,
    tokens: [],
    subjectIds: [],
  } as const;
  const identifiers = [{ type: 'email', value: 'jane@example.com' }];
  const { id } = await requests.file(tenant, { ...filing, identifiers }, by('key:filer'));
  await requests.decide(
    tenant,
    id,
    { event: 'verify_identity', method: 'in_person', assurance: 'high' },
    by('key:officer'),
  );
  const recipients = [{ party: 'processor', node: NODE }];
  const seen = { firstDisclosed: now().toISOString(), lastDisclosed: now().toISOString(), count: 1 };
  const plan = buildPlan({
    type: 'erasure',
    lineage: {
      edges: [],
      residency: [],
      recipients: recipients.map((each) => ({
        ...each,
        ...seen,
        categories: [],
        purposes: [],
        country: null,
        via: [],
      })),
      completeness: { truncated: false },
    },
    registered: [{ id: NODE, connector: 'opendsr' }],
    parties: new Set(['processor']),
    aliases: { count: 0, commitment: `sha256:${'0'.repeat(64)}` },
  });
  const draft = { plan, subjectIds: [randomUUID()], aliasTokens: [], recordRefs: new Map(), recipients };
  const { planHash } = await requests.putPlan(tenant, id, draft, by('system:workflow'));
  await requests.decide(tenant, id, { event: 'approve', planHash: planHash ?? '' }, by('key:officer'));
  await requests.noteSuppression(tenant, id, { step: 'sent', version: 1, erasedBefore: now() }, by('system:workflow'));
  await requests.noteSuppression(tenant, id, { step: 'acknowledged', tailUntil: now() }, by('system:workflow'));
  await requests.noteSuppression(tenant, id, { step: 'done' }, by('system:workflow'));
  await requests.start(tenant, id, by('system:workflow'));
  await requests.sweep(tenant, id, () => true, taskLimits(), by('system:workflow'));
  const claimed = await call('POST', '/v1/tasks/claim', { stores: [NODE], max: 10, leaseSeconds: 60, worker: 'w' });
  const task = claimed.json.tasks.find((each: { requestId: string }) => each.requestId === id);
  const reference = randomUUID();
  const callbackUrl = `https://vestige.example/opendsr/callbacks/${tenant}/${task.id}`;
  const result = {
    fence: task.fence,
    found: 0,
    erased: 0,
    residual: 0,
    method: 'opendsr',
    evidenceDigest: `sha256:${'a'.repeat(64)}`,
    searched: false,
    cannotErase: [],
    handed: {
      channel: 'opendsr',
      processor: DOMAIN,
      baseUrl,
      reference,
      expectedAt: new Date(clock + 10 * 86_400_000).toISOString(),
      callbackUrl,
    },
  };
  const reported = await call('POST', `/v1/tasks/${task.id}/result`, result);
  expect(reported.json.state, reported.text).toBe('delegated');
  return { id, taskId: task.id as string, reference, callbackUrl, result };
}

async function call(method: string, path: string, body?: object, bearer = worker) {
  const response = await app.request(path, {
    method,
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, json: text === '' ? null : JSON.parse(text) };
}

type Handed = Awaited<ReturnType<typeof handed>>;
const bodyFor = ({ reference, callbackUrl }: Handed, request_status: string, more: object = {}) => ({
  controller_id: 'acme',
  expected_completion_time: '2026-06-20T00:00:00Z',
  status_callback_url: callbackUrl,
  subject_request_id: reference,
  request_status,
  ...more,
});
async function callBack(
  work: Handed,
  body: object,
  how: { key?: string; domain?: string; raw?: string; path?: string } = {},
) {
  const signed = Buffer.from(JSON.stringify(body));
  const headers = signedHeaders(signed, how.domain ?? DOMAIN, createPrivateKey(how.key ?? signing.key));
  const path = how.path ?? new URL(work.callbackUrl).pathname;
  const response = await app.request(path, { method: 'POST', headers, body: how.raw ?? signed });
  expect(await response.text()).toBe('');
  return response.status;
}
const delegation = (work: Handed) => api.deps.delegations.find(api.acme.id, work.taskId);
const notice = async (work: Handed) => (await api.deps.notices.notices(api.acme.id, work.id))[0];

test('a callback and an answer to a question end in the same place, once', async () => {
  const [called, asked] = [await handed(), await handed()];
  expect((await notice(called))?.acknowledged ?? null).toBeNull();

  expect(await callBack(called, bodyFor(called, 'in_progress'))).toBe(202);
  expect(await delegation(called)).toMatchObject({ heard: 'working', expectedAt: new Date('2026-06-20T00:00:00Z') });
  expect(await callBack(called, bodyFor(called, 'completed'))).toBe(202);
  expect(await callBack(called, bodyFor(called, 'completed'))).toBe(202);
  const said = { heard: 'attested', expectedAt: '2026-06-20T00:00:00.000Z' };
  expect((await call('POST', `/v1/delegations/${asked.taskId}/heard`, said)).json.heard).toBe('attested');
  expect((await call('POST', `/v1/delegations/${called.taskId}/heard`, said)).json.heard).toBe('attested');

  for (const work of [called, asked]) {
    expect((await delegation(work))?.heard).toBe('attested');
    // Its word reaches the notice; the task is still delegated, not verified.
    expect(await notice(work)).toMatchObject({ acknowledged: { as: 'completed' } });
    expect(await api.deps.requests.task(api.acme.id, work.taskId)).toMatchObject({
      state: 'delegated',
      verifiedBy: null,
    });
    const trail = await api.deps.audit.entries(api.acme.id, { afterIndex: -1, limit: 1_000, requestId: work.id });
    expect(trail.filter(({ type }) => type === 'delegation.attested')).toHaveLength(1);
  }
});

test('a processor cannot take back what it answered, and a refusal beside completed is a refusal', async () => {
  const work = await handed();
  const refused = bodyFor(work, 'completed', { extensions: { [DOMAIN]: { outcome: 'refused' } } });
  expect(await callBack(work, refused)).toBe(202);
  expect(await callBack(work, bodyFor(work, 'completed'))).toBe(202);
  expect((await delegation(work))?.heard).toBe('refused');
  expect((await notice(work))?.acknowledged).toMatchObject({ as: 'refused' });
});

test('whoever is not the processor changes nothing', async () => {
  const work = await handed();
  const good = bodyFor(work, 'completed');
  const stranger = authority.issue({ names: ['DNS:opendsr.stranger.example'] });
  const tries: [string, Parameters<typeof callBack>[2], object, number][] = [
    ['another domain', { domain: 'opendsr.stranger.example', key: stranger.key }, good, 401],
    ['another key in its name', { key: stranger.key }, good, 400],
    ['a body changed after signing', { raw: JSON.stringify(good).replace('acme', 'evil') }, good, 400],
    ['no JSON', { raw: '' }, good, 400],
    ['a callback URL of somebody else', {}, { ...good, status_callback_url: 'https://elsewhere.example/' }, 400],
    ['another request', {}, { ...good, subject_request_id: randomUUID() }, 400],
    ['an unknown task', { path: `/opendsr/callbacks/${api.acme.id}/${randomUUID()}` }, good, 401],
    ['another tenant', { path: `/opendsr/callbacks/${api.rival.id}/${work.taskId}` }, good, 401],
    ['no tenant', { path: `/opendsr/callbacks/x/${work.taskId}` }, good, 401],
  ];
  for (const [name, how, body, status] of tries) expect(await callBack(work, body, how), name).toBe(status);
  expect((await delegation(work))?.heard).toBe('working');
});

test('a processor with a new certificate is believed, one with a stranger’s is not', async () => {
  const work = await handed();
  expect(await callBack(work, bodyFor(work, 'in_progress'))).toBe(202);
  signing = authority.issue({ names: [`DNS:${DOMAIN}`] });
  expect(await callBack(work, bodyFor(work, 'completed'))).toBe(202);
  const other = openAuthority('Stranger');
  signing = other.issue({ names: [`DNS:${DOMAIN}`] });
  const next = await handed();
  expect(await callBack(next, bodyFor(next, 'completed'))).toBe(401);
  other.cleanUp();
  signing = authority.issue({ names: [`DNS:${DOMAIN}`] });
});

test('a silent processor is told about before the deadline, and no longer waited for after it', async () => {
  const work = await handed();
  const { id } = work;
  const elapse = () => api.deps.delegations.elapse(api.acme.id, id, by('system:workflow'));
  const start = clock;
  const due = (await delegation(work))?.dueAt.getTime() ?? 0;
  expect(await elapse()).toBe(1);
  const findings = async () =>
    (await api.deps.findings.findings(api.acme.id, { type: 'delegation.silent', after: null, limit: 100 })).filter(
      ({ details }) => details['requestId'] === id,
    );
  expect(await findings()).toEqual([]);
  for (const part of [0.5, 0.75, 0.9]) {
    clock = start + (due - start) * part;
    expect(await elapse()).toBe(1);
    expect(await findings()).toMatchObject([
      { details: { escalated: part * 100, processor: DOMAIN, heard: 'working' } },
    ]);
  }
  clock = due;
  expect(await elapse()).toBe(0);
  expect(await findings()).toMatchObject([{ details: { heard: 'silent' } }]);
  // Late is better than never: it is recorded, and the notice says so.
  expect(await callBack(work, bodyFor(work, 'completed'))).toBe(202);
  expect(await notice(work)).toMatchObject({ acknowledged: { as: 'completed' } });
  clock = start;
});

test('a worker asks for its own nodes only, and one of another tenant for none', async () => {
  const work = await handed();
  const awaited = async (stores: string[], bearer = worker) =>
    (await call('POST', '/v1/delegations/awaited', { stores, max: 100 }, bearer)).json.items.map(
      ({ taskId }: { taskId: string }) => taskId,
    );
  expect(await awaited([NODE])).toContain(work.taskId);
  expect(await awaited(['recipient:*'])).toContain(work.taskId);
  expect(await awaited(['store:*'])).toEqual([]);
  const rival = await api.bearer(api.rival, 'tasks:work');
  expect(await awaited(['recipient:*'], rival)).toEqual([]);
  const said = { heard: 'attested', expectedAt: '2026-06-20T00:00:00.000Z' };
  expect((await call('POST', `/v1/delegations/${work.taskId}/heard`, said, rival)).status).toBe(404);
});

test('only an erasure that is being carried out can be handed over', async () => {
  const work = await handed();
  // The lease ended with the report; a second one is a stranger's.
  expect((await call('POST', `/v1/tasks/${work.taskId}/result`, work.result)).json.code).toBe('fence_lost');
  const insecure = { ...work.result, handed: { ...work.result.handed, baseUrl: 'http://processor.example' } };
  expect((await call('POST', `/v1/tasks/${work.taskId}/result`, insecure)).status).toBe(400);
});
