import { VestigeError } from '@vestige/core/errors';
import { type Context, Hono } from 'hono';
import { deleteCookie, setCookie } from 'hono/cookie';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import type { ApiEnv } from '../http/env.ts';
import { callerAddress } from './caller-address.ts';
import { SESSION_S_MAX, sealSession, sessionKeyOf } from './session-cookie.ts';
import { SignInLimit } from './sign-in-limit.ts';
import { CONSOLE_HEADER, SESSION_COOKIE } from './signed-in.ts';

const SignIn = z.strictObject({ key: z.string().min(1).max(200) });

/**
 * Signing in to the console with an API key, and out. The key goes into a cookie that no script can read and comes back
 * to nobody. No part of the OpenAPI document: programs send their key with each call.
 */
export function sessionRoutes(deps: Pick<ApiDeps, 'tenants' | 'signingKey' | 'now'>): Hono<ApiEnv> {
  const sessionKey = sessionKeyOf(deps);
  const limit = new SignInLimit();
  return new Hono<ApiEnv>()
    .use('/session', async (c, next) => {
      if (c.req.header(CONSOLE_HEADER) !== '1') throw new VestigeError('forbidden', 'only the console signs in here');
      await next();
      c.header('cache-control', 'no-store');
    })
    .post('/session', async (c) => {
      const body = SignIn.safeParse(await c.req.json().catch(() => null));
      if (!body.success) throw new VestigeError('bad_request', 'send {"key": "vst_…"}');
      const address = callerAddress(c);
      if (!limit.take(address, deps.now().getTime()))
        throw new VestigeError('rate_limited', 'too many keys from this address opened nothing; wait a minute');
      const caller = await deps.tenants.authenticate(body.data.key.trim());
      if (caller === null)
        throw new VestigeError('unauthenticated', 'this key opens nothing: unknown, expired or revoked');
      limit.giveBack(address);
      const endsAtMs = Math.min(
        deps.now().getTime() + SESSION_S_MAX * 1000,
        caller.expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(caller.expiresAt),
      );
      setCookie(c, SESSION_COOKIE, sealSession(sessionKey(), body.data.key.trim(), endsAtMs), {
        path: '/',
        httpOnly: true,
        sameSite: 'Strict',
        secure: isSecure(c),
        maxAge: SESSION_S_MAX,
      });
      return c.body(null, 204);
    })
    .delete('/session', (c) => {
      deleteCookie(c, SESSION_COOKIE, { path: '/', secure: isSecure(c) });
      return c.body(null, 204);
    });
}

/** TLS ends at the load balancer, which says so; without one the console is on loopback, for trying out. */
const isSecure = (c: Context) =>
  c.req.header('x-forwarded-proto')?.split(',')[0]?.trim() === 'https' || new URL(c.req.url).protocol === 'https:';
