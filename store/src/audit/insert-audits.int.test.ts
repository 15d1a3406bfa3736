import { randomUUID } from 'node:crypto';
import type { TenantId } from '@vestige/core/ids';
import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postgresTenantStore } from '../control/postgres-tenant-store.ts';
import { type Database, withTenant } from '../postgres.ts';
import type { AuditDraft, AuditStore } from './audit-store.ts';
import { insertAudit, insertAudits } from './insert-audit.ts';
import { postgresAuditStore } from './postgres-audit-store.ts';

let db: Database;
let close: () => Promise<void>;
let tenant: TenantId;
let audit: AuditStore;
beforeAll(async () => {
  ({ db, close } = await openTestPostgres());
  tenant = (await postgresTenantStore(db).ensureTenant('acme')).id;
  audit = postgresAuditStore(db);
});
afterAll(() => close());

const drafts: AuditDraft[] = [
  { type: 'task.claim', actor: 'key:w', object: { kind: 'task', id: 'a' }, requestId: randomUUID() },
  { type: 'task.claim', actor: 'key:w', object: { kind: 'task', id: 'a' }, requestId: randomUUID(), payload: {} },
  {
    type: 'subject.read',
    actor: 'key:o',
    object: { kind: 'subject', id: 's' },
    subjectId: randomUUID(),
    purpose: 'a question with "quotes", {braces}, \\ and, commas',
    payload: { text: 'a "quoted" {text}, NULL' },
  },
  { type: 'policy.put', actor: 'key:o', object: { kind: 'policy', id: 'p' } },
];

test('many entries in one statement are what they would be one by one, in their order', async () => {
  const before = (await audit.entries(tenant, { afterIndex: -1, limit: 1_000 })).length;
  await withTenant(db, tenant, async (tx) => {
    for (const draft of drafts) await insertAudit(tx, tenant, draft);
    await insertAudits(tx, tenant, drafts);
    await insertAudits(tx, tenant, []);
  });
  const said = (await audit.entries(tenant, { afterIndex: -1, limit: 1_000 }))
    .slice(before)
    .map(({ type, actor, object, requestId, purpose, payload }) => ({
      type,
      actor,
      object,
      requestId,
      purpose,
      payload,
    }));
  expect(said).toHaveLength(drafts.length * 2);
  expect(said.slice(drafts.length)).toEqual(said.slice(0, drafts.length));
  expect(said[2]).toMatchObject({ purpose: drafts[2]?.purpose, payload: drafts[2]?.payload });
});

test('more entries than one statement takes keep their order, and equal ones stay two', async () => {
  const many = Array.from({ length: 450 }, (_, n) => ({
    ...(drafts[0] as AuditDraft),
    object: { kind: 'task', id: String(n >> 1) },
  }));
  const [last] = (await audit.entries(tenant, { afterIndex: -1, limit: 1_000 })).slice(-1);
  await withTenant(db, tenant, (tx) => insertAudits(tx, tenant, many));
  const found = await audit.entries(tenant, { afterIndex: last?.index ?? -1, limit: 1_000 });
  expect(found.map(({ object }) => object.id)).toEqual(many.map(({ object }) => object.id));
});

test('one entry that is too large keeps all of them out', async () => {
  const before = (await audit.entries(tenant, { afterIndex: -1, limit: 1_000 })).length;
  const large = { ...(drafts[3] as AuditDraft), payload: { text: 'x'.repeat(40_000) } };
  const work = withTenant(db, tenant, (tx) => insertAudits(tx, tenant, [...drafts, large]));
  await expect(work).rejects.toMatchObject({ code: 'bad_request' });
  expect((await audit.entries(tenant, { afterIndex: -1, limit: 1_000 })).length).toBe(before);
});
