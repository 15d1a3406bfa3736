import { integer, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';

export const exposures = pgTable('exposures', {
  tenant: integer('tenant').notNull(),
  id: uuid('id').notNull(),
  question: jsonb('question').$type<Readonly<Record<string, unknown>>>().notNull(),
  askedBy: text('asked_by').notNull(),
  askedAt: timestamp('asked_at', { withTimezone: true }).notNull(),
  purpose: text('purpose').notNull(),
  approvedBy: text('approved_by'),
  approvedAt: timestamp('approved_at', { withTimezone: true }),
});
