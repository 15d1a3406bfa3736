import type { Role } from '@vestige/core/access/roles';
import { bigint, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { bytes } from './bytes.ts';

export const tenants = pgTable('tenants', {
  id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
  name: text('name').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
});

export const apiKeys = pgTable('api_keys', {
  tenant: integer('tenant').notNull(),
  id: text('id').notNull(),
  name: text('name').notNull(),
  scopes: text('scopes').array().notNull(),
  salt: bytes('salt').notNull(),
  hash: bytes('hash').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  expiresAt: timestamp('expires_at', { withTimezone: true }),
  revokedAt: timestamp('revoked_at', { withTimezone: true }),
  role: text('role').$type<Role>(),
  person: text('person').notNull(),
  replaces: text('replaces'),
});

/** What a tenant may send, where it differs from the collector's settings. */
export const tenantQuotas = pgTable('tenant_quotas', {
  tenant: integer('tenant').primaryKey(),
  spansPerS: integer('spans_per_s'),
  bytesPerS: bigint('bytes_per_s', { mode: 'number' }),
  changedAt: timestamp('changed_at', { withTimezone: true }).notNull().defaultNow(),
});

/** Random keys of one purpose each: `suppression`, `idempotency`. */
export const tenantSecrets = pgTable('tenant_secrets', {
  tenant: integer('tenant').notNull(),
  purpose: text('purpose').$type<'suppression' | 'idempotency'>().notNull(),
  key: bytes('key').notNull(),
});
