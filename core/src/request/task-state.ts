/**
 * The states of one task of a plan and every event in every state (design 06, research/compliance.md §3.3).
 *
 * A task is one target: the same row is executed by one worker and verified by another, so both leases live on it.
 * `verifying` under a lease means a verifier is counting; `verifying` without one means it waits for a verifier.
 */
export const TASK_STATES = [
  'blocked',
  'ready',
  'leased',
  'retry_wait',
  'executed',
  'settling',
  'verifying',
  'verified',
  'no_data_found',
  'residual',
  'delegated',
  'exempt',
  'failed_final',
] as const;
export type TaskState = (typeof TASK_STATES)[number];

export const TASK_EVENTS = [
  'unblock',
  'claim',
  'announce',
  'lease_lost',
  'retry_due',
  'execute',
  'delegate',
  'find_residue',
  'fail',
  'give_up',
  'settle',
  'settled',
  'verify_gone',
  'verify_nothing',
  'rework',
  'exempt',
  'retry',
  'resurface',
] as const;
export type TaskEvent = (typeof TASK_EVENTS)[number];

/** `!`: the event changes nothing in this state. */
export type TaskCell = TaskState | '!';
type Row = Readonly<Record<TaskEvent, TaskCell>>;

const NOTHING: Row = {
  unblock: '!',
  claim: '!',
  announce: '!',
  lease_lost: '!',
  retry_due: '!',
  execute: '!',
  delegate: '!',
  find_residue: '!',
  fail: '!',
  give_up: '!',
  settle: '!',
  settled: '!',
  verify_gone: '!',
  verify_nothing: '!',
  rework: '!',
  exempt: '!',
  retry: '!',
  resurface: '!',
};

export const NEXT_TASK_STATE: Readonly<Record<TaskState, Row>> = {
  blocked: { ...NOTHING, unblock: 'ready', exempt: 'exempt' },
  ready: { ...NOTHING, claim: 'leased', exempt: 'exempt' },
  leased: {
    ...NOTHING,
    // Written down before the first record goes; what was found outlives whoever found it.
    announce: 'leased',
    lease_lost: 'ready',
    execute: 'executed',
    delegate: 'delegated',
    find_residue: 'residual',
    fail: 'retry_wait',
    give_up: 'failed_final',
  },
  retry_wait: { ...NOTHING, retry_due: 'ready', exempt: 'exempt' },
  executed: { ...NOTHING, settle: 'settling' },
  settling: { ...NOTHING, settled: 'verifying' },
  verifying: {
    ...NOTHING,
    claim: 'verifying',
    lease_lost: 'verifying',
    fail: 'verifying',
    give_up: 'failed_final',
    find_residue: 'residual',
    verify_gone: 'verified',
    verify_nothing: 'no_data_found',
    // Nobody but the executor could look, and a person signed for it.
    exempt: 'exempt',
  },
  verified: { ...NOTHING, resurface: 'residual' },
  no_data_found: { ...NOTHING, resurface: 'residual' },
  residual: { ...NOTHING, rework: 'ready', give_up: 'failed_final', exempt: 'exempt' },
  // A processor that answers at last is executed work like any other: it still has to be verified.
  delegated: { ...NOTHING, execute: 'executed', find_residue: 'residual', exempt: 'exempt' },
  // An exemption stands for the life of the plan: lifting it would put work back upstream of what was done since.
  exempt: NOTHING,
  failed_final: { ...NOTHING, retry: 'ready', exempt: 'exempt' },
};

/** Proven: somebody other than the executor counted what is left. */
export const PROVEN_STATES: readonly TaskState[] = ['verified', 'no_data_found'];
/** Ended without that proof, with a reason on record. */
export const EXCEPTION_STATES: readonly TaskState[] = ['exempt', 'delegated'];
/** A worker has done its part, or nobody has to: what is left is to verify. */
export const EXECUTED_STATES: readonly TaskState[] = [
  'executed',
  'settling',
  'verifying',
  'verified',
  'no_data_found',
  'delegated',
  'exempt',
];
/** Nothing will happen here until a person acts, or until an upstream task does. */
export const STUCK_STATES: readonly TaskState[] = ['blocked', 'failed_final'];
