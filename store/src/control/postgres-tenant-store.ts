import { type KeyRefusal, scopesOfNewKey } from '@vestige/core/access/new-key';
import { actorOfKey, KeyPerson } from '@vestige/core/access/person';
import type { Role } from '@vestige/core/access/roles';
import type { Scope } from '@vestige/core/access/scopes';
import { VestigeError } from '@vestige/core/errors';
import { TenantId } from '@vestige/core/ids';
import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import { type Database, pingDatabase, rowsOf, type Transaction, withTenant } from '../postgres.ts';
import { postgresFailure } from '../postgres-failure.ts';
import { apiKeys, tenantQuotas, tenants } from '../tables/tenants.ts';
import { newApiKey, opens, parseBearer } from './api-key.ts';
import {
  type Caller,
  type KeyInfo,
  type MadeKey,
  ROTATION_OVERLAP_S_MAX,
  type Tenant,
  type TenantQuota,
  type TenantStore,
} from './tenant-store.ts';

const NO_QUOTA: TenantQuota = { spansPerS: null, bytesPerS: null };
const RATES_MAX = { spansPerS: 1e9, bytesPerS: 1e12 } as const;
const TENANT_NAME = /^[a-z][a-z0-9-]{0,62}$/;

interface KeyRow extends Record<string, unknown> {
  readonly tenant: number;
  readonly tenant_name: string;
  readonly id: string;
  readonly name: string;
  readonly scopes: Scope[];
  readonly role: Role | null;
  readonly person: string;
  readonly expires_at: string | null;
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

    async createKey(tenant, { name, role = null, scopes: wanted, person = null, expiresAt }, by) {
      if (person !== null && !KeyPerson.safeParse(person).success) {
        throw new VestigeError('bad_request', 'the field person is a lower-case name of at most 64 characters');
      }
      const granted = scopesOfNewKey({ role, scopes: wanted, expiresAt }, by ?? null);
      if (!granted.ok) throw refusedKey(granted);
      const { scopes } = granted;
      return withTenant(db, tenant, async (tx) => {
        const holder = person ?? by?.person ?? null;
        const made = await insertKey(tx, tenant, { name, role, scopes, person: holder, expiresAt, replaces: null });
        await insertAudit(tx, tenant, {
          type: 'api_key.created',
          actor: makerOf(by),
          object: { kind: 'api_key', id: made.id },
          payload: { name, role, scopes, person: holder ?? actorOfKey(made.id), expiresAt },
        });
        return made;
      });
    },

    async rotateKey(tenant, keyId, overlapS, by) {
      if (!(Number.isInteger(overlapS) && overlapS >= 0 && overlapS <= ROTATION_OVERLAP_S_MAX)) {
        throw new VestigeError('bad_request', `the overlap is 0 to ${ROTATION_OVERLAP_S_MAX} seconds`);
      }
      return withTenant(db, tenant, async (tx) => {
        const [old] = await tx
          .select()
          .from(apiKeys)
          .where(and(eq(apiKeys.tenant, tenant), eq(apiKeys.id, keyId), LIVING))
          .for('update');
        if (!old) return null;
        const { name, role, person, expiresAt: ends } = old;
        const scopes = old.scopes as Scope[];
        const expiresAt = ends?.toISOString() ?? null;
        // Whoever rotates a key sees the new secret, so it is a grant, except to the holder of the old one.
        const granted = scopesOfNewKey({ scopes, expiresAt }, by === undefined || by.keyId === keyId ? null : by);
        if (!granted.ok) throw refusedKey(granted);
        const made = await insertKey(tx, tenant, { name, role, scopes, person, expiresAt, replaces: keyId });
        await tx
          .update(apiKeys)
          .set({ expiresAt: sql`least(expires_at, now() + make_interval(secs => ${overlapS}))` })
          .where(and(eq(apiKeys.tenant, tenant), eq(apiKeys.id, keyId)));
        await insertAudit(tx, tenant, {
          type: 'api_key.rotated',
          actor: makerOf(by),
          object: { kind: 'api_key', id: made.id },
          payload: { replaces: keyId, overlapS },
        });
        return made;
      });
    },

    async authenticate(bearer) {
      const given = parseBearer(bearer);
      if (!given) return null;
      const [row] = await rowsOf<KeyRow>(
        db.orm,
        sql`SELECT tenant, tenant_name, id, name, scopes, role, person, salt, hash, live,
                   to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS expires_at
            FROM vestige_key(${given.id})`,
      ).catch(postgresFailure);
      if (!opens(given.secret, row ?? null) || !row?.live) return null;
      return {
        tenant: asTenant({ id: row.tenant, name: row.tenant_name }),
        keyId: row.id,
        keyName: row.name,
        role: row.role,
        scopes: row.scopes,
        person: row.person,
        expiresAt: row.expires_at,
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
    role: row.role,
    scopes: row.scopes as Scope[],
    person: row.person,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    replaces: row.replaces,
  };
}

const LIVING = sql`revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`;

const makerOf = (by: Caller | undefined): string => (by === undefined ? 'system:setup' : actorOfKey(by.keyId));

interface KeyRowDraft {
  readonly name: string;
  readonly role: Role | null;
  readonly scopes: readonly Scope[];
  /** Null: the key itself. */
  readonly person: string | null;
  readonly expiresAt: string | null;
  readonly replaces: string | null;
}

async function insertKey(tx: Transaction, tenant: TenantId, draft: KeyRowDraft): Promise<MadeKey> {
  const { id, bearer, salt, hash } = newApiKey();
  const { scopes, person, expiresAt, ...rest } = draft;
  await tx.insert(apiKeys).values({
    ...rest,
    tenant,
    id,
    scopes: [...scopes],
    person: person ?? actorOfKey(id),
    salt,
    hash,
    expiresAt: expiresAt === null ? null : new Date(expiresAt),
  });
  return { id, secret: bearer };
}

function refusedKey(refusal: KeyRefusal): VestigeError {
  switch (refusal.reason) {
    case 'nothing_granted':
      return new VestigeError('bad_request', 'a key needs a role or a scope');
    case 'beyond_role':
      return new VestigeError('bad_request', 'these scopes are not of that role', { scopes: refusal.scopes });
    case 'beyond_maker':
      return new VestigeError('forbidden', 'a key cannot grant what it does not hold', { scopes: refusal.scopes });
    case 'outlives_maker':
      return new VestigeError('forbidden', 'a key cannot make one that outlives it');
  }
}
