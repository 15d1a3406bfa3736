import { integer, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';

export const findings = pgTable('findings', {
  tenant: integer('tenant').notNull(),
  id: uuid('id').notNull().defaultRandom(),
  type: text('type').notNull(),
  key: text('key').notNull(),
  details: jsonb('details').$type<Readonly<Record<string, unknown>>>().notNull(),
  times: integer('times').notNull().default(1),
  firstSeen: timestamp('first_seen', { withTimezone: true }).notNull().defaultNow(),
  lastSeen: timestamp('last_seen', { withTimezone: true }).notNull().defaultNow(),
  settledAt: timestamp('settled_at', { withTimezone: true }),
  settledBy: text('settled_by'),
  settledWhy: text('settled_why'),
});
