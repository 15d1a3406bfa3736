import type { components } from '../../api/schema.d.ts';

export type ApiKey = components['schemas']['ApiKey'];

const SOON_MS = 14 * 86_400_000;

/** Whether a key opens anything, and for how long. A rotated key is one that expires soon. */
export function keyState({ revokedAt, expiresAt }: ApiKey, nowMs: number): 'living' | 'ending' | 'expired' | 'revoked' {
  if (revokedAt !== null && Date.parse(revokedAt) <= nowMs) return 'revoked';
  if (expiresAt === null) return 'living';
  const leftMs = Date.parse(expiresAt) - nowMs;
  if (leftMs <= 0) return 'expired';
  return leftMs <= SOON_MS ? 'ending' : 'living';
}

export const isPast = (key: ApiKey, nowMs: number): boolean => ['expired', 'revoked'].includes(keyState(key, nowMs));

/** Newest first, those that open something before those that do not. */
export const inOrder = (keys: readonly ApiKey[], nowMs: number): ApiKey[] =>
  keys.toSorted(
    (a, b) => Number(isPast(a, nowMs)) - Number(isPast(b, nowMs)) || Date.parse(b.createdAt) - Date.parse(a.createdAt),
  );
