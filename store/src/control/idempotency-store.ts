import type { TenantId } from '@vestige/core/ids';

/**
 * Answers of creating calls, for clients that repeat a call they got no answer to. Postgres.
 *
 * Promises:
 * - Of calls with one key at most one runs at a time, and a finished one is never run again while its answer is kept.
 * - Neither a client's key nor a body is stored or can be guessed back from what is stored.
 * - A claim whose process died is given to the next caller after {@link CLAIM_LIFETIME_MS}; creating calls must
 *   therefore be safe to run twice after a crash.
 */
export interface IdempotencyStore {
  claim(tenant: TenantId, call: IdempotentCall): Promise<Claim>;
  /** Keeps the answer of a claimed call. */
  complete(tenant: TenantId, claimId: string, answer: StoredAnswer): Promise<void>;
  /** Gives a claim back after a failure, so that the client may try again. */
  release(tenant: TenantId, claimId: string): Promise<void>;
}

/** Longer than any request may take. */
export const CLAIM_LIFETIME_MS = 120_000;
/** How long an answer can be replayed. */
export const ANSWER_LIFETIME_MS = 24 * 3_600_000;

export interface IdempotentCall {
  /** API key, method and path: the same client key elsewhere is another call. */
  readonly scope: string;
  /** What the client sent as `Idempotency-Key`. */
  readonly key: string;
  readonly body: Uint8Array;
}

export type Claim =
  | { readonly outcome: 'run'; readonly claimId: string }
  | { readonly outcome: 'replay'; readonly answer: StoredAnswer }
  /** The key was used with another body. */
  | { readonly outcome: 'mismatch' }
  /** The first call has not finished. */
  | { readonly outcome: 'running' };

export interface StoredAnswer {
  readonly status: number;
  readonly body: string;
}
