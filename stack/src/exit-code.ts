import type { ErrorCode } from '@vestige/core/errors';
import { isVestigeError } from '@vestige/core/errors';

/** What the command line ends with; listed in `vestige --help`. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  notFound: 4,
  conflict: 5,
  unavailable: 6,
  /** The command worked, and the answer is no: pending migrations, a certificate that does not hold, a sick system. */
  negative: 7,
  /** It worked and the answer is yes, with something missing that should be there: an audit log that was silent for days. */
  incomplete: 8,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_HELP = `
Exit codes:
  0  done
  1  an unexpected failure, or a coverage below --min
  2  wrong usage or settings
  3  refused: no valid key, a missing scope or purpose
  4  there is no such thing
  5  conflict: a taken port, a locked folder, a step that is not possible now
  6  a database or the API is not available; try again
  7  it worked and the answer is no: pending migrations, an invalid certificate, a finding of the doctor
  8  it holds, and something is missing that should be there`;

const BY_CODE: Record<ErrorCode, ExitCode> = {
  bad_request: EXIT.usage,
  misconfigured: EXIT.usage,
  unsupported_platform: EXIT.usage,
  unsupported_media_type: EXIT.usage,
  too_large: EXIT.usage,
  method_not_allowed: EXIT.failed,
  internal: EXIT.failed,
  unauthenticated: EXIT.refused,
  forbidden: EXIT.refused,
  purpose_required: EXIT.refused,
  not_found: EXIT.notFound,
  conflict: EXIT.conflict,
  illegal_transition: EXIT.conflict,
  plan_changed: EXIT.conflict,
  fence_lost: EXIT.conflict,
  idempotency_mismatch: EXIT.conflict,
  rate_limited: EXIT.unavailable,
  store_unavailable: EXIT.unavailable,
};

export const exitCodeOf = (error: unknown): ExitCode => (isVestigeError(error) ? BY_CODE[error.code] : EXIT.failed);
