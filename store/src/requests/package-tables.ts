import { integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { bytes } from '../tables/bytes.ts';

/** The tables of migrations/postgres/0095 and 0096; `packages` itself is in `tables.ts`. */
const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

export const packageChunks = pgTable('package_chunks', {
  tenant: integer('tenant').notNull(),
  requestId: uuid('request_id').notNull(),
  packageId: uuid('package_id').notNull(),
  ordinal: integer('ordinal').notNull(),
  sealed: bytes('sealed').notNull(),
});

export const packageSignOffs = pgTable('package_sign_offs', {
  tenant: integer('tenant').notNull(),
  requestId: uuid('request_id').notNull(),
  planVersion: integer('plan_version').notNull(),
  what: text('what').notNull(),
  code: text('code').notNull(),
  basis: text('basis').notNull(),
  byKey: text('by_key').notNull(),
  at: instant('at').notNull(),
});

export const packageLinks = pgTable('package_links', {
  tenant: integer('tenant').notNull(),
  requestId: uuid('request_id').notNull(),
  id: uuid('id').notNull(),
  tokenHash: bytes('token_hash').notNull(),
  codeHash: bytes('code_hash').notNull(),
  downloadsMax: integer('downloads_max').notNull(),
  downloads: integer('downloads').notNull().default(0),
  wrongCodes: integer('wrong_codes').notNull().default(0),
  expiresAt: instant('expires_at').notNull(),
});
