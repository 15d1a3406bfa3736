import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';

/** What stays although the person asked, over HTTP: entered by one, approved by another, said in the plan. */
const crm = 'store:sqlite:/data/crm.db/main.customers';
const books = 'store:sqlite:/data/crm.db/main.books';
const tax = { code: 'eu-gdpr:JustificationA17LegallyRequired', basis: 'fiscal code', reviewAt: '2034-01-01' };

let api: TestApi;
let agent: string;
let dpo: string;
let id: string;

beforeAll(async () => {
  api = await openTestApi();
  agent = await api.bearer(api.acme, 'requests:read', 'requests:write', 'governance:write');
  dpo = await api.bearer(api.acme, 'requests:read', 'requests:write', 'requests:approve');
  for (const node of [crm, books]) await call('PUT', '/v1/stores', { id: node, title: node, connector: 'sqlite' });
  const { json } = await call('POST', '/v1/requests', {
    type: 'erasure',
    receivedAt: new Date(Date.now() - 1_000).toISOString(),
    identifiers: [{ type: 'email', value: 'ada.taxed@example.com' }],
  });
  id = json.id;
  const identity = { result: 'verified', method: 'account_login', assurance: 'high' };
  await call('POST', `/v1/requests/${id}/identity`, identity);
});
afterAll(() => api.close());

async function call(method: string, path: string, body?: object, bearer = agent) {
  const response = await api.app.request(path, {
    method,
    headers: { authorization: `Bearer ${bearer}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, json: text.startsWith('{') ? JSON.parse(text) : null };
}
const put = (items: object[], bearer = agent, replaces?: string) =>
  call('PUT', `/v1/requests/${id}/exemptions`, { items, ...(replaces && { replaces }) }, bearer);

test('an exemption entered before the plan is in it, and one entered after makes another plan', async () => {
  const before = await put([{ node: books, ...tax }]);
  expect(before.json).toMatchObject({ state: 'assessing', planHash: null, items: [{ node: books, categories: [] }] });
  await call('POST', `/v1/requests/${id}/plan`);
  const plan = (await call('GET', `/v1/requests/${id}/plan`)).json;
  expect(plan.exemptions).toEqual(before.json.items);
  expect(plan.exemptionsHash).toBe(before.json.hash);
  const part = { node: crm, categories: ['user.financial'], from: '2020-01-01', ...tax };
  const after = await put([{ node: books, ...tax }, part], dpo, plan.exemptionsHash);
  expect((await put([], agent, plan.exemptionsHash)).json).toMatchObject({ status: 409, code: 'conflict' });
  expect(after.json.planHash).not.toBe(plan.hash);
  expect(after.json.items.map(({ by }: { by: string }) => by)).toEqual([
    plan.exemptions[0].by,
    expect.not.stringMatching(plan.exemptions[0].by),
  ]);
  // Planning again finds the same and changes nothing.
  await call('POST', `/v1/requests/${id}/plan`);
  expect((await call('GET', `/v1/requests/${id}`)).json.planHash).toBe(after.json.planHash);
  const approved = await call('POST', `/v1/requests/${id}/approve`, { planHash: after.json.planHash }, dpo);
  expect(approved).toMatchObject({ status: 403, json: { facts: { reason: 'four_eyes' } } });
});

test('what names somebody is neither kept nor said again', async () => {
  for (const said of ['mail.of.ada@example.com', '+49 170 1234567']) {
    for (const wrong of [{ node: `store:${said}/x` }, { node: said }, { node: books, basis: `ask ${said}` }]) {
      const given = { ...tax, ...wrong };
      const answer = await put([given]);
      expect(answer.status, JSON.stringify(wrong)).toBe(400);
      expect(answer.text).not.toContain(said);
    }
  }
  const trail = await api.deps.audit.entries(api.acme.id, { afterIndex: -1, limit: 1_000, requestId: id });
  expect(JSON.stringify(trail)).not.toContain('1234567');
});

test('a place that the plan does not have, a range that ends before it begins and an unknown code are refused', async () => {
  for (const wrong of [{ node: 'store:nowhere/x' }, { from: '2021-01-01', to: '2020-01-01' }, { code: 'because' }]) {
    const given = Object.assign({ node: books, ...tax }, wrong);
    expect((await put([given])).status, JSON.stringify(wrong)).toBe(400);
  }
  expect((await put([{ node: 'vestige:telemetry', ...tax }])).status).toBeGreaterThanOrEqual(400);
});
