import { randomUUID } from 'node:crypto';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { civilDateAt } from '@vestige/core/request/civil-date';
import { deadline } from '@vestige/core/request/deadline';
import { decideRequest, REFUSAL_REASONS, type RequestCommand, type RequestFacts } from '@vestige/core/request/request';
import { isOpen, OPEN_STATES } from '@vestige/core/request/request-state';
import { isHoldable } from '@vestige/core/request/request-type';
import { targetResult } from '@vestige/core/request/task';
import { bankCalendar, namedHolidays, type WorkingCalendar } from '@vestige/core/request/working-calendar';
import { and, arrayOverlaps, eq, inArray, isNull, notExists, or, sql } from 'drizzle-orm';
import type { AuditDraft } from '../audit/audit-store.ts';
import { insertAudit } from '../audit/insert-audit.ts';
import { handsOf } from '../control/hands.ts';
import type { Transaction } from '../postgres.ts';
import { bringBack } from '../retention/leaving-identities.ts';
import { escalateAt } from './escalating.ts';
import { heldEverywhere } from './hold-coverage.ts';
import { destroyProofs } from './identity-proofs.ts';
import { type By, DEFAULT_POLICY, type NewRequest, type RequestPolicy, type StoredRequest } from './request-store.ts';
import { packages, plans, requestPolicies, requests, tasks } from './tables.ts';

type Row = typeof requests.$inferSelect;
type Changes = Partial<typeof requests.$inferInsert>;

export function storedRequest(row: Row): StoredRequest {
  const { suppressionVersion, erasedBefore } = row;
  return {
    id: row.id,
    version: row.version,
    type: row.type,
    state: row.state,
    clock: row.clock,
    ground: row.ground,
    filedBy: row.filedBy,
    filedAt: row.filedAt,
    receivedAt: row.receivedAt,
    dueOn: row.dueOn,
    identity: row.identity,
    approval: row.approval,
    hold: row.hold,
    refusal: row.refusal,
    paused: row.paused,
    suspended: row.suspended,
    duplicateOf: row.duplicateOf,
    attention: row.attention,
    planVersion: row.planVersion,
    planHash: row.planHash,
    subjectIds: row.subjectIds,
    aliasCount: row.aliasCount,
    selectorCount: row.selectorCount,
    purposes: row.purposes,
    exemptions: row.exemptions,
    acknowledgedOn: row.acknowledgedOn,
    suppression:
      suppressionVersion === null || erasedBefore === null
        ? null
        : { version: suppressionVersion, erasedBefore, tailUntil: row.tailUntil, done: row.suppressed },
    telemetryDoneAtS: row.telemetryDoneAtS,
    startedAt: row.startedAt,
    executedAt: row.executedAt,
    endedAt: row.endedAt,
  };
}

export async function insertRequest(
  tx: Transaction,
  tenant: TenantId,
  given: NewRequest,
  by: By,
): Promise<StoredRequest> {
  const calendar = calendarOf(await readPolicy(tx, tenant));
  const receivedOn = civilDateAt(given.receivedAt, calendar.timeZone);
  const clock = { regime: given.regime, receivedOn, pauses: [], extension: null };
  await bringBack(tx, tenant, given.subjectIds);
  const [row] = await tx
    .insert(requests)
    .values({
      tenant,
      id: randomUUID(),
      version: 1,
      type: given.type,
      regime: given.regime,
      ground: given.ground,
      state: 'received',
      filedBy: by.actor,
      filedAt: by.now,
      receivedAt: given.receivedAt,
      clock,
      dueOn: deadline(clock, calendar, civilDateAt(by.now, calendar.timeZone)).due,
      subjectIds: [...given.subjectIds],
      selectorCount: given.identifiers.length + given.tokens.length,
      purposes: [...(given.purposes ?? [])],
      escalateAt: escalateAt({ clock, acknowledgedOn: null }, calendar, 0, by.now),
      workAfter: by.now,
    })
    .returning();
  if (!row) throw new VestigeError('internal', 'the request was not stored');
  return storedRequest(row);
}

/**
 * The only way a request changes state. The row is locked, the core decides, and the update names the version it read.
 *
 * @param also what belongs to the event, in the same transaction; may add columns to the change
 * @param facts of the audit entry beside the event
 */
export async function transition(
  tx: Transaction,
  tenant: TenantId,
  id: string,
  command: RequestCommand,
  by: By,
  also: (request: StoredRequest) => Promise<Changes> = async () => ({}),
  facts: Pick<AuditDraft, 'payload' | 'subjectId'> = {},
): Promise<StoredRequest> {
  const row = await lockRequest(tx, tenant, id);
  const before = storedRequest(row);
  const known = await factsOf(tx, tenant, before, by);
  const decision = decideRequest(before, command, known);
  if (!decision.ok) throw refused(before, command, decision);
  const { next } = decision;
  const extra = await also({ ...before, ...next });
  const ended = !isOpen(next.state);
  const dueOn = deadline(next.clock, known.calendar, civilDateAt(by.now, known.calendar.timeZone)).due;
  if (dueOn !== before.dueOn) await moveDeadlineOfTasks(tx, tenant, id, dueOn);
  // An extension begins a longer period, of which nothing has been told yet.
  const told = command.event === 'extend' ? 0 : row.escalated;
  const [after] = await tx
    .update(requests)
    .set({
      version: before.version + 1,
      state: next.state,
      clock: next.clock,
      filedBy: next.filedBy,
      dueOn,
      escalated: told,
      escalateAt: ended ? null : escalateAt(next, known.calendar, told, by.now),
      acknowledgedOn: next.acknowledgedOn,
      identity: next.identity,
      planHash: next.planHash,
      approval: next.approval,
      paused: next.paused,
      hold: next.hold,
      suspended: next.suspended,
      endedAt: ended ? by.now : null,
      workAfter: by.now,
      ...extra,
    })
    .where(and(eq(requests.tenant, tenant), eq(requests.id, id), eq(requests.version, before.version)))
    .returning();
  if (!after) throw new VestigeError('conflict', 'the request changed meanwhile');
  // Art. 12(6): what was shown to be recognised ends with the decision.
  if (ended || command.event === 'verify_identity') {
    await destroyProofs(tx, tenant, id, ended ? 'request_ended' : 'decided', by);
  }
  await insertAudit(tx, tenant, {
    type: `request.${command.event}`,
    actor: by.actor,
    object: { kind: 'request', id },
    requestId: id,
    ...(facts.subjectId === undefined ? {} : { subjectId: facts.subjectId }),
    payload: { from: before.state, to: next.state, version: after.version, ...eventFacts(command), ...facts.payload },
  });
  return storedRequest(after);
}

/** @throws VestigeError `not_found` */
export async function lockRequest(tx: Transaction, tenant: TenantId, id: string): Promise<Row> {
  const [row] = await tx
    .select()
    .from(requests)
    .where(and(eq(requests.tenant, tenant), eq(requests.id, id)))
    .for('update');
  if (!row) throw new VestigeError('not_found', 'there is no such request');
  return row;
}

/** The same without a lock. @throws VestigeError `not_found` */
export async function requireRequest(tx: Transaction, tenant: TenantId, id: string): Promise<StoredRequest> {
  const [row] = await tx
    .select()
    .from(requests)
    .where(and(eq(requests.tenant, tenant), eq(requests.id, id)));
  if (!row) throw new VestigeError('not_found', 'there is no such request');
  return storedRequest(row);
}

export async function readPolicy(tx: Transaction, tenant: TenantId): Promise<RequestPolicy> {
  const [row] = await tx.select().from(requestPolicies).where(eq(requestPolicies.tenant, tenant));
  if (!row) return DEFAULT_POLICY;
  const { singleKeyApproval, timeZone, holidays, packageDays, identity, workPaused } = row;
  return {
    singleKeyApproval,
    timeZone,
    holidays,
    packageDays,
    identity: identity ?? DEFAULT_POLICY.identity,
    workPaused,
  };
}

export function calendarOf(policy: RequestPolicy): WorkingCalendar {
  return policy.holidays === null ? bankCalendar(policy.timeZone) : namedHolidays(policy.timeZone, policy.holidays);
}

/** What the record itself does not say, read in the same transaction. */
export async function factsOf(
  tx: Transaction,
  tenant: TenantId,
  request: StoredRequest,
  by: By,
): Promise<RequestFacts> {
  const policy = await readPolicy(tx, tenant);
  const rows = await tx
    .select({ node: tasks.node, state: tasks.state, upstream: tasks.upstream, keeps: tasks.keeps })
    .from(tasks)
    .where(
      and(
        eq(tasks.tenant, tenant),
        eq(tasks.requestId, request.id),
        eq(tasks.planVersion, request.planVersion),
        eq(tasks.dry, false),
      ),
    );
  const stateOf = new Map(rows.map((row) => [row.node, row.state]));
  return {
    actor: by.actor,
    hands: await handsOf(tx, tenant, by.actor),
    now: by.now,
    calendar: calendarOf(policy),
    requiredAssurance: policy.identity.requiredAssurance[request.type],
    exemptedBy: await exemptedBy(tx, tenant, request),
    singleKeyAllowed: policy.singleKeyApproval,
    unsealedAccess: request.type === 'erasure' && (await hasUnsealedAccess(tx, tenant, request)),
    heldByScope: isHoldable(request.type) && (await heldEverywhere(tx, tenant, request.subjectIds)),
    workPaused: policy.workPaused !== null,
    started: request.startedAt !== null,
    suppressing: request.suppression !== null,
    suppressed: request.suppression?.done === true,
    sealed: await isSealed(tx, tenant, request),
    tasks: rows.map((row) =>
      targetResult(
        row.state,
        row.upstream.map((node) => stateOf.get(node) ?? 'blocked'),
        row.keeps !== null,
      ),
    ),
  };
}

/** Who entered what the plan that waits for its approval leaves out. */
async function exemptedBy(tx: Transaction, tenant: TenantId, request: StoredRequest): Promise<string[]> {
  if (request.state !== 'awaiting_approval' || request.exemptions.length === 0) return [];
  const [row] = await tx
    .select({ plan: plans.plan })
    .from(plans)
    .where(and(eq(plans.tenant, tenant), eq(plans.requestId, request.id), eq(plans.version, request.planVersion)));
  return [...new Set((row?.plan.exemptions ?? []).map(({ by }) => by))];
}

/** The deadline stands at the tasks too, because claims go by it. */
async function moveDeadlineOfTasks(tx: Transaction, tenant: TenantId, id: string, dueOn: string): Promise<void> {
  await tx
    .update(tasks)
    .set({ dueOn })
    .where(and(eq(tasks.tenant, tenant), eq(tasks.requestId, id)));
}

/** Research FM on access before erasure: destroying data to avoid answering is itself an infringement. */
async function hasUnsealedAccess(tx: Transaction, tenant: TenantId, request: StoredRequest): Promise<boolean> {
  if (request.subjectIds.length === 0) return false;
  const sealedCopy = tx
    .select({ one: sql`1` })
    .from(packages)
    .where(
      and(
        eq(packages.tenant, tenant),
        eq(packages.requestId, requests.id),
        eq(packages.planVersion, requests.planVersion),
      ),
    );
  const [open] = await tx
    .select({ id: requests.id })
    .from(requests)
    .where(
      and(
        eq(requests.tenant, tenant),
        inArray(requests.type, ['access', 'portability']),
        inArray(requests.state, [...OPEN_STATES]),
        arrayOverlaps(requests.subjectIds, [...request.subjectIds]),
        // What is sealed of a request that was reopened is what it had missed something in, until it is planned anew.
        or(isNull(requests.planHash), notExists(sealedCopy)),
      ),
    )
    .limit(1);
  return open !== undefined;
}

async function isSealed(tx: Transaction, tenant: TenantId, request: StoredRequest): Promise<boolean> {
  const [row] = await tx
    .select({ planVersion: packages.planVersion })
    .from(packages)
    .where(and(eq(packages.tenant, tenant), eq(packages.requestId, request.id)));
  return row?.planVersion === request.planVersion;
}

function refused(
  before: StoredRequest,
  command: RequestCommand,
  { reason, legal }: Extract<ReturnType<typeof decideRequest>, { ok: false }>,
): VestigeError {
  const facts = { state: before.state, event: command.event, reason, legal };
  const says = `${command.event} is refused in state ${before.state}: ${REFUSAL_REASONS[reason]}`;
  if (reason === 'plan_changed') return new VestigeError('plan_changed', says, facts);
  return new VestigeError(reason === 'four_eyes' ? 'forbidden' : 'illegal_transition', says, facts);
}

function eventFacts(command: RequestCommand): Record<string, unknown> {
  const { event: _, ...facts } = command;
  return facts;
}
