import { VestigeError } from '@vestige/core/errors';
import { TenantId } from '@vestige/core/ids';
import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import { type Database, pingDatabase, rowsOf, withTenant } from '../postgres.ts';
import { postgresFailure } from '../postgres-failure.ts';
import { apiKeys, tenantQuotas, tenants } from '../tables/tenants.ts';
import { newApiKey, opens, parseBearer } from './api-key.ts';
import type { KeyInfo, Scope, Tenant, TenantQuota, TenantStore } from './tenant-store.ts';

const NO_QUOTA: TenantQuota = { spansPerS: null, bytesPerS: null };
const RATES_MAX = { spansPerS: 1e9, bytesPerS: 1e12 } as const;
const TENANT_NAME = /^[a-z][a-z0-9-]{0,62}$/;

interface KeyRow extends Record<string, unknown> {
  readonly tenant: number;
  readonly tenant_name: string;
  readonly id: string;
  readonly name: string;
  readonly scopes: Scope[];
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
  readonly live: boolean;
}

export function postgresTenantStore(db: Database): TenantStore {
  return {
    ping: () => pingDatabase(db),

    async ensureTenant(name) {
      if (!TENANT_NAME.test(name)) {
        throw new VestigeError('bad_request', 'a tenant name is [a-z][a-z0-9-]*, at most 63 characters');
      }
      const [row] = await rowsOf<{ id: number; name: string }>(
        db.orm,
        sql`SELECT id, name FROM vestige_ensure_tenant(${name})`,
      ).catch(postgresFailure);
      if (!row) throw new VestigeError('internal', 'the tenant was neither found nor made');
      return asTenant(row);
    },

    async tenants() {
      const rows = await rowsOf<{ id: number; name: string }>(
        db.orm,
        sql`SELECT id, name FROM vestige_tenants()`,
      ).catch(postgresFailure);
      return rows.map(asTenant);
    },

    async tenant(id) {
      const [row] = await withTenant(db, id, (tx) =>
        tx.select({ id: tenants.id, name: tenants.name }).from(tenants).where(eq(tenants.id, id)),
      );
      return row ? asTenant(row) : null;
    },

    async createKey(tenant, { name, scopes, expiresAt }, actor = 'system:setup') {
      const key = newApiKey();
      await withTenant(db, tenant, async (tx) => {
        await tx.insert(apiKeys).values({
          tenant,
          id: key.id,
          name,
          scopes: [...new Set(scopes)],
          salt: key.salt,
          hash: key.hash,
          expiresAt: expiresAt === null ? null : new Date(expiresAt),
        });
        await insertAudit(tx, tenant, {
          type: 'api_key.created',
          actor,
          object: { kind: 'api_key', id: key.id },
          payload: { name, scopes, expiresAt },
        });
      });
      return { id: key.id, secret: key.bearer };
    },

    async authenticate(bearer) {
      const given = parseBearer(bearer);
      if (!given) return null;
      const [row] = await rowsOf<KeyRow>(
        db.orm,
        sql`SELECT tenant, tenant_name, id, name, scopes, salt, hash, live FROM vestige_key(${given.id})`,
      ).catch(postgresFailure);
      if (!opens(given.secret, row ?? null) || !row?.live) return null;
      return {
        tenant: asTenant({ id: row.tenant, name: row.tenant_name }),
        keyId: row.id,
        keyName: row.name,
        scopes: row.scopes,
      };
    },

    async liveKeys(keyIds) {
      const rows = await rowsOf<{ id: string }>(
        db.orm,
        // As one text: the drivers differ in how they bind a list.
        sql`SELECT id FROM vestige_live_keys(string_to_array(${keyIds.join(' ')}, ' '))`,
      ).catch(postgresFailure);
      return new Set(rows.map(({ id }) => id));
    },

    async keys(tenant) {
      const rows = await withTenant(db, tenant, (tx) =>
        tx.select().from(apiKeys).where(eq(apiKeys.tenant, tenant)).orderBy(asc(apiKeys.createdAt), asc(apiKeys.id)),
      );
      return rows.map(asKeyInfo);
    },

    async revokeKey(tenant, keyId, actor = 'system:setup') {
      return withTenant(db, tenant, async (tx) => {
        const revoked = await tx
          .update(apiKeys)
          .set({ revokedAt: sql`now()` })
          .where(and(eq(apiKeys.tenant, tenant), eq(apiKeys.id, keyId), isNull(apiKeys.revokedAt)))
          .returning({ id: apiKeys.id });
        if (revoked.length === 0) return false;
        await insertAudit(tx, tenant, { type: 'api_key.revoked', actor, object: { kind: 'api_key', id: keyId } });
        return true;
      });
    },

    async quota(tenant) {
      const [row] = await withTenant(db, tenant, (tx) =>
        tx
          .select({ spansPerS: tenantQuotas.spansPerS, bytesPerS: tenantQuotas.bytesPerS })
          .from(tenantQuotas)
          .where(eq(tenantQuotas.tenant, tenant)),
      );
      return row ?? NO_QUOTA;
    },

    async quotas() {
      const rows = await rowsOf<{ tenant: number; spansPerS: number | null; bytesPerS: number | null }>(
        db.orm,
        sql`SELECT tenant, spans_per_s AS "spansPerS", bytes_per_s::float8 AS "bytesPerS" FROM vestige_quotas()`,
      ).catch(postgresFailure);
      return new Map(rows.map(({ tenant, ...quota }) => [TenantId.parse(tenant), quota]));
    },

    async setQuota(tenant, { spansPerS, bytesPerS }, actor = 'system:setup') {
      for (const [name, rate] of Object.entries({ spansPerS, bytesPerS }) as ['spansPerS', number | null][]) {
        if (rate !== null && !(Number.isInteger(rate) && rate >= 0 && rate <= RATES_MAX[name])) {
          throw new VestigeError('bad_request', `${name} must be a whole number, 0 to ${RATES_MAX[name]}`);
        }
      }
      await withTenant(db, tenant, async (tx) => {
        const set = { spansPerS, bytesPerS, changedAt: sql`now()` };
        await tx
          .insert(tenantQuotas)
          .values({ tenant, spansPerS, bytesPerS })
          .onConflictDoUpdate({ target: tenantQuotas.tenant, set });
        await insertAudit(tx, tenant, {
          type: 'tenant.quota_set',
          actor,
          object: { kind: 'tenant', id: String(tenant) },
          payload: { spansPerS, bytesPerS },
        });
      });
    },
  };
}

function asTenant(row: { id: number; name: string }): Tenant {
  return { id: TenantId.parse(row.id), name: row.name };
}

function asKeyInfo(row: typeof apiKeys.$inferSelect): KeyInfo {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes as Scope[],
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
  };
}
