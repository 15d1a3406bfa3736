import { randomUUID } from 'node:crypto';
import { buildPlan } from '@vestige/core/request/plan';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';

let api: TestApi;
let filer: string;
let officer: string;
const at = '2026-06-01T10:00:00.000Z';

beforeAll(async () => {
  api = await openTestApi();
  filer = await api.bearer(api.acme, 'requests:read', 'requests:write', 'governance:read', 'governance:write');
  officer = await api.bearer(api.acme, 'requests:read', 'requests:approve');
  const party = {
    id: 'mail-company',
    legalName: 'Mail Company Ltd',
    role: 'processor',
    country: 'IE',
    contact: 'dpo by post',
  };
  expect(
    (await call('PUT', '/v1/parties', { ...party, transferMechanism: null, hosts: ['mail.example'] })).status,
  ).toBe(200);
});
afterAll(() => api.close());

async function call(method: string, path: string, json?: unknown, bearer = filer, purpose = 'the person asked') {
  const response = await api.app.request(path, {
    method,
    headers: {
      authorization: `Bearer ${bearer}`,
      ...(purpose && { 'vestige-purpose': purpose }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  const answer: any = await response.json().catch(() => null);
  return { status: response.status, json: answer };
}

const RECIPIENTS = [
  { party: 'mail-company', node: 'recipient:mail.example' },
  { party: 'mail-company', node: 'recipient:bulk.example' },
  { party: 'llm.example', node: 'model:llm/large@llm.example' },
];

/** A planned erasure of somebody whose data went to two companies. */
async function planned(): Promise<string> {
  const identifiers = [{ type: 'email', value: 'jane@example.com' }];
  const filed = await call('POST', '/v1/requests', { type: 'erasure', receivedAt: at, identifiers });
  const id = filed.json.id as string;
  await call('POST', `/v1/requests/${id}/identity`, { result: 'verified', method: 'in_person', assurance: 'high' });
  const plan = buildPlan({
    type: 'erasure',
    lineage: null,
    registered: [],
    parties: new Set(),
    aliases: { count: 0, commitment: `sha256:${'0'.repeat(64)}` },
  });
  const draft = { plan, subjectIds: [randomUUID()], aliasTokens: [], recordRefs: new Map(), recipients: RECIPIENTS };
  await api.deps.requests.putPlan(api.acme.id, id, draft, { actor: 'system:workflow', now: new Date() });
  return id;
}

const recipientsOf = async (id: string) => (await call('GET', `/v1/requests/${id}/recipients`)).json.items;

test('the person can be told who received the data, by the name of the company', async () => {
  const id = await planned();
  expect(await recipientsOf(id)).toMatchObject([
    { party: 'llm.example', legalName: null, state: 'owed', nodes: ['model:llm/large@llm.example'] },
    { party: 'mail-company', legalName: 'Mail Company Ltd', country: 'IE', contact: 'dpo by post', state: 'owed' },
  ]);
  expect((await recipientsOf(id))[1].nodes).toHaveLength(2);
});

test('looking at the list needs a purpose and is in the trail', async () => {
  const id = await planned();
  const look = await call('GET', `/v1/requests/${id}/recipients`, undefined, filer, '');
  expect(look).toMatchObject({ status: 400, json: { code: 'purpose_required' } });
  await recipientsOf(id);
  const trail = await api.deps.audit.entries(api.acme.id, { afterIndex: -1, limit: 1_000, requestId: id });
  expect(trail.filter(({ type }) => type === 'subject.recipients_read')).toMatchObject([
    { purpose: 'the person asked' },
  ]);
});

test('a notice goes out, is answered, or is excused by a second person', async () => {
  const id = await planned();
  const path = (party: string, what: string) => `/v1/requests/${id}/recipients/${party}/${what}`;
  const sent = { channel: 'letter', sentAt: '2026-06-02T00:00:00Z' };
  expect(await call('POST', path('mail-company', 'notice'), sent)).toMatchObject({
    json: { state: 'sent', channel: 'letter' },
  });
  const answered = { acknowledgement: 'received', at: '2026-06-03T00:00:00Z' };
  expect(await call('POST', path('mail-company', 'acknowledgement'), answered)).toMatchObject({
    json: { state: 'acknowledged', acknowledgement: 'received' },
  });
  const excuse = { code: 'disproportionate', basis: 'thousands of keys' };
  expect((await call('POST', path('llm.example', 'excuse'), excuse)).status).toBe(403);
  expect(await call('POST', path('llm.example', 'excuse'), excuse, officer)).toMatchObject({
    json: { state: 'excused', excuse },
  });
});

test('what makes no sense is refused', async () => {
  const id = await planned();
  const path = (party: string, what: string) => `/v1/requests/${id}/recipients/${party}/${what}`;
  const sent = { channel: 'letter', sentAt: '2026-06-02T00:00:00Z' };
  expect((await call('POST', path('nobody', 'notice'), sent)).status).toBe(404);
  expect((await call('POST', path('mail-company', 'notice'), { ...sent, sentAt: '2999-01-01T00:00:00Z' })).status).toBe(
    400,
  );
  expect((await call('POST', path('mail-company', 'notice'), { ...sent, channel: 'pigeon' })).status).toBe(400);
  expect(
    (await call('POST', path('mail-company', 'acknowledgement'), { acknowledgement: 'received', at })).status,
  ).toBe(409);
  const excuse = { code: 'unwilling', basis: 'no time' };
  expect((await call('POST', path('mail-company', 'excuse'), excuse, officer)).status).toBe(400);
  const named = { code: 'impossible', basis: 'only jane@example.com knows' };
  expect((await call('POST', path('mail-company', 'excuse'), named, officer)).status).toBe(400);
});

test('a hold is shown with the recipient, and its end puts the notice on the list of what to send again', async () => {
  const id = await planned();
  const sent = { channel: 'email', sentAt: '2026-06-02T00:00:00Z' };
  await call('POST', `/v1/requests/${id}/recipients/mail-company/notice`, sent);
  const hold = { party: 'mail-company', since: '2026-06-01', matter: 'order 7 of a court' };
  expect((await call('POST', '/v1/recipient-holds', hold)).status).toBe(201);
  expect((await call('POST', '/v1/recipient-holds', hold)).status).toBe(409);
  expect((await recipientsOf(id))[1].hold).toEqual({ since: '2026-06-01', matter: 'order 7 of a court' });

  const lifted = await call('POST', '/v1/recipient-holds/lift', { party: 'mail-company', liftedOn: '2026-07-01' });
  expect(lifted.json.again).toBeGreaterThan(0);
  const again = (await call('GET', '/v1/recipient-notices/again')).json.items;
  expect(again.map(({ requestId }: { requestId: string }) => requestId)).toContain(id);
  expect((await recipientsOf(id))[1]).toMatchObject({ hold: null, againSince: expect.any(String) });
});
