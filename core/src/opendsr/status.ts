import type { RequestState } from '../request/request-state.ts';
import type { RequestStatus } from './messages.ts';

/**
 * Our states in the four words OpenDSR has. It has none for a failure, a part or a refusal: those are told beside the
 * status, in an extension under our own domain, and a failure is never `completed`: it stays in progress, with a later
 * time of completion.
 */
export interface ReportedStatus {
  readonly status: RequestStatus;
  /** What `completed` or `cancelled` leaves unsaid; null where the status says it all. */
  readonly outcome: 'completed_with_exceptions' | 'refused' | 'expired' | null;
}

/** Null for a duplicate: it has the status of the request it repeats. */
export function reportedStatus(state: RequestState): ReportedStatus | null {
  return STATUS_OF[state];
}

const plain = (status: RequestStatus): ReportedStatus => ({ status, outcome: null });

const STATUS_OF: Readonly<Record<RequestState, ReportedStatus | null>> = {
  received: plain('pending'),
  identity_pending: plain('pending'),
  assessing: plain('pending'),
  awaiting_approval: plain('pending'),
  approved: plain('in_progress'),
  executing: plain('in_progress'),
  verifying: plain('in_progress'),
  blocked: plain('in_progress'),
  reopened: plain('in_progress'),
  completed: plain('completed'),
  completed_with_exceptions: { status: 'completed', outcome: 'completed_with_exceptions' },
  refused: { status: 'completed', outcome: 'refused' },
  withdrawn: plain('cancelled'),
  expired: { status: 'cancelled', outcome: 'expired' },
  duplicate: null,
};

/** Days that are added while a request is overdue: said again with every answer, so never in the past. */
const OVERDUE_MS = 7 * 86_400_000;

/**
 * When the request is expected to be done: the end of its legal deadline, or of the seventh day from now once that has
 * passed. For an ended request the time it ended.
 */
export function expectedCompletion(dueOn: string, endedAt: Date | null, now: Date): Date {
  if (endedAt !== null) return endedAt;
  const due = new Date(`${dueOn}T23:59:59.000Z`);
  return due > now ? due : new Date(now.getTime() + OVERDUE_MS);
}

/**
 * What a processor's word means for what was asked of it. `completed` is an attestation, never a proof, and none at all
 * when the processor adds that it refused or left something out.
 */
export type Heard = 'working' | 'attested' | 'partial' | 'refused' | 'cancelled';

const OUTCOMES: Readonly<Record<string, Heard>> = {
  completed_with_exceptions: 'partial',
  partially_completed: 'partial',
  refused: 'refused',
  rejected: 'refused',
  failed: 'refused',
};

/** @param extension what the processor says under its own domain */
export function heardFrom(status: RequestStatus, extension: unknown): Heard {
  if (status === 'cancelled') return 'cancelled';
  if (status !== 'completed') return 'working';
  const outcome =
    extension !== null && typeof extension === 'object' && 'outcome' in extension ? extension.outcome : undefined;
  if (outcome === undefined || outcome === 'completed') return 'attested';
  // A word nobody knows beside `completed` is not taken for consent.
  return (typeof outcome === 'string' ? OUTCOMES[outcome] : undefined) ?? 'partial';
}
