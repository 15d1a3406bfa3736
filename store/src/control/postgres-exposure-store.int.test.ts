import { randomUUID } from 'node:crypto';
import type { TenantId } from '@vestige/core/ids';
import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditStore } from '../audit/audit-store.ts';
import { postgresAuditStore } from '../audit/postgres-audit-store.ts';
import type { ExposureStore } from './exposure-store.ts';
import { postgresExposureStore } from './postgres-exposure-store.ts';
import { postgresTenantStore } from './postgres-tenant-store.ts';
import type { TenantStore } from './tenant-store.ts';

let store: ExposureStore;
let audit: AuditStore;
let close: () => Promise<void>;
let tenants: TenantStore;
let acme: TenantId;
let rival: TenantId;
beforeAll(async () => {
  const postgres = await openTestPostgres();
  ({ close } = postgres);
  store = postgresExposureStore(postgres.db);
  audit = postgresAuditStore(postgres.db);
  tenants = postgresTenantStore(postgres.db);
  [acme, rival] = [(await tenants.ensureTenant('acme')).id, (await tenants.ensureTenant('rival')).id];
});
afterAll(() => close());

const draft = (type: string, id: string) => ({ type, actor: 'key:a', object: { kind: 'exposure', id } });
async function asked(): Promise<string> {
  const id = randomUUID();
  const exposure = { id, question: { node: 'store:crm' }, askedBy: 'key:a', askedAt: new Date(5), purpose: 'a breach' };
  await store.ask(acme, exposure, draft('exposure.asked', id));
  return id;
}
const approve = (id: string, actor: string, tenant = acme) =>
  store.approve(tenant, id, { actor, at: new Date(9) }, draft('exposure.approved', id));

test('the key that asked cannot approve its own question, another one can, and the first approval stands', async () => {
  const id = await asked();
  await expect(approve(id, 'key:a')).rejects.toMatchObject({ code: 'forbidden', facts: { reason: 'four_eyes' } });
  expect((await store.exposure(acme, id))?.approval).toBeNull();
  expect((await approve(id, 'key:b')).approval).toEqual({ by: 'key:b', at: new Date(9) });
  expect((await approve(id, 'key:c')).approval?.by).toBe('key:b');
  const entries = await audit.entries(acme, { afterIndex: -1, limit: 100 });
  expect(entries.filter(({ object }) => object.id === id).map(({ type }) => type)).toEqual([
    'exposure.asked',
    'exposure.approved',
  ]);
});

test('one person with two keys is one person, also when the first key is gone', async () => {
  const make = (person: string) => tenants.createKey(acme, { name: 'k', role: 'owner', person, expiresAt: null });
  const [first, second, other] = [await make('anna'), await make('anna'), await make('ben')];
  const id = randomUUID();
  const exposure = { id, question: {}, askedBy: `key:${first.id}`, askedAt: new Date(5), purpose: 'a breach' };
  await store.ask(acme, exposure, draft('exposure.asked', id));
  await tenants.revokeKey(acme, first.id);
  const rotated = await tenants.rotateKey(acme, second.id, 0);
  for (const key of [second.id, rotated?.id]) {
    await expect(approve(id, `key:${key}`)).rejects.toMatchObject({ facts: { reason: 'four_eyes' } });
  }
  expect((await approve(id, `key:${other.id}`)).approval?.by).toBe(`key:${other.id}`);
});

test('of another tenant there is no such question', async () => {
  const id = await asked();
  expect(await store.exposure(rival, id)).toBeNull();
  await expect(approve(id, 'key:b', rival)).rejects.toMatchObject({ code: 'not_found' });
  expect(await store.exposure(acme, randomUUID())).toBeNull();
});

test('questions are listed newest first, those of one instant each once', async () => {
  const own = (await tenants.ensureTenant('asking')).id;
  const made: string[] = [];
  for (const askedAt of [new Date(5), new Date(7), new Date(7), new Date(7), new Date(9)]) {
    const id = randomUUID();
    const exposure = { id, question: {}, askedBy: 'key:a', askedAt, purpose: 'a breach' };
    await store.ask(own, exposure, draft('exposure.asked', id));
    made.push(id);
  }
  const listed: string[] = [];
  for (let before: { at: Date; id: string } | null = null; ; ) {
    const page = await store.asked(own, { before, limit: 2 });
    listed.push(...page.map(({ id }) => id));
    const last = page.at(-1);
    if (page.length < 2 || last === undefined) break;
    before = { at: last.askedAt, id: last.id };
  }
  expect([listed[0], listed.at(-1)]).toEqual([made[4], made[0]]);
  expect(listed.toSorted()).toEqual(made.toSorted());
  expect(await store.asked(rival, { before: null, limit: 10 })).toEqual([]);
});
