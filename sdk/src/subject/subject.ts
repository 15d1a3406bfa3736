import { type Context, createContextKey } from '@opentelemetry/api';
import { type LegalBasis, SUBJECT_TOKENS_MAX, type SubjectRole } from '@vestige/core/convention/attributes';
import { TOKEN } from '@vestige/core/identity/token';
import type { Runtime } from '../runtime.ts';

/** An identifier in the clear. It becomes a token before the call that was given it returns, and is kept nowhere. */
export interface Identifier {
  /** Ruling 26: `email`, `phone`, `user_id`, `customer_id`, `account_id`, `device_id`, `cookie_id`, `external_id`, … */
  readonly type: string;
  readonly value: string;
}

/** Whose data it is. Give at least one of `identifiers`, `tokens`, `set`. */
export interface Subjects {
  readonly identifiers?: readonly Identifier[];
  /** `ps1.…`, for code that holds tokens already. */
  readonly tokens?: readonly string[];
  /** A registered set (`registerSubjectSet`), for work on more than 32 people at once. */
  readonly set?: string;
  /** How many people the set holds. */
  readonly count?: number;
  /** Default `data_subject`. An `actor` (a support employee) is not the person the request is about. */
  readonly role?: SubjectRole;
}

export interface SubjectScope extends Subjects {
  /** fideslang data use, e.g. `essential.service.operations.support`. */
  readonly purpose?: string;
  readonly legalBasis?: LegalBasis;
  /** fideslang data categories, e.g. `user.contact.email`. */
  readonly categories?: readonly string[];
  /** Our own export or erasure work: such spans are never counted as processing (ruling 14). */
  readonly requestId?: string;
  /** Adds to the people of the surrounding scope instead of replacing them. Default false. */
  readonly merge?: boolean;
}

/** What a context carries: tokens only. Frozen, and shared by every span below it. */
export interface Subject {
  readonly tokens: string[];
  readonly set: string;
  readonly count: number;
  readonly role: SubjectRole | undefined;
  readonly purpose: string | undefined;
  readonly legalBasis: LegalBasis | undefined;
  readonly categories: string[] | undefined;
  readonly requestId: string | undefined;
}

const SUBJECT = createContextKey('vestige subject');

export function subjectOf(context: Context): Subject | undefined {
  return context.getValue(SUBJECT) as Subject | undefined;
}

export function withSubjectValue(context: Context, subject: Subject): Context {
  return context.setValue(SUBJECT, subject);
}

/**
 * Tokens for what the caller gave. An identifier that is none of its type is left out, counted and reported without
 * its value. More people than a span may carry are cut to 32 and counted, unless a set names them.
 */
export function readSubjects(runtime: Runtime, given: Subjects): Pick<Subject, 'tokens' | 'set' | 'count' | 'role'> {
  return cut(runtime, readTokens(runtime, given), given.set ?? '', given.count, given.role);
}

/** Distinct tokens of what the caller gave, however many. */
export function readTokens(runtime: Runtime, given: Pick<Subjects, 'identifiers' | 'tokens'>): string[] {
  const tokens = new Set<string>();
  for (const token of given.tokens ?? []) {
    if (TOKEN.test(token)) tokens.add(token);
    else {
      runtime.counters.identifiersRefused++;
      runtime.reporter.report('identifier_refused', 'a subject was left out: what was given is no token');
    }
  }
  for (const { type, value } of given.identifiers ?? []) {
    // Ids often come as numbers where types are not checked; beyond 2^53 they are not the number that was meant.
    const token = runtime.tokenOf(type, typeof value === 'string' ? value : String(value));
    if (token !== '') tokens.add(token);
  }
  return [...tokens];
}

/** The subject of a scope inside another: what the inner one does not say, the outer one still does. */
export function readScope(runtime: Runtime, given: SubjectScope, outer: Subject | undefined): Subject {
  const own = readSubjects(runtime, given);
  const named = own.tokens.length > 0 || own.set !== '';
  const asked = given.identifiers !== undefined || given.tokens !== undefined || given.set !== undefined;
  const people =
    !asked || (!named && given.merge)
      ? {
          tokens: outer?.tokens ?? [],
          set: outer?.set ?? '',
          count: outer?.count ?? 0,
          role: given.role ?? outer?.role,
        }
      : given.merge && outer
        ? cut(runtime, [...new Set([...outer.tokens, ...own.tokens])], own.set || outer.set, given.count, own.role)
        : own;
  return {
    ...people,
    purpose: given.purpose ?? outer?.purpose,
    legalBasis: given.legalBasis ?? outer?.legalBasis,
    categories: given.categories ? [...given.categories] : outer?.categories,
    requestId: given.requestId ?? outer?.requestId,
  };
}

function cut(
  runtime: Runtime,
  tokens: string[],
  set: string,
  count: number | undefined,
  role: SubjectRole | undefined,
): Pick<Subject, 'tokens' | 'set' | 'count' | 'role'> {
  if (tokens.length > SUBJECT_TOKENS_MAX && set === '') {
    runtime.counters.subjectsOverLimit += tokens.length - SUBJECT_TOKENS_MAX;
    runtime.reporter.report(
      'subjects_over_limit',
      `${tokens.length} people in one scope, of whom ${SUBJECT_TOKENS_MAX} are recorded: register a subject set`,
      { subjects: tokens.length },
    );
  }
  return { tokens: tokens.slice(0, SUBJECT_TOKENS_MAX), set, count: count ?? tokens.length, role };
}
