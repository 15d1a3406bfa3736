import { context, INVALID_SPAN_CONTEXT, type Span, type SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { withOwnerValue } from './owner.ts';
import { type AnyIterator, isIterator, runIn } from './run-in.ts';
import type { Runtime } from './runtime.ts';

export interface SpanScope {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Record<string, string | number | boolean | string[]>;
  /** Node id stamped as owner on everything that starts inside. */
  readonly owner?: string;
  /** Goes to disk before the span's `end()` returns. */
  readonly urgent?: boolean;
  /** Last words before the span ends; also after a failure. */
  readonly beforeEnd?: (span: Span) => void;
}

/**
 * Runs the host's function inside a span of ours. The span ends when the work does: at return, when a promise settles,
 * or when a generator is exhausted. A failure is recorded by its kind alone, because messages quote values.
 *
 * @param running null: no SDK is running, `fn` gets a span that records nothing
 */
export function inSpan<T>(running: Runtime | null, scope: SpanScope, fn: (span: Span) => T): T {
  const silent = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
  if (running === null) return fn(silent);
  const opened = running.guard(
    `starting ${scope.name}`,
    () => {
      const { kind, attributes } = scope;
      const outer = context.active();
      const span = running.tracer.startSpan(scope.name, { kind, attributes }, outer);
      const inside = trace.setSpan(outer, span);
      return { span, inside: scope.owner === undefined ? inside : withOwnerValue(inside, scope.owner) };
    },
    null,
  );
  if (opened === null) return fn(silent);
  const { span, inside } = opened;
  if (scope.urgent) running.markUrgent(span);
  let ended = false;
  const end: End = (error) => {
    if (ended) return;
    ended = true;
    running.guard(
      `ending ${scope.name}`,
      () => {
        if (error) {
          span.setStatus({ code: SpanStatusCode.ERROR });
          span.setAttribute('error.type', kindOf(error.value));
        }
        scope.beforeEnd?.(span);
      },
      undefined,
    );
    running.guard(`ending ${scope.name}`, () => span.end(), undefined);
  };
  let result: T;
  try {
    result = runIn(inside, () => fn(span));
  } catch (error) {
    end({ value: error });
    throw error;
  }
  return endWith(result, end);
}

type End = (error?: { value: unknown }) => void;

/** Ends the span when the result is complete. */
function endWith<T>(result: T, end: End): T {
  if (result instanceof Promise && result.constructor === Promise) {
    // A new promise, so that a rejection nobody handles is still reported as unhandled.
    return result.then(
      (value: unknown) => {
        end();
        return value;
      },
      (error: unknown) => {
        end({ value: error });
        throw error;
      },
    ) as T;
  }
  if (isThenable(result) && Object.isExtensible(result)) endWithThenable(result, end);
  else if (isIterator(result) && Object.isExtensible(result)) endWithIterator(result, end);
  else end();
  return result;
}

/**
 * A promise of some client's own class keeps its methods, and a query builder that runs on `then` must not be run by
 * us, so its `then` is watched instead of called.
 */
function endWithThenable(thenable: Thenable, end: End): void {
  const then = thenable.then;
  // biome-ignore lint/suspicious/noThenProperty: it has one already, and calling it would run a query twice
  thenable.then = (ok, failed) =>
    then.call(
      thenable,
      (value) => {
        end();
        return ok ? ok(value) : value;
      },
      (error) => {
        end({ value: error });
        if (failed) return failed(error);
        throw error;
      },
    );
}

function endWithIterator(iterator: AnyIterator, end: End): void {
  const watch = <V>(outcome: V): V => {
    if (typeof outcome === 'object' && outcome !== null && 'done' in outcome && outcome.done === true) end();
    return outcome;
  };
  const fail = (error: unknown): never => {
    end({ value: error });
    throw error;
  };
  for (const name of ['next', 'return', 'throw'] as const) {
    const step = iterator[name];
    if (typeof step !== 'function') continue;
    iterator[name] = (...given) => {
      let outcome: unknown;
      try {
        outcome = step.apply(iterator, given);
      } catch (error) {
        return fail(error);
      }
      return outcome instanceof Promise ? outcome.then(watch, fail) : watch(outcome);
    };
  }
}

interface Thenable {
  then(ok?: ((value: unknown) => unknown) | null, failed?: ((error: unknown) => unknown) | null): unknown;
}

function isThenable(value: unknown): value is Thenable {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** `ECONNREFUSED`, `TypeError` … : enough to tell whether the call can have had an effect (ruling 13). */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(error.code)
    ? error.code
    : error.name;
}
