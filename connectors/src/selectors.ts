import { isVestigeError } from '@vestige/core/errors';
import { normalise } from '@vestige/core/identity/normalise';
import { recordRef, type TenantKey } from '@vestige/core/identity/token';
import type { Selector } from '@vestige/core/request/worker-protocol';

/**
 * Texts under which a store may hold an identifier: as given, and as normalised. Stores written by different services
 * hold `+33 6 12…` and `+33612…`, `Jane@…` and `jane@…`; a search for one form alone would miss rows and call it done.
 */
export function variantsOf(selector: Selector): string[] {
  const variants = new Set([selector.value, selector.value.trim()]);
  try {
    variants.add(normalise(selector.type, selector.value));
  } catch (error) {
    // A value the normaliser refuses may still lie in a store exactly as given.
    if (!isVestigeError(error, 'bad_request')) throw error;
  }
  return [...variants];
}

/** E-mail addresses are compared without case: practice treats the local part so, and a miss leaves data behind. */
export function comparesWithoutCase(type: string): boolean {
  return type === 'email';
}

/**
 * Finds records by their keyed refs: the way to rows that carry no identifier column but were touched for the person.
 *
 * @returns a test for a record key, or null when there is nothing to match or no key to match with
 */
export function refMatcher(
  keys: readonly TenantKey[],
  node: string,
  recordRefs: readonly string[],
): ((recordKey: string) => boolean) | null {
  const wanted = new Set(recordRefs.filter((ref) => ref.startsWith(`${node}#`)));
  if (wanted.size === 0 || keys.length === 0) return null;
  return (recordKey) => keys.some((key) => wanted.has(recordRef(key, node, recordKey)));
}
