import { z } from '@hono/zod-openapi';
import { civilDateAt, endOfDay } from '@vestige/core/request/civil-date';
import { deadline, PAUSE_REASONS, REGIMES } from '@vestige/core/request/deadline';
import { exemptionsHash } from '@vestige/core/request/exemption';
import { Plan, type PlanTarget } from '@vestige/core/request/plan';
import { REQUEST_TYPES } from '@vestige/core/request/request';
import { REQUEST_STATES } from '@vestige/core/request/request-state';
import { TASK_STATES } from '@vestige/core/request/task-state';
import { FAILURE_CLASSES, TASK_ACTIONS } from '@vestige/core/request/worker-protocol';
import { bankCalendar, namedHolidays } from '@vestige/core/request/working-calendar';
import type { RequestPolicy, StoredPlan, StoredRequest, StoredTask } from '@vestige/store/requests/request-store';
import { Instant } from '../http/fields.ts';

/** Requests, plans and tasks as clients see them. None of it names the person: who it is about is another question. */
const Day = z.iso.date();

export const RequestView = z
  .object({
    id: z.uuid(),
    type: z.enum(REQUEST_TYPES),
    regime: z.enum(REGIMES),
    ground: z.string().nullable(),
    state: z.enum(REQUEST_STATES),
    overlays: z.object({
      paused: z.enum(PAUSE_REASONS).nullable(),
      legalHold: z.object({ matter: z.string(), by: z.string(), reviewAt: Day }).nullable(),
      suspended: z.boolean(),
      workPaused: z
        .object({ by: z.string(), at: Instant, reason: z.string() })
        .nullable()
        .openapi({ description: 'Work on all requests stands still; the clock runs on' }),
    }),
    acknowledgedOn: Day.nullable(),
    purposes: z.array(z.string()).openapi({ description: 'Of an objection; empty for every purpose' }),
    attention: z.string().nullable().openapi({
      description: 'Why it does not go on by itself',
      example: 'ambiguous_identifiers',
    }),
    filedAt: Instant,
    filedBy: z.string(),
    receivedAt: Instant,
    clock: z.object({
      dueRaw: Day.openapi({ description: 'Before rolling over days off' }),
      due: Day,
      dueAt: Instant.openapi({ description: 'End of that day at the controller’s place, exclusive' }),
      acknowledgeBy: Day.nullable(),
      extended: z.boolean(),
      extendBy: Day.nullable(),
      paused: z.boolean(),
      pausedDays: z.int(),
      receivedOn: Day.openapi({ description: 'Day zero, at the controller’s place' }),
      pauses: z.array(z.object({ from: Day, to: Day.nullable(), reason: z.enum(PAUSE_REASONS) })).openapi({
        description: 'Also under a regime that knows no pause: they move no deadline there',
      }),
      extension: z.object({ reason: z.string(), notifiedOn: Day }).nullable(),
    }),
    identity: z.object({ method: z.string(), assurance: z.string(), by: z.string(), at: Instant }).nullable(),
    planVersion: z.int(),
    planHash: z.string().nullable(),
    approval: z.object({ planHash: z.string(), by: z.string(), at: Instant, singleKey: z.boolean() }).nullable(),
    refusal: z.object({ code: z.string(), complaintAuthority: z.string(), evidence: z.string().optional() }).nullable(),
    duplicateOf: z.uuid().nullable(),
    suppression: z
      .object({ version: z.int(), erasedBefore: Instant, done: z.boolean() })
      .nullable()
      .openapi({ description: 'Spans of the person before `erasedBefore` are refused from now on' }),
    progress: z
      .record(z.string(), z.int())
      .openapi({ description: 'Tasks by state', example: { verified: 3, leased: 1 } }),
    endedAt: Instant.nullable(),
  })
  .openapi('Request');

export const PlanView = z
  .object({
    version: z.int(),
    hash: z.string(),
    madeAt: Instant,
    ...Plan.shape,
    exemptionsHash: z
      .string()
      .openapi({ description: 'Of the exemptions of the request, for `replaces` when they change' }),
    unserved: z.array(z.string()).openapi({
      description:
        'Targets nobody can work on yet: each blocks completion until a connector is registered or it is exempted',
    }),
  })
  .openapi('Plan');

export const TaskView = z
  .object({
    id: z.uuid(),
    requestId: z.uuid(),
    planVersion: z.int(),
    node: z.string(),
    action: z.enum(TASK_ACTIONS),
    origin: z.string(),
    confidence: z.string().nullable(),
    after: z.array(z.string()).openapi({ description: 'Targets that must be clean first' }),
    state: z.enum(TASK_STATES),
    attempt: z.int(),
    leasedTo: z.object({ by: z.string(), worker: z.string(), until: Instant }).nullable(),
    notBefore: Instant,
    executedBy: z.string().nullable(),
    verifiedBy: z.string().nullable(),
    counts: z.object({ found: z.int(), erased: z.int(), residual: z.int() }).nullable(),
    method: z.string().nullable(),
    evidenceDigest: z.string().nullable(),
    cannotErase: z.array(z.string()),
    failure: z.object({ class: z.enum(FAILURE_CLASSES), code: z.string(), message: z.string().nullable() }).nullable(),
    exemption: z.object({ code: z.string(), basis: z.string(), reviewAt: Day, by: z.string() }).nullable(),
    keeps: z
      .array(z.object({ categories: z.array(z.string()), from: Day.nullable(), to: Day.nullable() }))
      .openapi({ description: 'Parts of the place that the plan exempts; the rest is worked on' }),
  })
  .openapi('Task');

export function requestView(
  request: StoredRequest,
  policy: RequestPolicy,
  progress: Readonly<Record<string, number>>,
  now: Date,
): z.infer<typeof RequestView> {
  const { timeZone, holidays } = policy;
  const calendar = holidays === null ? bankCalendar(timeZone) : namedHolidays(timeZone, holidays);
  const clock = deadline(request.clock, calendar, civilDateAt(request.endedAt ?? now, timeZone));
  return {
    id: request.id,
    type: request.type,
    regime: request.clock.regime,
    ground: request.ground,
    state: request.state,
    overlays: {
      paused: request.paused,
      legalHold: request.hold,
      suspended: request.suspended,
      workPaused: policy.workPaused,
    },
    acknowledgedOn: request.acknowledgedOn,
    purposes: [...request.purposes],
    attention: request.attention,
    filedAt: request.filedAt.toISOString(),
    filedBy: request.filedBy,
    receivedAt: request.receivedAt.toISOString(),
    clock: {
      ...clock,
      dueAt: endOfDay(clock.due, timeZone).toISOString(),
      receivedOn: request.clock.receivedOn,
      pauses: request.clock.pauses.map((pause) => ({ ...pause })),
      extension: request.clock.extension && { ...request.clock.extension },
    },
    identity: request.identity,
    planVersion: request.planVersion,
    planHash: request.planHash,
    approval: request.approval,
    refusal: request.refusal,
    duplicateOf: request.duplicateOf,
    suppression: request.suppression && {
      version: request.suppression.version,
      erasedBefore: request.suppression.erasedBefore.toISOString(),
      done: request.suppression.done,
    },
    progress: { ...progress },
    endedAt: request.endedAt?.toISOString() ?? null,
  };
}

/** @param isServed whether somebody is registered to work on a target, as the registry says now */
export function planView(
  { version, hash, madeAt, plan }: StoredPlan,
  { exemptions }: Pick<StoredRequest, 'exemptions'>,
  isServed: (target: PlanTarget) => boolean,
): z.infer<typeof PlanView> {
  const unserved = plan.targets.filter((target) => target.origin !== 'own' && !isServed(target));
  return {
    version,
    hash,
    madeAt: madeAt.toISOString(),
    ...plan,
    exemptionsHash: exemptionsHash(exemptions),
    unserved: unserved.map((target) => target.node),
  };
}

export function taskView(task: StoredTask): z.infer<typeof TaskView> {
  return {
    id: task.id,
    requestId: task.requestId,
    planVersion: task.planVersion,
    node: task.node,
    action: task.action,
    origin: task.origin,
    confidence: task.confidence,
    after: [...task.upstream],
    state: task.state,
    attempt: task.attempt,
    leasedTo: task.lease && { ...task.lease, until: task.lease.until.toISOString() },
    notBefore: task.notBefore.toISOString(),
    executedBy: task.executedBy,
    verifiedBy: task.verifiedBy,
    counts: task.counts,
    method: task.method,
    evidenceDigest: task.evidenceDigest,
    cannotErase: [...task.cannotErase],
    failure: task.failure && { ...task.failure, message: task.failureMessage },
    exemption: task.exemption,
    keeps: task.keeps.map((part) => ({ ...part, categories: [...part.categories] })),
  };
}
