import { integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

const instant = (name: string) => timestamp(name, { withTimezone: true });

export const subjectKeyIds = pgTable('subject_key_ids', {
  tenant: integer('tenant').notNull(),
  kid: text('kid').notNull(),
  since: instant('since').notNull(),
  seenAt: instant('seen_at').notNull(),
  goneAt: instant('gone_at'),
});
