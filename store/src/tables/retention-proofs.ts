import type { RetentionProblem } from '@vestige/core/retention/judge-retention';
import type { RetentionClass } from '@vestige/core/retention/retention-class';
import { bigint, date, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

export const retentionProofs = pgTable('retention_proofs', {
  tenant: integer('tenant').notNull(),
  day: date('day', { mode: 'string' }).notNull(),
  place: text('place').notNull(),
  class: text('class').$type<RetentionClass>().notNull(),
  minDays: integer('min_days').notNull(),
  limitDays: integer('limit_days'),
  oldest: timestamp('oldest', { withTimezone: true }),
  overdue: bigint('overdue', { mode: 'number' }).notNull(),
  problems: text('problems').array().$type<RetentionProblem[]>().notNull(),
  provedAt: timestamp('proved_at', { withTimezone: true }).notNull().defaultNow(),
});
