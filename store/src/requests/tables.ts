import type { Clock, PauseReason } from '@vestige/core/request/deadline';
import type { PlanExemption } from '@vestige/core/request/exemption';
import type { Assurance, IdentityPolicy, ProofKind, ProofMediaType } from '@vestige/core/request/identity-policy';
import type { KeptPart } from '@vestige/core/request/kept-part';
import type { Plan } from '@vestige/core/request/plan';
import type { Approval, Hold, Identity, RequestType } from '@vestige/core/request/request';
import type { RequestState } from '@vestige/core/request/request-state';
import type { TaskState } from '@vestige/core/request/task-state';
import type { FailureClass, TaskAction } from '@vestige/core/request/worker-protocol';
import { bigint, boolean, date, integer, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { bytes } from '../tables/bytes.ts';
import type { Attention, Exemption, Refusal, WorkPause } from './request-store.ts';
import type { LiftNotice } from './restriction-store.ts';

/** The tables of migrations/postgres/0030–0034, 0075–0077 and 0110–0112. */
const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
const count = (name: string) => bigint(name, { mode: 'number' });

export const requestPolicies = pgTable('request_policies', {
  tenant: integer('tenant').notNull(),
  singleKeyApproval: boolean('single_key_approval').notNull(),
  timeZone: text('time_zone').notNull(),
  holidays: date('holidays', { mode: 'string' }).array(),
  packageDays: integer('package_days').notNull(),
  workPaused: jsonb('work_paused').$type<WorkPause>(),
  identity: jsonb('identity').$type<IdentityPolicy>(),
});

export const requests = pgTable('requests', {
  tenant: integer('tenant').notNull(),
  id: uuid('id').notNull(),
  version: integer('version').notNull(),
  type: text('type').$type<RequestType>().notNull(),
  regime: text('regime').notNull(),
  ground: text('ground'),
  state: text('state').$type<RequestState>().notNull(),
  filedBy: text('filed_by').notNull(),
  filedAt: instant('filed_at').notNull(),
  receivedAt: instant('received_at').notNull(),
  clock: jsonb('clock').$type<Clock>().notNull(),
  dueOn: date('due_on', { mode: 'string' }).notNull(),
  identity: jsonb('identity').$type<Identity>(),
  approval: jsonb('approval').$type<Approval>(),
  hold: jsonb('hold').$type<Hold>(),
  refusal: jsonb('refusal').$type<Refusal>(),
  paused: text('paused').$type<PauseReason>(),
  suspended: boolean('suspended').notNull().default(false),
  duplicateOf: uuid('duplicate_of'),
  attention: text('attention').$type<Attention>(),
  planVersion: integer('plan_version').notNull().default(0),
  planHash: text('plan_hash'),
  subjectIds: uuid('subject_ids').array().notNull(),
  aliasCount: integer('alias_count').notNull().default(0),
  selectorCount: integer('selector_count').notNull(),
  suppressionVersion: integer('suppression_version'),
  erasedBefore: instant('erased_before'),
  tailUntil: instant('tail_until'),
  suppressed: boolean('suppressed').notNull().default(false),
  telemetryDoneAtS: count('telemetry_done_at_s'),
  startedAt: instant('started_at'),
  executedAt: instant('executed_at'),
  endedAt: instant('ended_at'),
  acknowledgedOn: date('acknowledged_on', { mode: 'string' }),
  escalated: integer('escalated').notNull().default(0),
  escalateAt: instant('escalate_at'),
  purposes: text('purposes').array().notNull(),
  exemptions: jsonb('exemptions').$type<readonly PlanExemption[]>().notNull().default([]),
  workOwner: text('work_owner'),
  workUntil: instant('work_until'),
  workAfter: instant('work_after').notNull(),
});

export const requestKeys = pgTable('request_keys', {
  tenant: integer('tenant').notNull(),
  requestId: uuid('request_id').notNull(),
  purpose: text('purpose').$type<'selectors' | 'package' | 'handover' | 'identity'>().notNull(),
  key: bytes('key').notNull(),
});

export const identityProofs = pgTable('identity_proofs', {
  tenant: integer('tenant').notNull(),
  requestId: uuid('request_id').notNull(),
  id: uuid('id').notNull(),
  kind: text('kind').$type<ProofKind>().notNull(),
  assurance: text('assurance').$type<Assurance>().notNull(),
  mediaType: text('media_type').$type<ProofMediaType>().notNull(),
  byteCount: integer('byte_count').notNull(),
  addedBy: text('added_by').notNull(),
  addedAt: instant('added_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
  sealed: bytes('sealed').notNull(),
});

export const requestIdentifiers = pgTable('request_identifiers', {
  tenant: integer('tenant').notNull(),
  requestId: uuid('request_id').notNull(),
  kind: text('kind').$type<'identifier' | 'token' | 'alias_nonce' | 'handover' | 'correction'>().notNull(),
  ordinal: integer('ordinal').notNull(),
  sealed: bytes('sealed').notNull(),
});

export const plans = pgTable('plans', {
  tenant: integer('tenant').notNull(),
  requestId: uuid('request_id').notNull(),
  version: integer('version').notNull(),
  hash: text('hash').notNull(),
  plan: jsonb('plan').$type<Plan>().notNull(),
  madeAt: instant('made_at').notNull(),
});

export const planRecords = pgTable('plan_records', {
  tenant: integer('tenant').notNull(),
  requestId: uuid('request_id').notNull(),
  node: text('node').notNull(),
  refs: text('refs').array().notNull(),
});

export const tasks = pgTable('tasks', {
  tenant: integer('tenant').notNull(),
  id: uuid('id').notNull(),
  requestId: uuid('request_id').notNull(),
  planVersion: integer('plan_version').notNull(),
  node: text('node').notNull(),
  action: text('action').$type<TaskAction>().notNull(),
  origin: text('origin').notNull(),
  confidence: text('confidence'),
  upstream: text('upstream').array().notNull(),
  state: text('state').$type<TaskState>().notNull(),
  fence: count('fence').notNull().default(0),
  attempt: integer('attempt').notNull().default(0),
  rounds: integer('rounds').notNull().default(0),
  leaseBy: text('lease_by'),
  leaseWorker: text('lease_worker'),
  leaseUntil: instant('lease_until'),
  notBefore: instant('not_before').notNull(),
  executedBy: text('executed_by'),
  verifiedBy: text('verified_by'),
  found: count('found'),
  erased: count('erased'),
  residual: count('residual'),
  announced: count('announced'),
  method: text('method'),
  evidenceDigest: text('evidence_digest'),
  cannotErase: text('cannot_erase').array().notNull(),
  failureClass: text('failure_class').$type<FailureClass>(),
  failureCode: text('failure_code'),
  failureMessage: text('failure_message'),
  exemption: jsonb('exemption').$type<Exemption>(),
  keeps: jsonb('keeps').$type<readonly KeptPart[]>(),
  dueOn: date('due_on', { mode: 'string' }).notNull(),
  dry: boolean('dry').notNull().default(false),
  updatedAt: instant('updated_at').notNull(),
});

export const receipts = pgTable('receipts', {
  tenant: integer('tenant').notNull(),
  taskId: uuid('task_id').notNull(),
  fence: count('fence').notNull(),
  requestId: uuid('request_id').notNull(),
  phase: text('phase').$type<'execute' | 'verify'>().notNull(),
  event: text('event').notNull(),
  byKey: text('by_key').notNull(),
  worker: text('worker').notNull(),
  found: count('found').notNull(),
  erased: count('erased').notNull(),
  residual: count('residual').notNull(),
  searched: boolean('searched').notNull(),
  method: text('method').notNull(),
  evidenceDigest: text('evidence_digest').notNull(),
  cannotErase: text('cannot_erase').array().notNull(),
  at: instant('at').notNull(),
});

export const taskData = pgTable('task_data', {
  tenant: integer('tenant').notNull(),
  taskId: uuid('task_id').notNull(),
  requestId: uuid('request_id').notNull(),
  fence: count('fence').notNull(),
  rowCount: count('row_count').notNull(),
  sealed: bytes('sealed').notNull(),
});

export const packages = pgTable('packages', {
  tenant: integer('tenant').notNull(),
  requestId: uuid('request_id').notNull(),
  planVersion: integer('plan_version').notNull(),
  sha256: text('sha256').notNull(),
  complete: boolean('complete').notNull(),
  byteCount: count('byte_count').notNull(),
  sealedAt: instant('sealed_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
  downloads: integer('downloads').notNull(),
  // Null once the bytes are gone.
  packageId: uuid('package_id'),
});

export const certificates = pgTable('certificates', {
  tenant: integer('tenant').notNull(),
  requestId: uuid('request_id').notNull(),
  planVersion: integer('plan_version').notNull(),
  id: uuid('id').notNull(),
  bytes: bytes('bytes').notNull(),
  issuedAt: instant('issued_at').notNull(),
});

export const holds = pgTable('holds', {
  tenant: integer('tenant').notNull(),
  id: uuid('id').notNull(),
  matter: text('matter').notNull(),
  nodes: text('nodes').array().notNull(),
  anyPerson: boolean('any_person').notNull(),
  subjectIds: uuid('subject_ids').array().notNull(),
  placedBy: text('placed_by').notNull(),
  placedAt: instant('placed_at').notNull(),
  reviewAt: date('review_at', { mode: 'string' }).notNull(),
  releasedBy: text('released_by'),
  releasedAt: instant('released_at'),
});

export const restrictions = pgTable('restrictions', {
  tenant: integer('tenant').notNull(),
  requestId: uuid('request_id').notNull(),
  ground: text('ground'),
  purposes: text('purposes').array().notNull(),
  subjectIds: uuid('subject_ids').array().notNull(),
  since: instant('since').notNull(),
  liftedBy: text('lifted_by'),
  liftedAt: instant('lifted_at'),
  notice: jsonb('notice').$type<LiftNotice>(),
});
