import type { TenantId } from '@vestige/core/ids';
import type { ExemptionBody, PlanExemption } from '@vestige/core/request/exemption';
import { DEFAULT_IDENTITY_POLICY, type IdentityPolicy } from '@vestige/core/request/identity-policy';
import type { KeptPart } from '@vestige/core/request/kept-part';
import type { Plan } from '@vestige/core/request/plan';
import type { EventNow, RequestCommand, RequestRecord, RequestType } from '@vestige/core/request/request';
import type { RequestState } from '@vestige/core/request/request-state';
import type { TaskLimits, TaskRecord } from '@vestige/core/request/task';
import type {
  ClaimedTask,
  ClaimRequest,
  Selector,
  TaskAnnouncement,
  TaskFailure,
  TaskResult,
} from '@vestige/core/request/worker-protocol';

/**
 * Data-subject requests, their plans, tasks, receipts and proofs. Postgres.
 *
 * Promises, run as one suite against every implementation (`request-store-contract.ts`):
 * - A state changes only as the tables of `core/src/request` allow, by compare-and-set, with an audit entry in the same
 *   transaction: both are there, or neither.
 * - A claim gives a task to one worker, with a fence higher than every one before. A report under another fence, by
 *   another key or after the lease ended changes nothing (`fence_lost`).
 * - The key that executed a task neither gets it for verification nor has its verification accepted.
 * - Whether a request is complete is computed from its tasks whenever it is asked; no call sets it.
 * - Identifiers, exported rows and packages lie encrypted under keys of one request each. When a request ends, the key
 *   of its identifiers is deleted in the transaction that ends it.
 * - Every call may be repeated after a crash: it then changes nothing, or is refused by the state it meets.
 * - Another tenant's request or task does not exist (`not_found`).
 */
export interface RequestStore {
  policy(tenant: TenantId): Promise<RequestPolicy>;
  /** What it does not say of identity is the protective default. */
  putPolicy(tenant: TenantId, policy: NewPolicy, by: By): Promise<void>;
  /** Stops the work on every request of the tenant, or with null lets it go on. The legal clocks run on either way. */
  pauseWork(tenant: TenantId, reason: string | null, by: By): Promise<void>;

  file(tenant: TenantId, request: NewRequest, by: By): Promise<StoredRequest>;
  request(tenant: TenantId, id: string): Promise<StoredRequest | null>;
  requests(tenant: TenantId, query: RequestQuery): Promise<StoredRequest[]>;
  /** What may happen to it next, as far as this actor is concerned. Changes nothing. @throws VestigeError `not_found` */
  next(tenant: TenantId, id: string, by: By): Promise<NextSteps>;
  /** Open requests that name one of these subjects. */
  openRequestsOf(tenant: TenantId, subjectIds: readonly string[]): Promise<StoredRequest[]>;

  /**
   * An event that carries no more than its command.
   *
   * @throws VestigeError `illegal_transition` with `facts.legal`; `plan_changed`; `forbidden` for a missing second person
   */
  decide(tenant: TenantId, id: string, command: PlainCommand, by: By): Promise<StoredRequest>;
  refuse(tenant: TenantId, id: string, refusal: Refusal, by: By): Promise<StoredRequest>;
  /**
   * A new plan; an approval of the one before is void. In the same transaction an older open request of the same kind
   * about the same person is looked for: one that names all identifiers of this one makes it its `duplicate`; one that
   * does not makes it wait (`twin_open`), because what only this one names would be forgotten (FM4). A restriction or
   * objection is in force from here on.
   */
  putPlan(tenant: TenantId, id: string, draft: PlanDraft, by: By): Promise<StoredRequest>;
  /**
   * Replaces what the plan leaves out, and the plan with it; an approval is void. Whoever entered one of them does not
   * approve the plan.
   *
   * @param by.replaces the list that the new one was made from (`exemptionsHash`): of two people who add to one list,
   *   the second is told so instead of taking back what the first entered
   * @throws VestigeError `illegal_transition` once the work has begun; `bad_request` for a place that is no target, and
   *   for parts of one where nothing would be destroyed; `forbidden` for our own telemetry; `conflict` when the list is
   *   no longer the one it replaces
   */
  putExemptions(
    tenant: TenantId,
    id: string,
    exemptions: readonly ExemptionBody[],
    by: By & { readonly replaces?: string | undefined },
  ): Promise<StoredRequest>;
  /** Tasks that count at every target of the current plan, which changes nothing. The same again changes nothing. */
  startDryRun(tenant: TenantId, id: string, served: ServedNodes, by: By): Promise<StoredTask[]>;
  /** Of the current plan; empty when none was started. */
  dryRun(tenant: TenantId, id: string): Promise<StoredTask[]>;
  /** The plan of a version, or the current one. Null before the first. */
  plan(tenant: TenantId, id: string, version?: number): Promise<StoredPlan | null>;
  /** Execution begins: the tasks of the approved plan come into being, all of them blocked. */
  start(tenant: TenantId, id: string, by: By): Promise<StoredRequest>;
  /** Ends the request with the outcome its tasks prove, stores the certificate and destroys the identifiers. */
  finish(tenant: TenantId, id: string, proof: Proof, by: By): Promise<StoredRequest>;
  reopen(tenant: TenantId, id: string, selectors: ReopenSelectors, reason: string, by: By): Promise<StoredRequest>;

  /** Identifiers and tokens in the clear. Empty once they are destroyed. */
  selectors(tenant: TenantId, id: string): Promise<RequestSelectors>;
  /** Random bytes that salt the alias commitment of this request's plans; the same until the request ends. */
  aliasNonce(tenant: TenantId, id: string): Promise<Uint8Array>;
  /** Whom a request that is not planned yet is about, as far as that is known by now. Planned ones are left alone. */
  noteSubjects(tenant: TenantId, id: string, subjectIds: readonly string[]): Promise<void>;
  noteAttention(tenant: TenantId, id: string, attention: Attention | null): Promise<void>;
  noteSuppression(tenant: TenantId, id: string, note: SuppressionNote, by: By): Promise<void>;
  noteTelemetryErased(tenant: TenantId, id: string, doneAtS: number): Promise<void>;

  /** Requests that the workflow may move on now, under a lease so that processes do not do the same work at once. */
  takeWork(
    tenant: TenantId,
    take: { owner: string; leaseMs: number; limit: number; now: Date },
  ): Promise<StoredRequest[]>;
  /** A step that takes long is still at it. */
  keepWork(tenant: TenantId, id: string, owner: string, until: Date): Promise<void>;
  /** Gives the lease back. A request that was woken since `takenAt` is looked at again at once. */
  putWork(tenant: TenantId, id: string, owner: string, seen: { takenAt: Date; againAt: Date }): Promise<void>;
  /**
   * Every automatic step of the request's tasks that is due: expired leases, retries, settling, rework, and the start of
   * tasks whose upstream is clean and whose target somebody serves. Returns how many tasks changed.
   */
  sweep(tenant: TenantId, id: string, served: ServedNodes, limits: TaskLimits, by: By): Promise<number>;

  /**
   * Tells of deadlines that come near, each level once: a finding and an audit entry, in one transaction. A bounded
   * number per call. Returns how many were told.
   */
  escalate(tenant: TenantId, by: By): Promise<number>;

  /** Tasks of the current plan by state, per request; requests without tasks are left out. */
  progress(tenant: TenantId, requestIds: readonly string[]): Promise<Map<string, Record<string, number>>>;
  /** @throws VestigeError `not_found` for a request that does not exist */
  tasks(tenant: TenantId, requestId: string): Promise<StoredTask[]>;
  task(tenant: TenantId, taskId: string): Promise<StoredTask | null>;
  /** Oldest deadline first. Own tasks (`vestige:…`) are never among them. */
  claim(tenant: TenantId, claim: ClaimRequest, limits: TaskLimits, by: By): Promise<ClaimedTask[]>;
  /** The same for one of our own tasks, by the workflow. Null when it is not ready. */
  claimOwn(
    tenant: TenantId,
    requestId: string,
    node: string,
    leaseMs: number,
    by: By,
  ): Promise<{ id: string; fence: number } | null>;
  /** @returns end of the lease. @throws VestigeError `fence_lost` */
  heartbeat(tenant: TenantId, taskId: string, fence: number, leaseMs: number, by: By): Promise<string>;
  /**
   * What an attempt to erase has found, before it removes anything: part of the task's counts from then on, whether or
   * not the attempt lives to report. Said again, the larger number stays.
   *
   * @throws VestigeError `fence_lost`: do not begin; `illegal_transition` for a task that erases nothing
   */
  announce(tenant: TenantId, taskId: string, announcement: TaskAnnouncement, by: By): Promise<StoredTask>;
  report(tenant: TenantId, taskId: string, result: TaskResult, limits: TaskLimits, by: By): Promise<StoredTask>;
  fail(tenant: TenantId, taskId: string, failure: TaskFailure, limits: TaskLimits, by: By): Promise<StoredTask>;
  /** Replaces what was delivered before. @param ndjson at most {@link TASK_DATA_BYTES_MAX} */
  putData(tenant: TenantId, taskId: string, fence: number, ndjson: Uint8Array, rows: number, by: By): Promise<void>;
  exempt(tenant: TenantId, taskId: string, exemption: NewExemption, by: By): Promise<StoredTask>;
  /** Gives a task that was given up another round of attempts. */
  retry(tenant: TenantId, taskId: string, by: By): Promise<StoredTask>;
  receipts(tenant: TenantId, requestId: string): Promise<Receipt[]>;

  /** Canonical bytes of the newest certificate. */
  certificate(tenant: TenantId, id: string): Promise<Uint8Array | null>;
  /** What opens the certificate's commitment, once: it is destroyed by being handed over. Null when it is gone. */
  handOver(tenant: TenantId, id: string, purpose: string, by: By): Promise<{ nonce: string; subjectId: string } | null>;
  /** Destroys handovers whose time is over, a bounded number per call. Returns how many. */
  expire(tenant: TenantId, by: By): Promise<number>;
}

/** Rows of one export task. Larger exports need to be split by the connector's operator, and say so. */
export const TASK_DATA_BYTES_MAX = 32 * 1024 * 1024;
export const RECORD_REFS_MAX = 10_000;

export interface By {
  /** `key:<id>` or `system:<part>`. */
  readonly actor: string;
  readonly now: Date;
}

export interface RequestPolicy {
  /** One key may file and approve. Off unless a tenant turns it on, and every approval under it says so. */
  readonly singleKeyApproval: boolean;
  readonly timeZone: string;
  /** Null: the closing days of the euro payment system. */
  readonly holidays: readonly string[] | null;
  /** How long a sealed package can be downloaded, and what opens a certificate's commitment be handed over. */
  readonly packageDays: number;
  /** How sure one must be of a person, and what they may show. */
  readonly identity: IdentityPolicy;
  /** Set while all work on requests stands still; changed by {@link RequestStore.pauseWork} alone. */
  readonly workPaused: WorkPause | null;
}

export type NewPolicy = Omit<RequestPolicy, 'workPaused' | 'identity'> & { readonly identity?: IdentityPolicy };

export interface WorkPause {
  readonly by: string;
  /** RFC 3339 UTC. */
  readonly at: string;
  readonly reason: string;
}

export const DEFAULT_POLICY: RequestPolicy = {
  singleKeyApproval: false,
  timeZone: 'UTC',
  holidays: null,
  packageDays: 30,
  identity: DEFAULT_IDENTITY_POLICY,
  workPaused: null,
};

export interface RequestSelectors {
  readonly identifiers: readonly Selector[];
  readonly tokens: readonly string[];
}

/** Everything that was destroyed with the end of the request, given anew. */
export interface ReopenSelectors extends RequestSelectors {
  readonly corrections?: readonly Selector[] | undefined;
}

export interface NewRequest extends RequestSelectors {
  /** Of a rectification: what is right. */
  readonly corrections?: readonly Selector[] | undefined;
  /** Of an objection; empty for every purpose. */
  readonly purposes?: readonly string[] | undefined;
  readonly type: RequestType;
  readonly regime: RequestRecord['clock']['regime'];
  readonly receivedAt: Date;
  readonly ground: string | null;
  /** Subjects that the selectors lead to now; the plan looks again. */
  readonly subjectIds: readonly string[];
}

/** Why a request does not go on by itself. `explain-wait.ts` of the core says each in words. */
export type Attention =
  | 'ambiguous_identifiers'
  | 'unsealed_access'
  | 'collectors_behind'
  | 'plan_grew'
  | 'twin_open'
  | 'held'
  | 'identity_needed'
  | 'package_needs_sign_off';

export interface StoredRequest extends RequestRecord {
  readonly id: string;
  readonly version: number;
  readonly ground: string | null;
  readonly filedAt: Date;
  readonly receivedAt: Date;
  readonly dueOn: string;
  readonly refusal: Refusal | null;
  readonly duplicateOf: string | null;
  readonly attention: Attention | null;
  readonly planVersion: number;
  /** The canonical subject first; empty when nobody is known, and again once the request has ended. */
  readonly subjectIds: readonly string[];
  readonly aliasCount: number;
  readonly selectorCount: number;
  readonly purposes: readonly string[];
  /** As entered; the plan holds those of its targets. */
  readonly exemptions: readonly PlanExemption[];
  readonly suppression: {
    readonly version: number;
    readonly erasedBefore: Date;
    /** Null until every collector has confirmed. */
    readonly tailUntil: Date | null;
    readonly done: boolean;
  } | null;
  readonly telemetryDoneAtS: number | null;
  readonly startedAt: Date | null;
  readonly executedAt: Date | null;
  readonly endedAt: Date | null;
}

export interface Refusal {
  readonly code: string;
  readonly complaintAuthority: string;
  readonly evidence?: string;
}

export interface NextSteps {
  readonly state: RequestState;
  readonly events: readonly EventNow[];
  /** The actor is, under no key, who filed the request, or the policy lets one person do both. */
  readonly isSecondPerson: boolean;
}

export type PlainCommand = Extract<RequestCommand, { event: unknown }> & {
  event: Exclude<
    RequestCommand['event'],
    'plan' | 'start' | 'refuse' | 'find_duplicate' | 'complete' | 'complete_with_exceptions' | 'reopen'
  >;
};

export interface RequestQuery {
  readonly states?: readonly RequestState[];
  readonly types?: readonly RequestType[];
  /** Exclusive. */
  readonly dueBefore?: string;
  /** Nearest deadline first where nothing is said. */
  readonly order?: RequestOrder;
  /** Where the last page ended: `by` is the day of the deadline or the instant of filing, whichever the order goes by. */
  readonly after: { readonly by: string; readonly id: string } | null;
  readonly limit: number;
}

export const REQUEST_ORDERS = ['due', 'due_last', 'filed', 'filed_last'] as const;
/** By deadline or by filing, the first or, with `_last`, the last of them first. */
export type RequestOrder = (typeof REQUEST_ORDERS)[number];

export interface PlanDraft {
  readonly plan: Plan;
  readonly subjectIds: readonly string[];
  readonly aliasTokens: readonly string[];
  /** Per target node; at most {@link RECORD_REFS_MAX} each. */
  readonly recordRefs: ReadonlyMap<string, readonly string[]>;
  /** Who has to be told, as lineage shows them: one row per party and node. Empty for a copy. */
  readonly recipients: readonly { readonly party: string; readonly node: string }[];
}

export interface StoredPlan {
  readonly version: number;
  readonly hash: string;
  readonly madeAt: Date;
  readonly plan: Plan;
}

export type SuppressionNote =
  | { readonly step: 'sent'; readonly version: number; readonly erasedBefore: Date }
  | { readonly step: 'acknowledged'; readonly tailUntil: Date }
  | { readonly step: 'done' };

/** Whether somebody serves a target, so that its task can leave `blocked`. */
export type ServedNodes = (task: { node: string; action: StoredTask['action'] }) => boolean;

export interface StoredTask extends TaskRecord {
  readonly id: string;
  readonly requestId: string;
  readonly planVersion: number;
  readonly node: string;
  readonly origin: string;
  readonly confidence: string | null;
  readonly upstream: readonly string[];
  readonly failureMessage: string | null;
  readonly exemption: Exemption | null;
  /** Parts of the place that stay by the plan; empty where all of it goes, or all of it stays. */
  readonly keeps: readonly KeptPart[];
  /** Part of a dry run: counts, and is neither verified nor part of any outcome. */
  readonly dry: boolean;
  readonly updatedAt: Date;
}

export interface NewExemption {
  readonly code: string;
  readonly basis: string;
  readonly reviewAt: string;
}

export interface Exemption extends NewExemption {
  readonly by: string;
}

export interface Receipt {
  readonly taskId: string;
  readonly node: string;
  readonly fence: number;
  readonly phase: 'execute' | 'verify';
  readonly event: string;
  readonly by: string;
  readonly worker: string;
  readonly found: number;
  readonly erased: number;
  readonly residual: number;
  readonly searched: boolean;
  readonly method: string;
  readonly evidenceDigest: string;
  readonly at: Date;
}

export interface Proof {
  readonly outcome: 'complete' | 'complete_with_exceptions';
  readonly certificateId: string;
  readonly certificate: Uint8Array;
  /** Sealed for the person, under a key of its own. */
  readonly handover: { readonly nonce: string; readonly subjectId: string };
}
