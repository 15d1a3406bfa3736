import type { Delegation } from '@vestige/core/opendsr/delegation';
import { integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';

/** The table of migrations/postgres/0087-delegations.sql. */
const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

export const delegations = pgTable('delegations', {
  tenant: integer('tenant').notNull(),
  taskId: uuid('task_id').notNull(),
  requestId: uuid('request_id').notNull(),
  node: text('node').notNull(),
  channel: text('channel').notNull(),
  processor: text('processor').notNull(),
  baseUrl: text('base_url').notNull(),
  reference: text('reference').notNull(),
  callbackUrl: text('callback_url'),
  heard: text('heard').$type<Delegation['heard']>().notNull(),
  submittedAt: instant('submitted_at').notNull(),
  expectedAt: instant('expected_at').notNull(),
  dueAt: instant('due_at').notNull(),
  heardAt: instant('heard_at'),
  heardBy: text('heard_by').$type<'callback' | 'poll'>(),
  escalated: integer('escalated').notNull().default(0),
});
