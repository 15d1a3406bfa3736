import { fourEyesObjection, type Hands, type TwoPersonActionName } from '../access/four-eyes.ts';
import type { CivilDate } from './civil-date.ts';
import { civilDateAt } from './civil-date.ts';
import type { Clock, PauseReason } from './deadline.ts';
import { type Assurance, reaches } from './identity-policy.ts';
import { outcomeOf, type TargetResult } from './outcome.ts';
import { needsSecondPerson } from './reasons.ts';
import type { Calendar } from './request-clock.ts';
import { extendClock, pauseClock, resumeClock } from './request-clock.ts';
import {
  isOpen,
  isRefusal,
  NEXT_REQUEST_STATE,
  REQUEST_EVENTS,
  type RequestEvent,
  type RequestState,
} from './request-state.ts';
import { givesCopy, isHoldable } from './request-type.ts';

/**
 * One request and what may happen to it: the table of `request-state.ts` plus the conditions a table cannot hold.
 * Pure: the caller hands in what it knows and stores what comes back, by compare-and-set.
 */
export const REQUEST_TYPES = ['access', 'portability', 'erasure', 'restriction', 'objection', 'rectification'] as const;
export type RequestType = (typeof REQUEST_TYPES)[number];

export interface RequestRecord {
  readonly type: RequestType;
  readonly state: RequestState;
  readonly clock: Clock;
  /** `key:<id>` that filed the request, or that reopened it: it said who the request is about. */
  readonly filedBy: string;
  readonly identity: Identity | null;
  readonly planHash: string | null;
  readonly approval: Approval | null;
  readonly paused: PauseReason | null;
  readonly hold: Hold | null;
  /** Operators stopped work on this request; the legal clock runs on (FM8). */
  readonly suspended: boolean;
  /** The person was told that the request has arrived: a deadline of its own in some regimes. */
  readonly acknowledgedOn: CivilDate | null;
}

export interface Identity {
  readonly method: string;
  readonly assurance: string;
  readonly by: string;
  readonly at: string;
}

export interface Approval {
  readonly planHash: string;
  readonly by: string;
  readonly at: string;
  /** Approved by the person who filed it or exempted a part of it, which the tenant's policy allowed. */
  readonly singleKey: boolean;
}

export interface Hold {
  readonly matter: string;
  readonly by: string;
  readonly reviewAt: string;
}

/** An event with what it carries. Events without facts of their own carry only their name. */
export type RequestCommand =
  | { readonly event: 'verify_identity'; readonly method: string; readonly assurance: string }
  | { readonly event: 'plan'; readonly planHash: string }
  | { readonly event: 'approve'; readonly planHash: string }
  | { readonly event: 'pause'; readonly reason: PauseReason }
  | { readonly event: 'hold'; readonly matter: string; readonly reviewAt: string }
  | { readonly event: 'extend'; readonly reason: string }
  | { readonly event: 'refuse'; readonly code: string }
  | { readonly event: Exclude<RequestEvent, EventWithFacts> };

type EventWithFacts = 'verify_identity' | 'plan' | 'approve' | 'pause' | 'hold' | 'extend' | 'refuse';

/** What the record itself does not say, read in the same transaction. */
export interface RequestFacts {
  readonly actor: string;
  /** Every key of the person behind the actor, itself included: two keys do not make two people. */
  readonly hands: Hands;
  readonly now: Date;
  readonly calendar: Calendar;
  /** How sure the tenant wants to be of a person before a request of this type goes on. */
  readonly requiredAssurance: Assurance;
  /** Who put exemptions into the current plan: another person approves it. */
  readonly exemptedBy: readonly string[];
  /** The tenant allows one key to file and approve. */
  readonly singleKeyAllowed: boolean;
  /** Another open access or portability request of this person whose copy is not sealed yet. */
  readonly unsealedAccess: boolean;
  /** A hold placed on a scope covers this person everywhere (`hold-scope.ts`). */
  readonly heldByScope: boolean;
  /** Operators stopped the work on all requests of this tenant. */
  readonly workPaused: boolean;
  /** Tasks of this request, or of the plan before it was reopened, have been handed out (INV4). */
  readonly started: boolean;
  /** Suppression has been sent out, so execution has begun in all but name. */
  readonly suppressing: boolean;
  /** Every collector has confirmed that it refuses this person's spans, and the tail written before is in. */
  readonly suppressed: boolean;
  /** The access copy of this very request is sealed. */
  readonly sealed: boolean;
  readonly tasks: readonly TargetResult[];
}

export const REFUSAL_REASONS = {
  '!early': 'the request has not come this far',
  '!late': 'the request is past this point',
  '!over': 'the request has ended',
  '!never': 'the event has no meaning in this state',
  paused: 'the request is paused',
  not_paused: 'the request is not paused',
  held: 'a legal hold is in force',
  not_held: 'no legal hold is in force',
  suspended: 'work on requests is suspended',
  not_suspended: 'work on this request is not suspended',
  already: 'this is already the case',
  unverified: 'the person has not been identified',
  assurance_too_low: 'a request of this type asks for a higher level of assurance',
  plan_changed: 'the plan has another hash than the one named',
  four_eyes:
    'a second person has to do this: not who filed the request, exempted a part of it or placed the hold, under any key',
  unsealed_access: 'an access request of the same person has no sealed copy yet',
  not_suppressed: 'not every collector refuses this person yet',
  not_sealed: 'the copy is not sealed yet',
  unproven: 'the receipts do not prove this outcome',
  too_late_to_extend: 'the first period is over, or it was extended before, or the regime knows no extension',
} as const;
export type RefusalReason = keyof typeof REFUSAL_REASONS;

export type Decision =
  | { readonly ok: true; readonly next: RequestRecord }
  | { readonly ok: false; readonly reason: RefusalReason; readonly legal: readonly RequestEvent[] };

/** @returns the next record, or the reason of the refusal with the events that are legal now */
export function decideRequest(record: RequestRecord, command: RequestCommand, facts: RequestFacts): Decision {
  const cell = NEXT_REQUEST_STATE[record.state][command.event];
  const reason = isRefusal(cell) ? cell : objection(record, command, facts);
  if (reason !== null || isRefusal(cell)) {
    return { ok: false, reason: reason ?? '!never', legal: legalEvents(record, facts) };
  }
  return { ok: true, next: change({ ...record, state: cell }, command, facts) };
}

export interface EventNow {
  readonly event: RequestEvent;
  /** What stands in its way, although the state knows it; null where nothing does. */
  readonly objection: RefusalReason | null;
}

/** Every event that the state knows, as far as it depends on the request and not on what the event carries. */
export function eventsNow(record: RequestRecord, facts: RequestFacts): EventNow[] {
  return REQUEST_EVENTS.filter((event) => !isRefusal(NEXT_REQUEST_STATE[record.state][event])).map((event) => ({
    event,
    objection: objection(record, exampleOf(event, record), facts),
  }));
}

/** Those of {@link eventsNow} that would be accepted. */
export function legalEvents(record: RequestRecord, facts: RequestFacts): RequestEvent[] {
  return eventsNow(record, facts).flatMap(({ event, objection }) => (objection === null ? [event] : []));
}

/** May a worker touch the person's data for this request now? */
export function mayWork(
  record: RequestRecord,
  { workPaused, heldByScope }: Pick<RequestFacts, 'workPaused' | 'heldByScope'>,
): boolean {
  if (record.paused !== null || record.suspended || workPaused) return false;
  if (record.state !== 'executing' && record.state !== 'verifying' && record.state !== 'blocked') return false;
  return !isHoldable(record.type) || (record.hold === null && !heldByScope);
}

function objection(record: RequestRecord, command: RequestCommand, facts: RequestFacts): RefusalReason | null {
  switch (command.event) {
    case 'verify_identity':
      return reaches(command.assurance, facts.requiredAssurance) ? null : 'assurance_too_low';
    case 'find_duplicate':
      // Only a verified request can be a duplicate: otherwise anybody could push a real one aside (FM4).
      return record.identity === null ? 'unverified' : null;
    case 'plan':
      if (record.identity === null) return 'unverified';
      return record.paused === null ? null : 'paused';
    case 'approve':
      if (record.identity === null) return 'unverified';
      if (record.paused !== null) return 'paused';
      if (command.planHash !== record.planHash) return 'plan_changed';
      return (
        alone('request.approve', record.filedBy, facts) ??
        facts.exemptedBy.map((first) => alone('plan.exempt', first, facts)).find((each) => each !== null) ??
        null
      );
    case 'withdraw':
      return facts.suppressing || facts.started ? '!late' : null;
    case 'refuse':
      // Nobody leads to the person any more, and their data is still there: a refusal would leave it so for ever.
      if (facts.suppressing) return '!late';
      return needsSecondPerson(command.code) ? alone('request.refuse', record.filedBy, facts) : null;
    case 'start':
      return startObjection(record, facts);
    case 'finish_execution':
      return facts.tasks.every((task) => task.executed) ? null : 'unproven';
    case 'complete':
    case 'complete_with_exceptions':
      if (givesCopy(record.type) && !facts.sealed) return 'not_sealed';
      return outcomeOf(facts.tasks) === (command.event === 'complete' ? 'completed' : 'completed_with_exceptions')
        ? null
        : 'unproven';
    case 'block':
      return outcomeOf(facts.tasks) === 'blocked' ? null : 'unproven';
    case 'unblock':
      return outcomeOf(facts.tasks) === 'blocked' ? 'unproven' : null;
    case 'pause':
      return record.paused === null ? null : 'already';
    case 'resume':
      return record.paused === null ? 'not_paused' : null;
    case 'hold':
      return record.hold === null ? null : 'already';
    case 'release':
      if (record.hold === null) return 'not_held';
      // Placing a hold is urgent and can be taken back; lifting it lets data be destroyed (docs/adr/0053).
      return alone('request.release', record.hold.by, facts);
    case 'suspend':
      return record.suspended ? 'already' : null;
    case 'unsuspend':
      return record.suspended ? null : 'not_suspended';
    case 'extend':
      return extendClock(record.clock, '', facts.calendar, facts.now) === null ? 'too_late_to_extend' : null;
    case 'acknowledge':
      return record.acknowledgedOn === null ? null : 'already';
    default:
      return null;
  }
}

const isSingle = ({ filedBy }: RequestRecord, { hands, exemptedBy }: RequestFacts) =>
  [filedBy, ...exemptedBy].some((first) => hands.has(first));

const alone = (action: TwoPersonActionName, first: string, { hands, singleKeyAllowed }: RequestFacts) =>
  fourEyesObjection(action, first, hands, singleKeyAllowed) === null ? null : 'four_eyes';

function startObjection(record: RequestRecord, facts: RequestFacts): RefusalReason | null {
  if (record.paused !== null) return 'paused';
  if (record.suspended || facts.workPaused) return 'suspended';
  if (record.identity === null) return 'unverified';
  if (record.approval === null || record.approval.planHash !== record.planHash) return 'plan_changed';
  if (isHoldable(record.type) && (record.hold !== null || facts.heldByScope)) return 'held';
  if (record.type !== 'erasure') return null;
  if (facts.unsealedAccess) return 'unsealed_access';
  return facts.suppressed ? null : 'not_suppressed';
}

function change(next: RequestRecord, command: RequestCommand, facts: RequestFacts): RequestRecord {
  const at = facts.now.toISOString();
  const by = facts.actor;
  switch (command.event) {
    case 'verify_identity': {
      const identity = { method: command.method, assurance: command.assurance, by, at };
      // Waiting for the person's identity ends with it.
      return next.paused === 'identity'
        ? { ...next, identity, paused: null, clock: resumeClock(next.clock, facts.calendar, facts.now) }
        : { ...next, identity };
    }
    case 'plan':
      return { ...next, planHash: command.planHash, approval: null };
    case 'approve':
      return { ...next, approval: { planHash: command.planHash, by, at, singleKey: isSingle(next, facts) } };
    case 'pause':
      return {
        ...next,
        paused: command.reason,
        clock: pauseClock(next.clock, command.reason, facts.calendar, facts.now),
      };
    case 'resume':
      return { ...next, paused: null, clock: resumeClock(next.clock, facts.calendar, facts.now) };
    case 'hold':
      return { ...next, hold: { matter: command.matter, by, reviewAt: command.reviewAt } };
    case 'release':
      return { ...next, hold: null };
    case 'suspend':
      return { ...next, suspended: true };
    case 'unsuspend':
      return { ...next, suspended: false };
    case 'extend':
      return { ...next, clock: extendClock(next.clock, command.reason, facts.calendar, facts.now) ?? next.clock };
    case 'reopen':
      // Whoever names the identifiers anew has filed anew: the person is identified anew, and a second key approves (INV9).
      return { ...next, filedBy: by, identity: null, planHash: null, approval: null };
    case 'acknowledge':
      return { ...next, acknowledgedOn: civilDateAt(facts.now, facts.calendar.timeZone) };
    default:
      // An ended request waits for nobody.
      return isOpen(next.state) ? next : { ...next, paused: null, suspended: false };
  }
}

/** A command that carries nothing objectionable, to ask whether its event is legal. */
function exampleOf(event: RequestEvent, record: RequestRecord): RequestCommand {
  switch (event) {
    case 'verify_identity':
      return { event, method: '', assurance: 'high' };
    case 'plan':
      return { event, planHash: '' };
    case 'approve':
      return { event, planHash: record.planHash ?? '' };
    case 'pause':
      return { event, reason: 'clarification' };
    case 'hold':
      return { event, matter: '', reviewAt: '' };
    case 'extend':
      return { event, reason: '' };
    case 'refuse':
      return { event, code: '' };
    default:
      return { event };
  }
}
