import type { MiddlewareHandler } from 'hono';
import type { ApiDeps } from '../deps.ts';
import type { ApiEnv } from '../http/env.ts';
import { refuseRestricted } from '../subjects/refuse-restricted.ts';

/**
 * Paths under which an answer tells of one person. Traces, lists of affected people and packages ask by themselves, once
 * they know of whom they tell. What tells who looked at somebody is no use of their data.
 */
export const GUARDED_PATHS = [
  '/v1/subjects/:subjectId',
  '/v1/subjects/:subjectId/lineage',
  '/v1/subjects/:subjectId/timeline',
  '/v1/subjects/:subjectId/accumulation',
  '/v1/subjects/:subjectId/explain',
] as const;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Refuses a look at somebody whose data is restricted, before anything is read. */
export function restrictionGuard(deps: ApiDeps): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const subjectId = c.req.param('subjectId') ?? '';
    if (UUID.test(subjectId)) await refuseRestricted(c, deps, [subjectId]);
    return next();
  };
}
