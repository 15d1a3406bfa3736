import { context } from '@opentelemetry/api';
import { runIn } from '../run-in.ts';
import { runtime } from '../runtime.ts';
import { readScope, type SubjectScope, subjectOf, withSubjectValue } from './subject.ts';

/**
 * Says whose data the code inside is about. Every span that starts inside carries the person's tokens (`ambient`),
 * purpose, categories and legal basis, across `await`, and across processes towards trusted hosts.
 *
 * ```ts
 * await withSubject({ identifiers: [{ type: 'email', value: user.email }], purpose: 'essential.service.operations.support' },
 *   () => agent.run(question));
 * ```
 *
 * An inner scope replaces the people of the outer one (or adds to them with `merge`); purpose, legal basis and
 * categories it does not mention stay. Identifiers that cannot be read are left out, counted and reported.
 *
 * @returns what `fn` returns. Never throws on its own account: without a running SDK it only calls `fn`
 */
export function withSubject<T>(scope: SubjectScope, fn: () => T): T {
  const running = runtime();
  if (running === null) return fn();
  const inside = running.guard(
    'withSubject',
    () => {
      const outer = context.active();
      return withSubjectValue(outer, readScope(running, scope, subjectOf(outer)));
    },
    undefined,
  );
  return inside === undefined ? fn() : runIn(inside, fn);
}

/** The tokens in force here: for logs of the host that want to mention a person without naming them. */
export function activeSubjectTokens(): readonly string[] {
  return runtime()?.guard('activeSubjectTokens', () => subjectOf(context.active())?.tokens ?? [], []) ?? [];
}
