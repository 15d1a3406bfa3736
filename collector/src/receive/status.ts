import { type ErrorCode, isVestigeError, VestigeError } from '@vestige/core/errors';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/**
 * How a failure is told to an OTLP client. Clients retry on 429, 502, 503 and 504 alone and forget the spans on
 * anything else, so a fault that may pass must never answer with another code (OTLP specification, "Failures").
 */
const HTTP_STATUS: Record<ErrorCode, ContentfulStatusCode> = {
  bad_request: 400,
  purpose_required: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  illegal_transition: 409,
  plan_changed: 409,
  fence_lost: 409,
  idempotency_mismatch: 409,
  too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  internal: 500,
  misconfigured: 500,
  unsupported_platform: 500,
  store_unavailable: 503,
};

/** `google.rpc.Code` of an HTTP status; RESOURCE_EXHAUSTED without retry information is final (413). */
const RPC_CODE: Partial<Record<ContentfulStatusCode, number>> = {
  400: 3, // INVALID_ARGUMENT
  401: 16, // UNAUTHENTICATED
  403: 7, // PERMISSION_DENIED
  404: 5, // NOT_FOUND
  405: 12, // UNIMPLEMENTED
  413: 8, // RESOURCE_EXHAUSTED
  415: 3, // INVALID_ARGUMENT
  429: 8, // RESOURCE_EXHAUSTED
  503: 14, // UNAVAILABLE
};
const RPC_INTERNAL = 13;

/** Names of the codes a receiver answers with, for metrics. */
export const RPC_CODE_NAMES: Readonly<Record<number, string>> = {
  0: 'OK',
  3: 'INVALID_ARGUMENT',
  4: 'DEADLINE_EXCEEDED',
  5: 'NOT_FOUND',
  7: 'PERMISSION_DENIED',
  8: 'RESOURCE_EXHAUSTED',
  12: 'UNIMPLEMENTED',
  13: 'INTERNAL',
  14: 'UNAVAILABLE',
  16: 'UNAUTHENTICATED',
};

/** Long enough for a restarted database, short enough for the ten seconds an OpenTelemetry exporter tries for. */
const RETRY_AFTER_MS = 2000;

/** A failure as `google.rpc.Status` and the HTTP status it travels under. */
export interface Failure {
  readonly httpStatus: ContentfulStatusCode;
  readonly code: number;
  readonly message: string;
  /** When the same request may succeed, whole milliseconds; null: never. */
  readonly retryAfterMs: number | null;
}

/** The client set a time for its call and it is over. Its exporter retries by itself. */
export const DEADLINE_EXCEEDED: Failure = {
  httpStatus: 504,
  code: 4,
  message: 'the deadline of the call is over',
  retryAfterMs: null,
};

/** Anything that is no {@link VestigeError} answers as internal, whatever it says. */
export function failureOf(error: unknown): Failure {
  const known = isVestigeError(error) ? error : new VestigeError('internal', 'the collector failed');
  const httpStatus = HTTP_STATUS[known.code];
  return {
    httpStatus,
    code: RPC_CODE[httpStatus] ?? RPC_INTERNAL,
    // A server's own trouble is for its log, not for its clients.
    message:
      httpStatus < 500 ? known.message : httpStatus === 503 ? 'the collector cannot store now' : 'internal error',
    retryAfterMs: known.retryable ? delayOf(known) : null,
  };
}

/** Whoever refuses may know when there will be room, and says so in the facts. */
function delayOf({ facts }: VestigeError): number {
  const told = facts['retryAfterMs'];
  return typeof told === 'number' && told > 0 ? Math.ceil(told) : RETRY_AFTER_MS;
}
