import { VestigeError } from '@vestige/core/errors';
import type { TenantStore } from '@vestige/store/control/tenant-store';
import type { MiddlewareHandler } from 'hono';
import type { ApiEnv } from './env.ts';

/** RFC 6750 §2.1; the scheme is case-insensitive. */
const BEARER = /^bearer +(\S+)$/i;

/**
 * Lets nobody past without a living key and says who calls (`c.var.caller`). Asked on every call: a revoked key opens
 * nothing from the next call on.
 *
 * @throws VestigeError `unauthenticated`, the same for a missing, malformed, unknown, wrong, expired and revoked key
 */
export function authenticate(tenants: TenantStore): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const bearer = BEARER.exec(c.req.header('authorization') ?? '')?.[1] ?? c.var.sessionBearer?.reveal();
    const caller = bearer ? await tenants.authenticate(bearer) : null;
    if (!caller) throw new VestigeError('unauthenticated', 'send an API key: Authorization: Bearer vst_…');
    c.set('caller', caller);
    await next();
  };
}
