import { VestigeError } from '@vestige/core/errors';
import type { IdempotencyStore, StoredAnswer } from '@vestige/store/control/idempotency-store';
import type { MiddlewareHandler } from 'hono';
import type { ApiEnv } from './env.ts';

/**
 * Creating calls that answer a repeated `Idempotency-Key` with what they answered before. Not `/v1/api-keys`: keeping its
 * answer would keep a secret in the clear.
 */
export const CREATING_PATHS = ['/v1/requests', '/v1/subject-sets', '/v1/aliases'] as const;

const KEY = /^[\x21-\x7e]{1,200}$/;

/**
 * Only a success is kept: after a failure the client may try the same key again.
 *
 * @throws VestigeError `idempotency_mismatch` for another body under the same key; `conflict` while the first call runs
 */
export function idempotent(store: IdempotencyStore): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const key = c.req.header('idempotency-key');
    if (c.req.method !== 'POST' || key === undefined) return next();
    if (!KEY.test(key))
      throw new VestigeError('bad_request', 'an idempotency key has 1 to 200 visible ASCII characters');

    const { tenant, keyId } = c.var.caller;
    const claim = await store.claim(tenant.id, {
      scope: `${keyId} POST ${c.req.path}`,
      key,
      body: new Uint8Array(await c.req.arrayBuffer()),
    });
    switch (claim.outcome) {
      case 'mismatch':
        throw new VestigeError('idempotency_mismatch', 'this idempotency key was used with another body');
      case 'running':
        throw new VestigeError('conflict', 'the first call with this idempotency key has not finished');
      case 'replay':
        return replayed(claim.answer);
      case 'run':
        break;
    }
    let kept = false;
    try {
      await next();
      if (c.res.ok && !c.error) {
        await store.complete(tenant.id, claim.claimId, { status: c.res.status, body: await c.res.clone().text() });
        kept = true;
      }
    } finally {
      if (!kept) await store.release(tenant.id, claim.claimId);
    }
  };
}

function replayed({ status, body }: StoredAnswer): Response {
  const headers = { 'idempotency-replayed': 'true', ...(body ? { 'content-type': 'application/json' } : {}) };
  return new Response(body || null, { status, headers });
}
