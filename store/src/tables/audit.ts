import { bigint, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { bytes } from './bytes.ts';

export const auditEntry = pgTable('audit_entry', {
  tenant: integer('tenant').notNull(),
  index: bigint('idx', { mode: 'number' }).notNull(),
  entry: bytes('entry').notNull(),
  requestId: text('request_id'),
});

export const auditPayload = pgTable('audit_payload', {
  tenant: integer('tenant').notNull(),
  index: bigint('idx', { mode: 'number' }).notNull(),
  nonce: bytes('nonce').notNull(),
  payload: text('payload').notNull(),
  subjectId: uuid('subject_id'),
  purpose: text('purpose'),
});
