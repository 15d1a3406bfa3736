import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { expect, test } from 'vitest';
import { postgresAuditStore } from '../audit/postgres-audit-store.ts';
import { withTenant } from '../postgres.ts';
import { subjectSetMembers, subjectSets } from '../tables/subjects.ts';
import { aliasStoreContract } from './alias-store-contract.ts';
import { postgresAliasStore } from './postgres-alias-store.ts';
import { postgresTenantStore } from './postgres-tenant-store.ts';

aliasStoreContract('aliases in Postgres', async () => {
  const { db, close } = await openTestPostgres();
  return {
    tenants: postgresTenantStore(db),
    aliases: postgresAliasStore(db),
    audit: postgresAuditStore(db),
    close,
  };
});

test('a list that an older process wrote has no keys, and its tokens are asked for them', async () => {
  const { db, close } = await openTestPostgres();
  try {
    const { id: tenant } = await postgresTenantStore(db).ensureTenant('acme');
    const aliases = postgresAliasStore(db);
    const token = (kid: string, letter: string) => `ps1.${kid}.${letter.repeat(22)}`;
    const [subjectId = ''] = await aliases.resolve(tenant, [{ token: token('k1', 'm'), atMs: 1 }]);
    const setId = (letter: string) => `set_${letter.repeat(22)}`;
    const [same, other] = [setId('a'), setId('b')];
    const lists = { [same]: ['k1'], [other]: ['k1', 'k2'] };
    await withTenant(db, tenant, async (tx) => {
      for (const [id, kids] of Object.entries(lists)) {
        await tx.insert(subjectSets).values({ tenant, id, count: kids.length });
        await tx.insert(subjectSetMembers).values(kids.map((kid) => ({ tenant, setId: id, token: token(kid, 's') })));
      }
    });
    expect(await aliases.setsWith(tenant, Object.keys(lists), [subjectId])).toEqual(new Map([[same, false]]));
  } finally {
    await close();
  }
});
