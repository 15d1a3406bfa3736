import { sql } from 'drizzle-orm';
import { bigint, boolean, integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import type { LinkEvent, LinkKind } from '../control/alias-store.ts';
import { bytes } from './bytes.ts';

export const subjects = pgTable('subjects', {
  tenant: integer('tenant').notNull(),
  id: uuid('id').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  lookAt: timestamp('look_at', { withTimezone: true }).notNull().default(sql`now() + interval '431 days'`),
  leftAt: timestamp('left_at', { withTimezone: true }),
});

export const aliases = pgTable('aliases', {
  tenant: integer('tenant').notNull(),
  token: text('token').notNull(),
  subjectId: uuid('subject_id').notNull(),
  kid: text('kid').notNull(),
  type: text('type'),
  firstSeen: timestamp('first_seen', { withTimezone: true }).notNull().defaultNow(),
  retired: boolean('retired').notNull().default(false),
  shared: boolean('shared').notNull().default(false),
});

export const subjectLinks = pgTable('subject_links', {
  tenant: integer('tenant').notNull(),
  low: uuid('low').notNull(),
  high: uuid('high').notNull(),
  kind: text('kind').$type<LinkKind>().notNull(),
  evidence: text('evidence').notNull(),
  linkedAt: timestamp('linked_at', { withTimezone: true }).notNull().defaultNow(),
});

export const subjectLinkEvents = pgTable('subject_link_events', {
  tenant: integer('tenant').notNull(),
  id: bigint('id', { mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
  low: uuid('low').notNull(),
  high: uuid('high').notNull(),
  action: text('action').$type<LinkEvent['action']>().notNull(),
  kind: text('kind').$type<LinkKind>().notNull(),
  evidence: text('evidence').notNull(),
  actor: text('actor').notNull(),
  at: timestamp('at', { withTimezone: true }).notNull().defaultNow(),
});

export const subjectSets = pgTable('subject_sets', {
  tenant: integer('tenant').notNull(),
  id: text('id').notNull(),
  count: integer('count').notNull(),
  kids: text('kids').array(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
});

export const subjectSetMembers = pgTable('subject_set_members', {
  tenant: integer('tenant').notNull(),
  setId: text('set_id').notNull(),
  token: text('token').notNull(),
});

export const suppression = pgTable('suppression', {
  tenant: integer('tenant').notNull(),
  mac: bytes('mac').notNull(),
  erasedBefore: timestamp('erased_before', { withTimezone: true }).notNull(),
  requestId: text('request_id').notNull(),
  expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
});

export const suppressionVersions = pgTable('suppression_versions', {
  tenant: integer('tenant').primaryKey(),
  version: integer('version').notNull(),
});

export const collectors = pgTable('collectors', {
  tenant: integer('tenant').notNull(),
  id: text('id').notNull(),
  suppressionVersion: integer('suppression_version').notNull(),
  seenAt: timestamp('seen_at', { withTimezone: true }).notNull().defaultNow(),
});
