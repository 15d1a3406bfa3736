import type { Scope } from './scopes.ts';

/**
 * Below this a count may single somebody out: who knows that one colleague used the salary agent yesterday reads from "1"
 * whose data went where (Article 29 Working Party, WP 216, "singling out"; statistical offices commonly ask for 3 to 10).
 */
export const GROUP_MIN = 5;

/** Scopes whose work is single people; a count tells whoever holds one of them nothing that they may not look up. */
const OF_SINGLE_PEOPLE: readonly Scope[] = ['identify', 'requests:read'];

/** Whether counts of few people are shown as they are. */
export function mayCountFew(scopes: readonly Scope[]): boolean {
  return OF_SINGLE_PEOPLE.some((scope) => scopes.includes(scope));
}

/**
 * Rounded down to a multiple of {@link GROUP_MIN}; 0 means fewer than that. Hiding small counts alone would show them as
 * differences: of two windows that overlap, of a whole and its parts.
 */
export function roundedCount(count: number): number {
  return count - (count % GROUP_MIN);
}
