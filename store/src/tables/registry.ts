import type { PrivacyNotice } from '@vestige/core/package/notice';
import { integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import type { Party } from '../control/registry-store.ts';

export const parties = pgTable('parties', {
  tenant: integer('tenant').notNull(),
  id: text('id').notNull(),
  legalName: text('legal_name').notNull(),
  role: text('role').$type<Party['role']>().notNull(),
  country: text('country'),
  transferMechanism: text('transfer_mechanism'),
  contact: text('contact'),
  hosts: text('hosts').array().notNull(),
});

export const stores = pgTable('stores', {
  tenant: integer('tenant').notNull(),
  id: text('id').notNull(),
  title: text('title').notNull(),
  partyId: text('party_id'),
  connector: text('connector'),
  retentionDays: integer('retention_days'),
  backupRetentionDays: integer('backup_retention_days'),
  identifierTypes: text('identifier_types').array().notNull(),
});

export const nodeAliases = pgTable('node_aliases', {
  tenant: integer('tenant').notNull(),
  alias: text('alias').notNull(),
  canonical: text('canonical').notNull(),
});

export const internalHosts = pgTable('internal_hosts', {
  tenant: integer('tenant').notNull(),
  host: text('host').notNull(),
});

export const privacyNotices = pgTable('privacy_notices', {
  tenant: integer('tenant').notNull(),
  notice: jsonb('notice').$type<PrivacyNotice>().notNull(),
  updatedAt: timestamp('updated_at', { withTimezone: true, mode: 'date' }).notNull(),
});
