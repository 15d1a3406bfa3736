import { randomUUID } from 'node:crypto';
import { isVestigeError } from '@vestige/core/errors';
import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Logger } from 'pino';
import type { ApiEnv } from './env.ts';

/**
 * Names every call and writes one line about it: method, route *pattern*, status, time, key. Never the path, the query
 * or a body, because they carry subject ids and identifiers.
 */
export function callContext(log: Logger): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const startedAt = performance.now();
    const callId = randomUUID();
    c.set('callId', callId);
    c.set('log', log.child({ callId }));
    await next();
    c.header('vestige-call-id', callId);
    c.var.log.info(
      {
        method: c.req.method,
        route: routePath(c, -1),
        status: c.res.status,
        ms: Math.round(performance.now() - startedAt),
        ...keyOf(c.get('caller')),
      },
      'call',
    );
  };
}

/** What may be said about an error: its code and place, not the message of an error we did not make ourselves. */
export function describeError(error: unknown): Record<string, unknown> {
  if (isVestigeError(error)) {
    return { code: error.code, message: error.message, facts: error.facts, at: framesOf(error) };
  }
  return error instanceof Error
    ? { code: 'internal', name: error.name, at: framesOf(error) }
    : { code: 'internal', name: typeof error };
}

const FRAMES_MAX = 8;

/** The first line of a stack repeats the message, which may quote a value; frames are ours. */
function framesOf(error: Error): string[] {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, FRAMES_MAX)
    .map((line) => line.trim());
}

function keyOf(caller: ApiEnv['Variables']['caller'] | undefined): { tenant?: number; key?: string } {
  return caller ? { tenant: caller.tenant.id, key: caller.keyId } : {};
}
