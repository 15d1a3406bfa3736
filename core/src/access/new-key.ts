import { ROLES, type Role, scopesOf } from './roles.ts';
import type { Scope } from './scopes.ts';

/** What somebody asks for. A role, scopes, or a role with some of its scopes. */
export interface WantedKey {
  readonly role?: Role | null | undefined;
  readonly scopes?: readonly Scope[] | undefined;
  /** RFC 3339; null: never. */
  readonly expiresAt: string | null;
}

/** What the key that makes the new one may do itself. */
export interface GrantingKey {
  readonly scopes: readonly Scope[];
  readonly expiresAt: string | null;
}

export type KeyRefusal =
  | { readonly reason: 'nothing_granted' }
  | { readonly reason: 'beyond_role'; readonly scopes: readonly Scope[] }
  | { readonly reason: 'beyond_maker'; readonly scopes: readonly Scope[] }
  | { readonly reason: 'outlives_maker' };

/**
 * The scopes a new key gets, or why it may not be made: nobody widens a role, and nobody grants what they do not hold,
 * neither in scopes nor in time. Otherwise whoever may make keys could read everything (research, peers: HyperDX #2587).
 *
 * @param by null: whoever runs the database itself, who needs no key
 */
export function scopesOfNewKey(
  wanted: WantedKey,
  by: GrantingKey | null,
): { readonly ok: true; readonly scopes: readonly Scope[] } | ({ readonly ok: false } & KeyRefusal) {
  const role = wanted.role ?? null;
  const scopes = [...new Set(wanted.scopes ?? (role === null ? [] : scopesOf(role)))];
  if (scopes.length === 0) return { ok: false, reason: 'nothing_granted' };
  const beyondRole = role === null ? [] : without(scopes, ROLES[role].scopes);
  if (beyondRole.length > 0) return { ok: false, reason: 'beyond_role', scopes: beyondRole };
  if (by !== null) {
    const beyondMaker = without(scopes, by.scopes);
    if (beyondMaker.length > 0) return { ok: false, reason: 'beyond_maker', scopes: beyondMaker };
    if (outlives(wanted.expiresAt, by.expiresAt)) return { ok: false, reason: 'outlives_maker' };
  }
  return { ok: true, scopes };
}

const without = (scopes: readonly Scope[], held: readonly Scope[]) => scopes.filter((scope) => !held.includes(scope));

function outlives(child: string | null, parent: string | null): boolean {
  if (parent === null) return false;
  return child === null || Date.parse(child) > Date.parse(parent);
}
