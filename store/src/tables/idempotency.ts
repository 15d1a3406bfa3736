import { integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { bytes } from './bytes.ts';

export const idempotencyKeys = pgTable('idempotency_keys', {
  tenant: integer('tenant').notNull(),
  id: bytes('id').notNull(),
  fingerprint: bytes('fingerprint').notNull(),
  status: integer('status'),
  body: text('body'),
  claimedAt: timestamp('claimed_at', { withTimezone: true }).notNull().defaultNow(),
});
