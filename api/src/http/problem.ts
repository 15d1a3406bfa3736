import { z } from '@hono/zod-openapi';
import { ERROR_CODES, type ErrorCode, isVestigeError, VestigeError } from '@vestige/core/errors';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** Total, so that a new error code does not compile before someone has given it a status. */
const STATUS: Record<ErrorCode, ContentfulStatusCode> = {
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
  too_large: 413,
  unsupported_media_type: 415,
  idempotency_mismatch: 422,
  rate_limited: 429,
  misconfigured: 500,
  unsupported_platform: 500,
  internal: 500,
  store_unavailable: 503,
};

const TITLE: Record<ErrorCode, string> = {
  bad_request: 'The request is not understood',
  purpose_required: 'Reading about a person needs a purpose',
  unauthenticated: 'No valid API key was given',
  forbidden: 'The API key may not do this',
  not_found: 'There is no such thing',
  method_not_allowed: 'This address does not take this method',
  conflict: 'The call contradicts the present state',
  illegal_transition: 'The event is not possible in the present state',
  plan_changed: 'The plan is not the one that was approved',
  fence_lost: 'The lease has passed to another worker',
  too_large: 'The body is too large',
  unsupported_media_type: 'The media type is not supported',
  idempotency_mismatch: 'The idempotency key was used for another call',
  rate_limited: 'Too many calls',
  misconfigured: 'The server is not set up correctly',
  unsupported_platform: 'The server cannot do this on its platform',
  internal: 'The server failed',
  store_unavailable: 'A database is not available',
};

/** A server-side failure tells its title and nothing else; the rest is in the log, under the call id. */
const TELLS_DETAIL = (status: number): boolean => status < 500;

/** RFC 9457 problem details. */
export const Problem = z
  .object({
    type: z.string().openapi({ example: 'urn:vestige:problem:not_found' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
    retryable: z.boolean(),
    instance: z.string().openapi({ description: 'The call, as in the header `vestige-call-id`' }),
    facts: z
      .record(z.string(), z.unknown())
      .optional()
      .openapi({ description: 'Machine-readable extras, e.g. the legal events of a refused transition' }),
  })
  .openapi('Problem');
export type Problem = z.infer<typeof Problem>;

const RETRY_AFTER_S = 5;

/**
 * Any error as an answer. An error that is not a {@link VestigeError} answers `internal`, whatever it says.
 *
 * @param callId random id of the call
 */
export function problemResponse(error: unknown, callId: string): Response {
  const known = isVestigeError(error) ? error : ofFramework(error);
  const code: ErrorCode = known?.code ?? 'internal';
  const status = STATUS[code];
  const { retryable } = ERROR_CODES[code];
  const problem: Problem = {
    type: `urn:vestige:problem:${code}`,
    title: TITLE[code],
    status,
    code,
    retryable,
    instance: `urn:uuid:${callId}`,
  };
  if (known && TELLS_DETAIL(status)) {
    problem.detail = known.message;
    if (Object.keys(known.facts).length > 0) problem.facts = { ...known.facts };
  }
  const headers = new Headers({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
  if (retryable) headers.set('retry-after', String(RETRY_AFTER_S));
  if (status === 401) headers.set('www-authenticate', 'Bearer realm="vestige"');
  return new Response(JSON.stringify(problem), { status, headers });
}

/** Hono refuses a body of another type than the route takes, or one that is not of its type, before our schemas see it. */
function ofFramework(error: unknown): VestigeError | null {
  if (!(error instanceof HTTPException)) return null;
  switch (error.status) {
    case 400:
      return new VestigeError('bad_request', 'the body is not what its content type says');
    case 415:
      return new VestigeError('unsupported_media_type', 'this address does not take a body of that content type');
    default:
      return null;
  }
}

/** Goes into the `responses` of every route: all failures have one shape. */
export const problems = {
  default: {
    description: 'Problem details (RFC 9457)',
    content: { 'application/problem+json': { schema: Problem } },
  },
} as const;
