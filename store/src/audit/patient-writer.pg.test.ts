import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { expect, test } from 'vitest';
import { postgresTenantStore } from '../control/postgres-tenant-store.ts';
import { withTenant } from '../postgres.ts';
import { insertAudit } from './insert-audit.ts';
import { postgresAuditStore } from './postgres-audit-store.ts';

// Needs connections that run at the same time, which the embedded engine has not.
test('a writer that takes its time holds nobody up, and comes into the log when it is done', async () => {
  const { db, close } = await openTestPostgres();
  try {
    const tenant = (await postgresTenantStore(db).ensureTenant('acme')).id;
    const audit = postgresAuditStore(db);
    const event = (id: string) => ({ type: 'test', actor: 'key:abc', object: { kind: 'test', id } });
    const seen = async () =>
      (await audit.entries(tenant, { afterIndex: -1, limit: 10 })).map(({ object }) => object.id);
    const { promise: written, resolve: onWritten } = Promise.withResolvers<void>();
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();

    const slow = withTenant(db, tenant, async (tx) => {
      await insertAudit(tx, tenant, event('slow'));
      onWritten();
      await mayCommit;
    });
    await written;
    await audit.append(tenant, event('quick'));
    expect(await seen()).toEqual(['quick']);
    commit();
    await slow;
    expect(await seen()).toEqual(['quick', 'slow']);
  } finally {
    await close();
  }
});
