import { createHash } from 'node:crypto';
import { VestigeError } from '@vestige/core/errors';
import type { Caller, Scope, TenantStore } from '@vestige/store/control/tenant-store';

/** Shape of a key; anything else is refused without asking the database. */
const KEY = /^vst_[A-Za-z0-9_-]{1,200}$/;
const CACHED_MAX = 10_000;

/** Authenticates by API key, with a short memory. */
export interface KeyCheck {
  /**
   * @param authorization value of the header `authorization`
   * @param vestigeKey value of the header `x-vestige-key`; used when there is no bearer
   * @throws VestigeError `unauthenticated`, `forbidden` without the scope, `store_unavailable` when nobody can tell
   */
  caller(authorization: string | undefined, vestigeKey: string | undefined, scope: Scope): Promise<Caller>;
}

/**
 * @param cachedMs how long an answer is reused, and so the longest time a revoked key is still taken here. A stale
 *   answer is never used beyond it, also not while Postgres is away: then clients are told to come back.
 */
export function createKeyCheck(
  tenants: Pick<TenantStore, 'authenticate'>,
  cachedMs: number,
  nowMs: () => number,
): KeyCheck {
  // Keyed by hash: a heap dump of the collector is no list of credentials. A promise, so that a burst asks once.
  const cache = new Map<string, { readonly atMs: number; readonly caller: Promise<Caller | null> }>();

  const lookUp = (key: string): Promise<Caller | null> => {
    const digest = createHash('sha256').update(key).digest('base64url');
    const cached = cache.get(digest);
    if (cached !== undefined && nowMs() - cached.atMs < cachedMs) return cached.caller;
    const caller = tenants.authenticate(key);
    cache.delete(digest);
    const oldest = cache.size >= CACHED_MAX ? cache.keys().next().value : undefined;
    if (oldest !== undefined) cache.delete(oldest);
    const entry = { atMs: nowMs(), caller };
    cache.set(digest, entry);
    caller.catch(() => cache.get(digest) === entry && cache.delete(digest));
    return caller;
  };

  return {
    async caller(authorization, vestigeKey, scope) {
      const key = bearerOf(authorization) ?? vestigeKey?.trim() ?? '';
      const caller = KEY.test(key) ? await temporary(lookUp(key)) : null;
      if (caller === null) throw new VestigeError('unauthenticated', 'no valid API key was given');
      if (!caller.scopes.includes(scope)) throw new VestigeError('forbidden', `the API key lacks the scope ${scope}`);
      return caller;
    },
  };
}

function bearerOf(authorization: string | undefined): string | null {
  return /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? null;
}

/** A key that could not be looked up is not a wrong key: 401 would make the client throw its spans away. */
async function temporary<T>(look: Promise<T>): Promise<T> {
  try {
    return await look;
  } catch {
    throw new VestigeError('store_unavailable', 'API keys cannot be checked now');
  }
}
