import { type Context, context } from '@opentelemetry/api';
import { runtime } from './runtime.ts';

/**
 * Calls `fn` inside a context, exactly once and in any case: a context manager that fails must not keep the host's
 * code from running, and the host's own error must come out as it went in.
 */
export function runIn<T>(inside: Context, fn: () => T): T {
  let entered = false;
  const once = (): T => {
    entered = true;
    return fn();
  };
  let result: T;
  try {
    result = context.with(inside, once);
  } catch (error) {
    if (entered) throw error;
    runtime()?.reporter.internal('entering a context', error);
    return fn();
  }
  return bindIterator(inside, result);
}

/**
 * Keeps a generator inside its context. One that is created in a scope and consumed outside of it would otherwise run
 * every step without subject and owner, because a generator takes the context of whoever calls `next()`.
 *
 * @returns the same value, with `next`, `return` and `throw` bound if it is an iterator of either kind
 */
export function bindIterator<T>(inside: Context, value: T): T {
  if (!isIterator(value) || !Object.isExtensible(value)) return value;
  for (const name of ['next', 'return', 'throw'] as const) {
    const step = value[name];
    if (typeof step === 'function') {
      value[name] = (...given: unknown[]) => context.with(inside, () => step.apply(value, given));
    }
  }
  return value;
}

type Step = (...given: unknown[]) => unknown;
export type AnyIterator = { next: Step; return?: Step; throw?: Step };

/** Generators only: other iterables (arrays, streams) make their iterators later, and strings are iterable too. */
export function isIterator(value: unknown): value is AnyIterator & (Iterable<unknown> | AsyncIterable<unknown>) {
  return (
    typeof value === 'object' &&
    value !== null &&
    (Symbol.asyncIterator in value || Symbol.iterator in value) &&
    'next' in value &&
    typeof value.next === 'function'
  );
}
