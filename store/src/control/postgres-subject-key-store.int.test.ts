import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { postgresAuditLog } from '../audit/postgres-audit-log.ts';
import { postgresAuditStore } from '../audit/postgres-audit-store.ts';
import { postgresSubjectKeyStore } from './postgres-subject-key-store.ts';
import { postgresTenantStore } from './postgres-tenant-store.ts';
import { GONE_AFTER_MS, type SubjectKeyStore } from './subject-key-store.ts';
import type { Tenant } from './tenant-store.ts';

let postgres: Awaited<ReturnType<typeof openTestPostgres>>;
let keys: SubjectKeyStore;
let tenant: Tenant;
let serial = 0;
const START = new Date('2026-03-01T10:00:00Z');
const later = (ms: number) => new Date(START.getTime() + ms);

beforeAll(async () => {
  postgres = await openTestPostgres();
  keys = postgresSubjectKeyStore(postgres.db);
});
beforeEach(async () => {
  serial += 1;
  tenant = await postgresTenantStore(postgres.db).ensureTenant(`keys-${serial}`);
});
afterAll(() => postgres.close());

const note = (kids: string[], ms: number) => keys.note(tenant.id, kids, later(ms));
const entries = async () => {
  await postgresAuditLog(postgres.db).sequence(tenant.id);
  const all = await postgresAuditStore(postgres.db).entries(tenant.id, { afterIndex: -1, limit: 100 });
  return all.map(({ type, object }) => `${type} ${object.id}`).filter((text) => text.startsWith('subject_key.'));
};

describe('a pseudonymisation key', () => {
  test('that comes, goes and comes back is an entry of the audit log each time, and none in between', async () => {
    await note(['k1'], 0);
    await note(['k1'], 60_000);
    await note(['k2', 'k1'], 120_000);
    await note(['k2'], 180_000);
    expect(await entries()).toEqual(['subject_key.added k1', 'subject_key.added k2']);
    await note(['k2'], GONE_AFTER_MS);
    await note(['k2'], GONE_AFTER_MS + 60_000);
    await note(['k1', 'k2'], 2 * GONE_AFTER_MS);
    expect((await entries()).slice(2)).toEqual(['subject_key.gone k1', 'subject_key.back k1']);
    expect(await keys.keys(tenant.id)).toMatchObject([
      { kid: 'k1', goneAt: null },
      { kid: 'k2', goneAt: null },
    ]);
  });

  test('is not gone while one process still holds it, as during a restart of one after the other', async () => {
    for (let hour = 0; hour < 48; hour++) await note(hour % 2 === 0 ? ['k1'] : ['k2', 'k1'], hour * 3_600_000);
    for (let hour = 48; hour < 60; hour++) await note(hour % 2 === 0 ? ['k1'] : ['k2'], hour * 3_600_000);
    expect(await entries()).toEqual(['subject_key.added k1', 'subject_key.added k2']);
  });

  test('is noted once, though many processes start with it at once', async () => {
    await Promise.all(Array.from({ length: 5 }, () => note(['k1'], 0)));
    expect(await entries()).toEqual(['subject_key.added k1']);
  });
});
