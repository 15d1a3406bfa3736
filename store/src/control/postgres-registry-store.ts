import type { TenantId } from '@vestige/core/ids';
import { presentDataset, presentName } from '@vestige/core/node/present-name';
import { and, asc, eq, getTableColumns, inArray, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { insertAudit } from '../audit/insert-audit.ts';
import { type Database, type Transaction, withTenant } from '../postgres.ts';
import { internalHosts, nodeAliases, parties, privacyNotices, stores } from '../tables/registry.ts';
import { learnNodeAliases } from './learn-node-aliases.ts';
import { presentAliases, presentParties, presentStores } from './present-names.ts';
import type { RegistryStore } from './registry-store.ts';

const { tenant: _storeTenant, ...storeColumns } = getTableColumns(stores);
const { tenant: _partyTenant, ...partyColumns } = getTableColumns(parties);

const storesOf = async (tx: Transaction, tenant: TenantId) =>
  presentStores(await tx.select(storeColumns).from(stores).where(eq(stores.tenant, tenant)).orderBy(asc(stores.id)));

const partiesOf = async (tx: Transaction, tenant: TenantId) =>
  presentParties(
    await tx.select(partyColumns).from(parties).where(eq(parties.tenant, tenant)).orderBy(asc(parties.id)),
  );

const nodeAliasesOf = async (tx: Transaction, tenant: TenantId) =>
  presentAliases(
    await tx
      .select({ alias: nodeAliases.alias, canonical: nodeAliases.canonical })
      .from(nodeAliases)
      .where(eq(nodeAliases.tenant, tenant))
      .orderBy(asc(nodeAliases.alias)),
  );

/** Names under which rows of one store stand, that of today among them. */
async function writtenStores(tx: Transaction, tenant: TenantId, id: string): Promise<string[]> {
  const rows = await tx.select({ id: stores.id }).from(stores).where(eq(stores.tenant, tenant));
  return [id, ...rows.map((row) => row.id).filter((written) => written !== id && presentName(written) === id)];
}

async function writtenAliases(tx: Transaction, tenant: TenantId, alias: string): Promise<string[]> {
  const rows = await tx.select({ alias: nodeAliases.alias }).from(nodeAliases).where(eq(nodeAliases.tenant, tenant));
  const present = presentDataset(alias).id;
  return [
    alias,
    ...rows.map((row) => row.alias).filter((written) => written !== alias && presentDataset(written).id === present),
  ];
}

export function postgresRegistryStore(db: Database): RegistryStore {
  return {
    // One transaction: each begins, names its tenant and ends, which was more than half of what the three lists took.
    declared: (tenant) =>
      withTenant(db, tenant, async (tx) => ({
        stores: await storesOf(tx, tenant),
        parties: await partiesOf(tx, tenant),
        nodeAliases: await nodeAliasesOf(tx, tenant),
      })),

    async putStore(tenant, store, audit) {
      const row = { ...store, identifierTypes: [...store.identifierTypes] };
      await withTenant(db, tenant, async (tx) => {
        await tx
          .insert(stores)
          .values({ tenant, ...row })
          .onConflictDoUpdate({ target: [stores.tenant, stores.id], set: excluded(stores, ['tenant', 'id']) });
        const [, ...older] = await writtenStores(tx, tenant, store.id);
        if (older.length > 0) await tx.delete(stores).where(and(eq(stores.tenant, tenant), inArray(stores.id, older)));
        await insertAudit(tx, tenant, audit);
      });
      return store;
    },

    stores: (tenant) => withTenant(db, tenant, (tx) => storesOf(tx, tenant)),

    async removeStore(tenant, id, audit) {
      return withTenant(db, tenant, async (tx) => {
        const gone = await tx
          .delete(stores)
          .where(and(eq(stores.tenant, tenant), inArray(stores.id, await writtenStores(tx, tenant, id))))
          .returning({ id: stores.id });
        if (gone.length > 0) await insertAudit(tx, tenant, audit);
        return gone.length > 0;
      });
    },

    async putParty(tenant, party, audit) {
      const row = { ...party, hosts: [...party.hosts] };
      await withTenant(db, tenant, async (tx) => {
        await tx
          .insert(parties)
          .values({ tenant, ...row })
          .onConflictDoUpdate({ target: [parties.tenant, parties.id], set: excluded(parties, ['tenant', 'id']) });
        await insertAudit(tx, tenant, audit);
      });
      return party;
    },

    parties: (tenant) => withTenant(db, tenant, (tx) => partiesOf(tx, tenant)),

    async removeParty(tenant, id, audit) {
      return withTenant(db, tenant, async (tx) => {
        const gone = await tx
          .delete(parties)
          .where(and(eq(parties.tenant, tenant), eq(parties.id, id)))
          .returning({ id: parties.id });
        if (gone.length > 0) await insertAudit(tx, tenant, audit);
        return gone.length > 0;
      });
    },

    async putNodeAlias(tenant, alias, canonical, audit) {
      await withTenant(db, tenant, async (tx) => {
        await tx
          .insert(nodeAliases)
          .values({ tenant, alias, canonical })
          .onConflictDoUpdate({ target: [nodeAliases.tenant, nodeAliases.alias], set: { canonical } });
        const [, ...older] = await writtenAliases(tx, tenant, alias);
        if (older.length > 0) {
          await tx.delete(nodeAliases).where(and(eq(nodeAliases.tenant, tenant), inArray(nodeAliases.alias, older)));
        }
        await insertAudit(tx, tenant, audit);
      });
    },

    nodeAliases: (tenant) => withTenant(db, tenant, (tx) => nodeAliasesOf(tx, tenant)),

    async removeNodeAlias(tenant, alias, audit) {
      return withTenant(db, tenant, async (tx) => {
        const gone = await tx
          .delete(nodeAliases)
          .where(
            and(eq(nodeAliases.tenant, tenant), inArray(nodeAliases.alias, await writtenAliases(tx, tenant, alias))),
          )
          .returning({ alias: nodeAliases.alias });
        if (gone.length > 0) await insertAudit(tx, tenant, audit);
        return gone.length > 0;
      });
    },

    learnNodeAliases: (tenant, told, audit) =>
      withTenant(db, tenant, (tx) => learnNodeAliases(tx, tenant, told, audit)),

    async putInternalHosts(tenant, hosts, audit) {
      await withTenant(db, tenant, async (tx) => {
        await tx.delete(internalHosts).where(eq(internalHosts.tenant, tenant));
        const unique = [...new Set(hosts)];
        if (unique.length > 0) await tx.insert(internalHosts).values(unique.map((host) => ({ tenant, host })));
        await insertAudit(tx, tenant, audit);
      });
    },

    async internalHosts(tenant) {
      const rows = await withTenant(db, tenant, (tx) =>
        tx
          .select({ host: internalHosts.host })
          .from(internalHosts)
          .where(eq(internalHosts.tenant, tenant))
          .orderBy(asc(internalHosts.host)),
      );
      return rows.map((row) => row.host);
    },

    async putPrivacyNotice(tenant, notice, audit) {
      await withTenant(db, tenant, async (tx) => {
        const row = { notice, updatedAt: sql`now()` };
        await tx
          .insert(privacyNotices)
          .values({ tenant, ...row })
          .onConflictDoUpdate({ target: privacyNotices.tenant, set: row });
        await insertAudit(tx, tenant, audit);
      });
    },

    async privacyNotice(tenant) {
      const [row] = await withTenant(db, tenant, (tx) =>
        tx.select({ notice: privacyNotices.notice }).from(privacyNotices).where(eq(privacyNotices.tenant, tenant)),
      );
      return row?.notice ?? null;
    },
  };
}

/** Every column but the key takes the value of the row that did not fit (`EXCLUDED`): a put replaces the whole fact. */
function excluded(table: PgTable, key: readonly string[]): Record<string, SQL> {
  return Object.fromEntries(
    Object.entries(getTableColumns(table))
      .filter(([name]) => !key.includes(name))
      .map(([name, column]) => [name, sql`excluded.${sql.identifier(column.name)}`]),
  );
}
