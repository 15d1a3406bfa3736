import type { TenantId } from '@vestige/core/ids';
import { buildPlan } from '@vestige/core/request/plan';
import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postgresTenantStore } from '../control/postgres-tenant-store.ts';
import type { TenantStore } from '../control/tenant-store.ts';
import { postgresRequestStore } from './postgres-request-store.ts';
import type { By, RequestStore } from './request-store.ts';

/** The rule is the core's (core/src/access/four-eyes.ts); here, that the store tells it whose keys are whose. */

let requests: RequestStore;
let tenants: TenantStore;
let tenant: TenantId;
let close: () => Promise<void>;
beforeAll(async () => {
  const postgres = await openTestPostgres();
  ({ close } = postgres);
  requests = postgresRequestStore(postgres.db);
  tenants = postgresTenantStore(postgres.db);
  tenant = (await tenants.ensureTenant('acme')).id;
});
afterAll(() => close());

async function keyOf(person: string): Promise<By> {
  const { id } = await tenants.createKey(tenant, { name: 'k', role: 'owner', person, expiresAt: null });
  return { actor: `key:${id}`, now: new Date('2026-06-01T10:00:00Z') };
}

test('a hold that one person placed is not lifted by their other key, and is by somebody else’s', async () => {
  const [first, second, other] = [await keyOf('anna'), await keyOf('anna'), await keyOf('ben')];
  const { id } = await requests.file(
    tenant,
    {
      type: 'erasure',
      regime: 'gdpr',
      receivedAt: new Date('2026-06-01T09:00:00Z'),
      ground: null,
      identifiers: [{ type: 'email', value: 'nora.quist@example.com' }],
      tokens: [],
      subjectIds: [],
    },
    first,
  );
  await requests.decide(tenant, id, { event: 'hold', matter: 'case 7', reviewAt: '2027-01-01' }, first);
  await expect(requests.decide(tenant, id, { event: 'release' }, second)).rejects.toMatchObject({
    code: 'forbidden',
    facts: { reason: 'four_eyes' },
  });
  expect((await requests.decide(tenant, id, { event: 'release' }, other)).hold).toBeNull();
});

test('who works on a target does not excuse it under another key, and somebody else does', async () => {
  const [filer, officer, dora] = [await keyOf('filer'), await keyOf('officer'), await keyOf('dora')];
  const [worker, carla] = [await keyOf('carla'), await keyOf('carla')];
  const node = 'store:postgres://db:5432/one.public.people';
  const given = { type: 'restriction', regime: 'gdpr', receivedAt: new Date('2026-06-01T09:00:00Z') } as const;
  const { id } = await requests.file(
    tenant,
    {
      ...given,
      ground: null,
      identifiers: [{ type: 'email', value: 'ida.ott@example.com' }],
      tokens: [],
      subjectIds: [],
    },
    filer,
  );
  await requests.decide(tenant, id, { event: 'verify_identity', method: 'in_person', assurance: 'high' }, filer);
  const plan = buildPlan({
    type: 'restriction',
    lineage: null,
    registered: [{ id: node, connector: 'postgres' }],
    parties: new Set(),
    aliases: { count: 0, commitment: `sha256:${'0'.repeat(64)}` },
  });
  const draft = { plan, subjectIds: [], aliasTokens: [], recordRefs: new Map(), recipients: [] };
  const { planHash } = await requests.putPlan(tenant, id, draft, officer);
  await requests.decide(tenant, id, { event: 'approve', planHash: planHash ?? '' }, officer);
  await requests.start(tenant, id, officer);
  const limits = { attemptsMax: 3, roundsMax: 2, settleMs: 0, jitter: 0.5 };
  await requests.sweep(tenant, id, () => true, limits, officer);
  const claim = { stores: [node], max: 1, leaseSeconds: 60, worker: 'w', actions: ['restrict' as const] };
  const [task] = await requests.claim(tenant, claim, limits, worker);
  if (!task) throw new Error('no task');
  const done = { fence: task.fence, found: 1, erased: 0, residual: 0, method: 'mark', searched: true, cannotErase: [] };
  await requests.report(tenant, task.id, { ...done, evidenceDigest: `sha256:${'e'.repeat(64)}` }, limits, worker);
  await requests.sweep(tenant, id, () => true, limits, officer);

  const exemption = { code: 'vestige:unverified-signed-off', basis: 'seen by eye', reviewAt: '2027-01-01' };
  for (const same of [worker, carla]) {
    await expect(requests.exempt(tenant, task.id, exemption, same)).rejects.toMatchObject({ code: 'forbidden' });
  }
  expect((await requests.exempt(tenant, task.id, exemption, dora)).state).toBe('exempt');
});
