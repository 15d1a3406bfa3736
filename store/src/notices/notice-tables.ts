import type { Acknowledgement, NoticeChannel, NoticeExcuse } from '@vestige/core/notice/recipient-notice';
import { date, integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';

/** The tables of migrations/postgres/0085-recipient-notices.sql. */
const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

export const recipientNotices = pgTable('recipient_notices', {
  tenant: integer('tenant').notNull(),
  requestId: uuid('request_id').notNull(),
  party: text('party').notNull(),
  nodes: text('nodes').array().notNull(),
  channel: text('channel').$type<NoticeChannel>(),
  sentAt: instant('sent_at'),
  sentBy: text('sent_by'),
  acknowledgement: text('acknowledgement').$type<Acknowledgement>(),
  acknowledgedAt: instant('acknowledged_at'),
  excuseCode: text('excuse_code').$type<NoticeExcuse>(),
  excuseBasis: text('excuse_basis'),
  excuseBy: text('excuse_by'),
  againSince: instant('again_since'),
});

export const recipientHolds = pgTable('recipient_holds', {
  tenant: integer('tenant').notNull(),
  party: text('party').notNull(),
  since: date('since', { mode: 'string' }).notNull(),
  matter: text('matter').notNull(),
  notedBy: text('noted_by').notNull(),
  liftedOn: date('lifted_on', { mode: 'string' }),
});
