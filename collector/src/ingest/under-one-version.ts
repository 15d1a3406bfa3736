import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import type { SuppressionWatch } from './suppression-watch.ts';

/** How often a suppression list may change under one batch before its sender is told to come back. */
const RESOLVE_ATTEMPTS_MAX = 5;

/**
 * Runs `append` with what `resolve` found out about people, under one version of the suppression list: the newest one
 * known when `append` begins. Until it ends (or, when it failed, for as long as the store may still do it), no erasure
 * believes that this process has seen a newer list, so it deletes after what is appended here and not before.
 *
 * @param resolve asked again when the list changed meanwhile; must ask the stores anew, or a cache that knows the version
 * @throws VestigeError `store_unavailable` when the list cannot be read or does not keep still
 */
export async function underOneVersion<T>(
  watch: SuppressionWatch,
  tenant: TenantId,
  resolve: (version: number) => Promise<T>,
  append: (resolved: T) => Promise<void>,
): Promise<T> {
  const lease = await watch.enter(tenant);
  let inDoubt = false;
  try {
    for (let attempt = 0; attempt < RESOLVE_ATTEMPTS_MAX; attempt += 1) {
      const version = lease.begin();
      const resolved = await resolve(version);
      if (!(await lease.stillCurrent(version))) continue;
      inDoubt = true;
      await append(resolved);
      inDoubt = false;
      return resolved;
    }
    throw new VestigeError('store_unavailable', 'the suppression list changes faster than spans can be resolved');
  } finally {
    lease.leave(inDoubt);
  }
}
