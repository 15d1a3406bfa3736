/**
 * The failures that cross a module boundary, in one closed table.
 *
 * `retryable` answers the only question a caller has to ask: may the same call succeed later? HTTP status is the
 * API's concern (`api/src/http/problem.ts`), so this table knows nothing of it.
 */
export const ERROR_CODES = {
  bad_request: { retryable: false },
  unauthenticated: { retryable: false },
  forbidden: { retryable: false },
  purpose_required: { retryable: false },
  not_found: { retryable: false },
  method_not_allowed: { retryable: false },
  illegal_transition: { retryable: false },
  plan_changed: { retryable: false },
  fence_lost: { retryable: false },
  idempotency_mismatch: { retryable: false },
  conflict: { retryable: false },
  too_large: { retryable: false },
  unsupported_media_type: { retryable: false },
  misconfigured: { retryable: false },
  unsupported_platform: { retryable: false },
  rate_limited: { retryable: true },
  store_unavailable: { retryable: true },
  internal: { retryable: false },
} as const satisfies Record<string, { retryable: boolean }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/**
 * The one error class of the project.
 *
 * @param code one of {@link ERROR_CODES}
 * @param message for operators and clients: no personal data, no driver text (drivers quote the values they were given)
 * @param facts machine-readable extras that are safe to show, e.g. the legal events of a refused transition
 */
export class VestigeError extends Error {
  override readonly name = 'VestigeError';
  readonly code: ErrorCode;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, facts: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.facts = facts;
  }

  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }
}

export function isVestigeError(error: unknown, code?: ErrorCode): error is VestigeError {
  return error instanceof VestigeError && (code === undefined || error.code === code);
}
