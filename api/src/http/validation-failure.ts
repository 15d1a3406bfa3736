import { VestigeError } from '@vestige/core/errors';
import type { ZodError } from 'zod';

/** More would help nobody. */
const ISSUES_MAX = 10;
/** A name that our schemas could hold. Anything else in a path or a key was written by the client: it may be a value. */
const FIELD_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,40}$/;

/**
 * What a schema refused, as `bad_request` with `facts.issues`: where and why, never what was given.
 *
 * @param target `json`, `query`, `param` or `header`
 */
export function validationFailure(target: string, error: ZodError): VestigeError {
  const issues = error.issues.slice(0, ISSUES_MAX).map((issue) => ({
    in: target,
    path: issue.path.map(pathSegment).join('.'),
    problem: problemOf(issue),
  }));
  const first = issues[0];
  const where = first?.path ? `${target} field ${first.path}` : target;
  return new VestigeError('bad_request', `${where}: ${first?.problem ?? 'invalid'}`, { issues });
}

function pathSegment(segment: PropertyKey): string {
  if (typeof segment === 'number') return String(segment);
  return typeof segment === 'string' && FIELD_NAME.test(segment) ? segment : '*';
}

function problemOf(issue: ZodError['issues'][number]): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return `unknown field ${issue.keys.map(pathSegment).join(', ')}`;
    case 'invalid_key':
    case 'invalid_element':
      return 'an invalid key or element';
    case 'invalid_union':
      return 'fits none of the allowed shapes';
    default:
      // Messages of zod speak of the schema (`expected string, received number`), never of the input's text.
      return issue.message;
  }
}
