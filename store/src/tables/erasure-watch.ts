import { bigint, integer, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { bytes } from './bytes.ts';

const instant = (name: string) => timestamp(name, { withTimezone: true });

export const erasedPeople = pgTable('erased_people', {
  tenant: integer('tenant').notNull(),
  mac: bytes('mac').notNull(),
  requestId: text('request_id').notNull(),
  forgottenAt: instant('forgotten_at'),
  expiresAt: instant('expires_at').notNull(),
});

export const erasureRechecks = pgTable('erasure_rechecks', {
  tenant: integer('tenant').notNull(),
  requestId: text('request_id').notNull(),
  after: text('after', { enum: ['day', 'week', 'month', 'backup_horizon'] }).notNull(),
  dueAt: instant('due_at').notNull(),
  checkedAt: instant('checked_at'),
  found: bigint('found', { mode: 'number' }),
  scanId: uuid('scan_id'),
});

export const residueScans = pgTable('residue_scans', {
  tenant: integer('tenant').notNull(),
  id: uuid('id').notNull(),
  startedAt: instant('started_at').notNull(),
  tableName: text('table_name'),
  position: uuid('position'),
  seen: bigint('seen', { mode: 'number' }).notNull().default(0),
  resurfaced: jsonb('resurfaced').$type<Readonly<Record<string, number>>>().notNull().default({}),
  unknown: bigint('unknown', { mode: 'number' }).notNull().default(0),
  finishedAt: instant('finished_at'),
});

export const canaries = pgTable('canaries', {
  tenant: integer('tenant').notNull(),
  id: uuid('id').notNull(),
  subjectId: uuid('subject_id'),
  plantedAt: instant('planted_at').notNull(),
  verifiedAt: instant('verified_at'),
  failedStep: text('failed_step', { enum: ['plant', 'suppress', 'erase', 'verify', 'replay'] }),
});
