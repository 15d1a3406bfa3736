/**
 * The permitted steps of requests and tasks, written down for the verifier: state, and what each event makes of it. An
 * event that is not named may not happen in that state. A test holds this page against the tables that Vestige runs on.
 */
type Table = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Events that leave a request where it is. */
const staying = (state: string, ...events: string[]) => Object.fromEntries(events.map((event) => [event, state]));
const OVERLAYS = ['hold', 'release', 'suspend', 'unsuspend', 'extend', 'acknowledge'];

export const REQUEST_STEPS: Table = {
  received: {
    ask_identity: 'identity_pending',
    verify_identity: 'assessing',
    refuse: 'refused',
    withdraw: 'withdrawn',
    ...staying('received', 'pause', 'resume', ...OVERLAYS),
  },
  identity_pending: {
    ask_identity: 'identity_pending',
    verify_identity: 'assessing',
    expire: 'expired',
    refuse: 'refused',
    withdraw: 'withdrawn',
    ...staying('identity_pending', 'pause', 'resume', ...OVERLAYS),
  },
  assessing: {
    find_duplicate: 'duplicate',
    plan: 'awaiting_approval',
    refuse: 'refused',
    withdraw: 'withdrawn',
    ...staying('assessing', 'pause', 'resume', ...OVERLAYS),
  },
  awaiting_approval: {
    find_duplicate: 'duplicate',
    plan: 'awaiting_approval',
    approve: 'approved',
    refuse: 'refused',
    withdraw: 'withdrawn',
    ...staying('awaiting_approval', 'pause', 'resume', ...OVERLAYS),
  },
  approved: {
    plan: 'awaiting_approval',
    withdraw: 'withdrawn',
    start: 'executing',
    ...staying('approved', 'resume', ...OVERLAYS),
  },
  executing: { finish_execution: 'verifying', block: 'blocked', ...staying('executing', ...OVERLAYS) },
  verifying: {
    find_residue: 'executing',
    block: 'blocked',
    complete: 'completed',
    complete_with_exceptions: 'completed_with_exceptions',
    ...staying('verifying', ...OVERLAYS),
  },
  blocked: { unblock: 'executing', ...staying('blocked', ...OVERLAYS) },
  reopened: {
    plan: 'awaiting_approval',
    refuse: 'refused',
    start: 'executing',
    ...staying('reopened', 'ask_identity', 'verify_identity', 'pause', 'resume', ...OVERLAYS),
  },
  completed: { reopen: 'reopened' },
  completed_with_exceptions: { reopen: 'reopened' },
  duplicate: {},
  expired: {},
  refused: {},
  withdrawn: {},
};

export const TASK_STEPS: Table = {
  blocked: { unblock: 'ready', exempt: 'exempt' },
  ready: { claim: 'leased', exempt: 'exempt' },
  leased: {
    announce: 'leased',
    lease_lost: 'ready',
    execute: 'executed',
    delegate: 'delegated',
    find_residue: 'residual',
    fail: 'retry_wait',
    give_up: 'failed_final',
  },
  retry_wait: { retry_due: 'ready', exempt: 'exempt' },
  executed: { settle: 'settling' },
  settling: { settled: 'verifying' },
  verifying: {
    claim: 'verifying',
    lease_lost: 'verifying',
    fail: 'verifying',
    find_residue: 'residual',
    verify_gone: 'verified',
    verify_nothing: 'no_data_found',
    give_up: 'failed_final',
    exempt: 'exempt',
  },
  verified: { resurface: 'residual' },
  no_data_found: { resurface: 'residual' },
  residual: { rework: 'ready', give_up: 'failed_final', exempt: 'exempt' },
  delegated: { execute: 'executed', find_residue: 'residual', exempt: 'exempt' },
  exempt: {},
  failed_final: { retry: 'ready', exempt: 'exempt' },
};

/** Somebody other than the executor counted what is left. */
export const PROVEN: readonly string[] = ['verified', 'no_data_found'];
/** Ended without that, with a reason on record. */
export const EXCUSED: readonly string[] = ['exempt', 'delegated'];
/** In these a task of the request may be worked on. */
export const WORKING: readonly string[] = ['executing', 'verifying', 'blocked'];
/** In these a dry run may count, which needs no approval because it changes nothing. */
export const COUNTING: readonly string[] = ['awaiting_approval'];
