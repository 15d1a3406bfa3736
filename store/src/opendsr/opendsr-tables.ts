import { boolean, integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';

/** The tables of migrations/postgres/0086-opendsr.sql. */
const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

export const opendsrSettings = pgTable('opendsr_settings', {
  tenant: integer('tenant').notNull(),
  hashedIdentities: boolean('hashed_identities').notNull(),
  controllerIdentifies: boolean('controller_identifies').notNull(),
  callbackHosts: text('callback_hosts').array().notNull(),
});

export const opendsrRequests = pgTable('opendsr_requests', {
  tenant: integer('tenant').notNull(),
  subjectRequestId: uuid('subject_request_id').notNull(),
  requestId: uuid('request_id'),
  takenAt: instant('taken_at').notNull(),
  controllerId: text('controller_id').notNull(),
  regulation: text('regulation').$type<'gdpr' | 'ccpa'>().notNull(),
  subjectRequestType: text('subject_request_type').$type<'access' | 'portability' | 'erasure'>().notNull(),
  submittedTime: instant('submitted_time').notNull(),
  receivedTime: instant('received_time').notNull(),
  callbackUrls: text('callback_urls').array().notNull(),
  reported: text('reported'),
});

export const opendsrCallbacks = pgTable('opendsr_callbacks', {
  tenant: integer('tenant').notNull(),
  id: uuid('id').notNull().defaultRandom(),
  subjectRequestId: uuid('subject_request_id').notNull(),
  url: text('url').notNull(),
  body: text('body').notNull(),
  attempts: integer('attempts').notNull().default(0),
  dueAt: instant('due_at').notNull(),
  deliveredAt: instant('delivered_at'),
  givenUpAt: instant('given_up_at'),
  failure: text('failure'),
});
