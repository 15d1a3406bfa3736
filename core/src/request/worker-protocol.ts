import type { KeptPart } from './kept-part.ts';

/**
 * What a deletion job and the API say to each other (design 06, 07). Free of zod: the SDK's worker client carries it.
 * The API checks the same shapes with schemas of its own.
 */

/**
 * `restrict`, `unrestrict` and `rectify` change rows for other rights than erasure (GDPR Art. 18, 16). A worker gets them,
 * and their verification, only when its claim names them: who knows nothing of them would count rows that are meant to stay.
 */
export const TASK_ACTIONS = [
  'search',
  'export',
  'erase',
  'verify',
  'notify',
  'restrict',
  'unrestrict',
  'rectify',
] as const;
export type TaskAction = (typeof TASK_ACTIONS)[number];

/** An identifier in the clear, handed to the job that must find it. Lives in memory for the length of the task. */
export interface Selector {
  /** Identifier type: `email`, `phone`, `customer_id` … (ruling 26). */
  readonly type: string;
  readonly value: string;
}

export interface ClaimRequest {
  /** Node ids this worker serves; `*` at the end matches a prefix, e.g. `store:sqlite:*`. */
  readonly stores: readonly string[];
  /** 1 to 100. */
  readonly max: number;
  /** 5 to 600. */
  readonly leaseSeconds: number;
  /** Name of the worker for the audit trail, e.g. `worker-1`. */
  readonly worker: string;
  /**
   * This worker leaves out what a task says is to be kept. Tasks with such parts go to no other one: who knows nothing
   * of them would destroy what has to stay.
   */
  readonly keepsParts?: boolean;
  /** Only tasks with these actions; all when absent. A verifier claims `verify` alone, with its own key. */
  readonly actions?: readonly TaskAction[];
}

export interface ClaimedTask {
  readonly id: string;
  readonly requestId: string;
  /** Grows with every claim. A report with an older fence changes nothing. */
  readonly fence: number;
  /** RFC 3339 UTC. */
  readonly leaseUntil: string;
  readonly action: TaskAction;
  /** Node id of the store, memory, queue or recipient. */
  readonly node: string;
  readonly selectors: readonly Selector[];
  readonly tokens: readonly string[];
  readonly recordRefs: readonly string[];
  /**
   * Nodes exempt in this request. Their rows stay, also where a store would take them along with the rows they depend
   * on: what is kept under a duty must not be destroyed as a side effect.
   */
  readonly spared: readonly string[];
  /** Parts of this place that stay; present only where there are any. Neither erased, nor counted as left over. */
  readonly keeps?: readonly KeptPart[];
  readonly attempt: number;
  /** `tenant:request:task:plan version`: the same for every attempt; pass it on to stores that deduplicate. */
  readonly idempotencyKey: string;
  /** For `verify`: what the executing task reported, to be counted again by another path. */
  readonly expected: TaskCounts | null;
  /** For `verify`: what was done. After the three that change rows, `found` counts rows that are not as they should be. */
  readonly verifies?: TaskAction;
  /** For `rectify` and its verification: what is right, by identifier type or data category. */
  readonly corrections?: readonly Selector[];
}

/** Method of a verification that could only look again the way the executor did: it proves less than another path. */
export const COUNTED_AGAIN = 'count_again';

export interface TaskCounts {
  readonly found: number;
  readonly erased: number;
  /** Still there after the work: anything above 0 is not done. */
  readonly residual: number;
}

/** Said before the first record is removed: what an attempt found outlives the attempt (ADR 0083). */
export interface TaskAnnouncement {
  readonly fence: number;
  /** Records of the person that are there now. */
  readonly found: number;
}

export interface TaskResult extends TaskCounts {
  readonly fence: number;
  /** How it was done: `delete`, `overwrite`, `file_unlink`, `http_delete`, `export`, `count` … Masking never counts as erased. */
  readonly method: string;
  /** `sha256:` + hex over the connector's canonical evidence (counts, ids hashed, timestamps). No personal data. */
  readonly evidenceDigest: string;
  /** A positive search ran under working credentials and found nothing. Without it `erased: 0` is a failure. */
  readonly searched: boolean;
  /** What this store keeps that the connector cannot reach, e.g. `backups`, `wal`. */
  readonly cannotErase: readonly string[];
  /** The erasure was handed to an outside processor, who answers in days: nothing is counted yet. */
  readonly handed?: Handed | undefined;
}

/** What an outside processor knows the work by, and where it says how far it is. No personal data. */
export interface Handed {
  /** How it is spoken to, e.g. `opendsr`. */
  readonly channel: string;
  /** Its domain; certificates and callbacks are held against it. */
  readonly processor: string;
  /** Where its paths begin, with the major version. */
  readonly baseUrl: string;
  readonly reference: string;
  /** RFC 3339 UTC. */
  readonly expectedAt: string;
  /** What it was told to call; null where it has to be asked. */
  readonly callbackUrl: string | null;
}

export const FAILURE_CLASSES = ['retryable', 'permanent', 'needs_human'] as const;
export type FailureClass = (typeof FAILURE_CLASSES)[number];

export interface TaskFailure {
  readonly fence: number;
  readonly class: FailureClass;
  /** Stable and short, e.g. `missing_table`, `permission_denied`, `unreachable`. */
  readonly code: string;
  /** For operators; no personal data, no driver text. */
  readonly message: string;
}
