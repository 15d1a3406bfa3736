import type { TenantId } from '@vestige/core/ids';
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
