import { SERVICES_HEARD_MAX } from '@vestige/store/events/services-heard';
import { T0_NS, tagged } from '@vestige/store/events/testing/spans';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';
import { lineageOf } from './answer.ts';
import { installationMap } from './data-map.ts';
import { exposure } from './exposure.ts';

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api?.close());

const touch = (peer: string) => [{ peer, action: 'share', rule: 'http.client' }] as const;

test('a service with a namespace is one node, whether it was called before anybody had heard of it or after', async () => {
  const { id: tenant } = api.acme;
  const at = [{ token: `ps1.k1.${'c'.repeat(22)}`, atMs: Date.now() }];
  const [subjectId = ''] = await api.deps.aliases.resolve(tenant, at);
  const span = (name: string, service: string, n: number, peer: string | null) =>
    tagged([subjectId], {
      name,
      service: `service:${service}`,
      traceId: `${n}`.padStart(32, 'a'),
      spanId: `${n}`.padStart(16, 'b'),
      startNs: T0_NS + BigInt(n) * 1_000_000_000n,
      endNs: T0_NS + BigInt(n) * 1_000_000_000n + 1_000_000n,
      touches: peer === null ? [] : touch(peer),
      recordRefs: [],
    });
  await api.deps.events.append(tenant, { spans: [span('early', 'desk', 1, 'service:billing')] });
  const nodesOf = async () => (await lineageOf(api.deps, api.acme, subjectId)).nodes.map(({ id }) => id);
  expect(await nodesOf()).toContain('service:billing');

  await api.deps.events.append(tenant, {
    spans: [span('own', 'shop/billing', 2, 'recipient:mail.example'), span('late', 'desk', 3, 'service:shop/billing')],
  });
  const nodes = await nodesOf();
  expect(nodes).toContain('service:shop/billing');
  expect(nodes).not.toContain('service:billing');
  const map = await installationMap(api.deps, api.acme, { fromUs: null, toUs: null, view: 'full' });
  expect(map.nodes.map(({ id }) => id).filter((id) => id.includes('billing'))).toEqual(['service:shop/billing']);
});

test('who was passed on to a service by its address was affected by it, where the address was registered for its name', async () => {
  const { id: tenant } = api.acme;
  const [subjectId = ''] = await api.deps.aliases.resolve(tenant, [
    { token: `ps1.k1.${'d'.repeat(22)}`, atMs: Date.now() },
  ]);
  const startNs = T0_NS + 3_600_000_000_000n;
  const when = { startNs, endNs: startNs + 1_000_000n, traceId: 'd'.repeat(32), spanId: 'd'.repeat(16) };
  const called = { ...when, name: 'by address', service: 'service:desk', touches: touch('service:10.0.0.5:8080') };
  await api.deps.events.append(tenant, { spans: [tagged([subjectId], { ...called, recordRefs: [] })] });
  const fromUs = Number(startNs / 1000n);
  const target = { node: 'service:shop/billing' };
  const question = { target, fromUs, toUs: fromUs + 60_000_000, categories: null, includeDownstream: false };
  const affected = async () => (await exposure(api.deps, api.acme, question)).answer.affected;
  expect(await affected()).toMatchObject({ people: 0 });
  const audit = { type: 'alias.put', actor: 'key:test', object: { kind: 'node_alias', id: '-' } };
  await api.deps.registry.putNodeAlias(tenant, 'service:10.0.0.5:8080', 'service:billing', audit);
  expect(await affected()).toMatchObject({ people: 1 });
});

test('where more services have sent spans than are looked at, an answer is not complete and says so', async () => {
  const [subjectId = ''] = await api.deps.aliases.resolve(api.acme.id, [
    { token: `ps1.k1.${'e'.repeat(22)}`, atMs: Date.now() },
  ]);
  const services = async () => Array.from({ length: SERVICES_HEARD_MAX }, (_, index) => `shop/service-${index}`);
  const told = async (events: typeof api.deps.events) =>
    (await lineageOf({ ...api.deps, events }, api.acme, subjectId)).completeness;
  expect((await told(api.deps.events)).servicesCut).toBeUndefined();
  const cut = await told({ ...api.deps.events, services });
  expect(cut).toMatchObject({ complete: false, servicesCut: true });
  expect(cut.statement).toContain('more services have sent spans than are looked at');
});

test('no service of another tenant is heard of', async () => {
  expect(await api.deps.events.services(api.rival.id)).toEqual([]);
  expect(await api.deps.events.services(api.acme.id)).toEqual(['desk', 'shop/billing']);
});
