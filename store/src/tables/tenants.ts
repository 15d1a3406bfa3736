import { integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
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
});

/** Random keys of one purpose each: `suppression`, `idempotency`. */
export const tenantSecrets = pgTable('tenant_secrets', {
  tenant: integer('tenant').notNull(),
  purpose: text('purpose').$type<'suppression' | 'idempotency'>().notNull(),
  key: bytes('key').notNull(),
});
