import { isVestigeError } from '@vestige/core/errors';
import type { z } from 'zod';
import { signedAnswer } from './answer.ts';
import type { OpendsrIdentity } from './identity.ts';

/** Why a call is refused, in the protocol's own error object. Names fields and rules, never a value (§7.6). */
export class OpendsrRefusal extends Error {
  override readonly name = 'OpendsrRefusal';
  readonly status: 400 | 401 | 403 | 404 | 409 | 503;
  readonly reasons: readonly { readonly reason: string; readonly message: string }[];

  constructor(
    status: OpendsrRefusal['status'],
    message: string,
    reasons: readonly { readonly reason: string; readonly message: string }[],
  ) {
    super(message);
    this.status = status;
    this.reasons = reasons;
  }
}

export function refusal(status: OpendsrRefusal['status'], reason: string, message: string): OpendsrRefusal {
  return new OpendsrRefusal(status, message, [{ reason, message }]);
}

/** What the schema refused: paths and kinds of mistake, because the schema's own words may quote what was sent. */
export function malformed(error: z.ZodError): OpendsrRefusal {
  const reasons = error.issues.slice(0, 20).map(({ path, code }) => ({
    reason: code,
    message: `${path.map(String).join('.') || 'body'}: ${path.length > 0 && code === 'invalid_type' ? 'is missing or of another type' : 'is not as specified'}`,
  }));
  return new OpendsrRefusal(400, reasons[0]?.message ?? 'the request is not understood', reasons);
}

const STATUS_OF: Readonly<Record<string, OpendsrRefusal['status']>> = {
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  illegal_transition: 409,
  conflict: 409,
  store_unavailable: 503,
};

/** Null: not for the caller to know; the server's own handler logs it. */
export function errorAnswer(error: unknown, identity: OpendsrIdentity): Response | null {
  const known =
    error instanceof OpendsrRefusal
      ? error
      : isVestigeError(error) && (error.code === 'bad_request' || error.code in STATUS_OF)
        ? refusal(STATUS_OF[error.code] ?? 400, error.code, 'the request cannot be taken')
        : null;
  if (known === null) return null;
  const body = {
    error: {
      code: known.status,
      message: known.message,
      errors: known.reasons.map((each) => ({ domain: 'opendsr', ...each })),
    },
  };
  const answer = signedAnswer(identity, known.status, body);
  if (known.status === 401) answer.headers.set('www-authenticate', 'Basic realm="opendsr", Bearer realm="opendsr"');
  if (known.status === 503) answer.headers.set('retry-after', '5');
  return answer;
}
