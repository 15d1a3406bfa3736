import type { TenantStore } from '@vestige/store/control/tenant-store';
import type { MiddlewareHandler } from 'hono';
import type { ApiEnv } from '../http/env.ts';
import { errorAnswer, refusal } from './errors.ts';
import type { OpendsrIdentity } from './identity.ts';
import { OPEN_PATHS } from './open-paths.ts';

const BEARER = /^bearer +(\S+)$/i;
const BASIC = /^basic +([A-Za-z0-9+/]+={0,2})$/i;

/**
 * The caller of an OpenDSR call: an API key as bearer, or as the password of HTTP Basic (any user name), which is what
 * controllers in the field can be given.
 */
export function authenticateController(tenants: TenantStore, identity: OpendsrIdentity): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    if (OPEN_PATHS.includes(c.req.path)) return next();
    const header = c.req.header('authorization') ?? '';
    const basic = BASIC.exec(header)?.[1];
    const password = basic && Buffer.from(basic, 'base64').toString('utf8').split(':').slice(1).join(':');
    const key = BEARER.exec(header)?.[1] ?? password;
    const caller = key ? await tenants.authenticate(key) : null;
    if (caller) {
      c.set('caller', caller);
      return next();
    }
    const answer = errorAnswer(refusal(401, 'unauthenticated', 'send an API key'), identity);
    if (answer) c.res = answer;
  };
}
