import { DiagConsoleLogger, diag } from '@opentelemetry/api';

/** Everything this library can have to complain about. Codes are stable; messages are for people. */
export const PROBLEM_CODES = [
  'misconfigured',
  'otel_sdk_missing',
  'duplicate_provider',
  'not_attached',
  'api_mix',
  'coverage_gap',
  'identifier_refused',
  'subjects_over_limit',
  'odd_flow',
  'untrusted_baggage',
  'endpoint_refused',
  'endpoint_unreachable',
  'batch_dead',
  'spans_rejected',
  'spool_filling',
  'spool_unwritable',
  'spans_lost',
  'internal',
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** One thing that went wrong. `message` and `facts` hold no personal data and no text of other libraries. */
export interface Problem {
  readonly code: ProblemCode;
  readonly severity: 'warn' | 'error';
  readonly message: string;
  readonly facts: Readonly<Record<string, string | number | boolean>>;
}

const ERRORS: ReadonlySet<ProblemCode> = new Set([
  'misconfigured',
  'otel_sdk_missing',
  'duplicate_provider',
  'api_mix',
  'batch_dead',
  'spans_rejected',
  'spool_unwritable',
  'spans_lost',
  'internal',
]);

/** The same complaint is repeated at most this often; the counters of `stats()` keep the exact number. */
const REPEAT_AFTER_MS = 60_000;

/**
 * Tells the host what is wrong, through OpenTelemetry's `diag` (or the console) and a callback, without ever throwing into it and
 * without flooding its log: one line per code and subject a minute.
 */
export class Reporter {
  readonly #onProblem: ((problem: Problem) => void) | undefined;
  readonly #last = new Map<string, number>();

  constructor(onProblem?: (problem: Problem) => void) {
    this.#onProblem = onProblem;
  }

  /** @param about distinguishes complaints of one code that deserve a line each, e.g. a library name */
  report(code: ProblemCode, message: string, facts: Problem['facts'] = {}, about = ''): void {
    try {
      const key = `${code} ${about}`;
      const now = performance.now();
      const last = this.#last.get(key);
      if (last !== undefined && now - last < REPEAT_AFTER_MS) return;
      if (this.#last.size > 1_000) this.#last.clear();
      this.#last.set(key, now);
      const severity = ERRORS.has(code) ? 'error' : 'warn';
      loggerOfHost()[severity](`vestige: ${message}`, ...(Object.keys(facts).length > 0 ? [facts] : []));
      this.#onProblem?.({ code, severity, message, facts });
    } catch {
      // A host whose logger or callback throws has a problem of its own; it must not become ours, nor ours theirs.
    }
  }

  /** A fault of this library itself. Only the kind of error is told: its message may quote a value of the host. */
  internal(where: string, error: unknown): void {
    const kind = error instanceof Error ? error.name : typeof error;
    const code = errorCode(error);
    this.report('internal', `${where} failed and was skipped`, code ? { kind, code } : { kind }, where);
  }
}

const ownLogger = new DiagConsoleLogger();

/**
 * `diag` says nothing until somebody gives it a logger, and problems of lineage must be seen. It is not us who give it
 * one: the first `setLogger` registers the globals of the API under our copy's version, and a host with another copy
 * could then register neither tracers nor context, nor anything else.
 */
function loggerOfHost(): Pick<typeof ownLogger, 'warn' | 'error'> {
  const globals = (globalThis as Record<symbol, unknown>)[Symbol.for('opentelemetry.js.api.1')];
  const given = typeof globals === 'object' && globals !== null && 'diag' in globals && globals.diag;
  return given ? diag : ownLogger;
}

/** `ENOSPC`, `ECONNREFUSED` … or '' */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
