import { bigint, date, integer, pgTable, smallint, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { bytes } from './bytes.ts';

const tenant = () => integer('tenant').notNull();
const whole = (name: string) => bigint(name, { mode: 'number' });
const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

export const auditPending = pgTable('audit_pending', {
  tenant: tenant(),
  id: whole('id').generatedAlwaysAsIdentity(),
  at: instant('at').notNull().defaultNow(),
  body: text('body').notNull(),
  requestId: text('request_id'),
});

export const auditEntry = pgTable('audit_entry', {
  tenant: tenant(),
  index: whole('idx').notNull(),
  id: whole('id').notNull(),
  entry: bytes('entry').notNull(),
  requestId: text('request_id'),
});

export const auditNode = pgTable('audit_node', {
  tenant: tenant(),
  level: smallint('level').notNull(),
  pos: whole('pos').notNull(),
  hash: bytes('hash').notNull(),
});

export const auditCheckpoint = pgTable('audit_checkpoint', {
  tenant: tenant(),
  size: whole('size').notNull(),
  note: text('note').notNull(),
  at: instant('at').notNull().defaultNow(),
});

export const auditAnchor = pgTable('audit_anchor', {
  tenant: tenant(),
  size: whole('size').notNull(),
  kind: text('kind').notNull().$type<'rfc3161' | 'copy'>(),
  place: text('place').notNull(),
  proof: bytes('proof').notNull(),
  at: instant('at').notNull().defaultNow(),
});

export const auditPayload = pgTable('audit_payload', {
  tenant: tenant(),
  id: whole('id').notNull(),
  nonce: bytes('nonce').notNull(),
  payload: text('payload').notNull(),
  subjectId: uuid('subject_id'),
  purpose: text('purpose'),
  requestId: text('request_id'),
});

export const auditRedaction = pgTable('audit_redaction', {
  tenant: tenant(),
  index: whole('idx').notNull(),
  byId: whole('by_id').notNull(),
});

export const auditHeartbeat = pgTable('audit_heartbeat', {
  tenant: tenant(),
  day: date('day', { mode: 'string' }).notNull(),
  id: whole('id').notNull(),
});
