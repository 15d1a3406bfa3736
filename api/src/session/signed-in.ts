import type { MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import type { ApiDeps } from '../deps.ts';
import type { ApiEnv } from '../http/env.ts';
import { openSession, sessionKeyOf } from './session-cookie.ts';

/** `Secure` is left out only where there is no TLS in front, so the name carries no `__Host-` prefix. */
export const SESSION_COOKIE = 'vestige_session';

/**
 * The header that only a script of this origin can send: a form or an image of another site cannot set it, and a script
 * of another site is asked first (CORS) and told no. So a call by cookie was meant.
 */
export const CONSOLE_HEADER = 'x-vestige-console';

/** Puts the API key of a session where {@link authenticate} looks for one. A key in the call itself wins. */
export function signedIn(deps: Pick<ApiDeps, 'signingKey' | 'now'>): MiddlewareHandler<ApiEnv> {
  const sessionKey = sessionKeyOf(deps);
  return async (c, next) => {
    const cookie = getCookie(c, SESSION_COOKIE);
    if (cookie !== undefined && c.req.header('authorization') === undefined && c.req.header(CONSOLE_HEADER) === '1') {
      const bearer = openSession(sessionKey(), cookie, deps.now().getTime());
      if (bearer !== null) c.set('sessionBearer', bearer);
    }
    await next();
  };
}
