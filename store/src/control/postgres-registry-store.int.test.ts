import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresAuditStore } from '../audit/postgres-audit-store.ts';
import { withTenant } from '../postgres.ts';
import { postgresFindingStore } from './postgres-finding-store.ts';
import { postgresRegistryStore } from './postgres-registry-store.ts';
import { postgresTenantStore } from './postgres-tenant-store.ts';
import { putFindings } from './put-finding.ts';
import { registryStoreContract } from './registry-store-contract.ts';

registryStoreContract('the registry in Postgres', async () => {
  const { db, close } = await openTestPostgres();
  return {
    tenants: postgresTenantStore(db),
    registry: postgresRegistryStore(db),
    findings: postgresFindingStore(db),
    audit: postgresAuditStore(db),
    close,
  };
});

describe('whether a finding is open', () => {
  let postgres: Awaited<ReturnType<typeof openTestPostgres>>;
  beforeAll(async () => {
    postgres = await openTestPostgres();
  });
  afterAll(() => postgres?.close());

  /** One finding of a tenant of its own. */
  async function oneFinding(name: string) {
    const tenant = (await postgresTenantStore(postgres.db).ensureTenant(name)).id;
    const findings = postgresFindingStore(postgres.db);
    await withTenant(postgres.db, tenant, (tx) => putFindings(tx, tenant, [{ type: 'test', key: 'k', details: {} }]));
    const all = () => findings.findings(tenant, { settled: true, after: null, limit: 10 });
    const id = (await all())[0]?.id ?? '';
    return {
      all,
      open: () => findings.findings(tenant, { after: null, limit: 10 }),
      settle: () => findings.settle(tenant, id, 'looked at', { type: 'finding.settled', actor: 'key:test' }),
      lastSeen: (at: ReturnType<typeof sql>) =>
        withTenant(postgres.db, tenant, (tx) => tx.execute(sql`UPDATE findings SET last_seen = ${at}`).then(() => {})),
    };
  }

  test('does not depend on a process whose clock is ahead: what it found is settled when somebody settles it', async () => {
    const finding = await oneFinding('ahead');
    await finding.lastSeen(sql`now() + interval '1 hour'`);
    expect(await finding.settle()).toMatchObject({ settled: { by: 'key:test' } });
    expect(await finding.open()).toEqual([]);
    await expect(finding.settle()).rejects.toMatchObject({ code: 'conflict' });
  });

  test('is said alike in the list and of the finding, also within one millisecond', async () => {
    const finding = await oneFinding('alike');
    await finding.settle();
    await finding.lastSeen(sql`settled_at + interval '1 microsecond'`);
    expect(await finding.open()).toMatchObject([{ settled: null }]);
    expect(await finding.all()).toMatchObject([{ settled: null }]);
  });
});
