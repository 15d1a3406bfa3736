import type { Role } from './roles.ts';

/**
 * Who looked, as a person is told it: when and why they looked is owed to her, which employee it was normally is not
 * (CJEU C-579/21). So a key is its role, `staff` where it has none or is unknown, and a program is `system`.
 *
 * @param roleOf roles by key id
 */
export function maskedActor(actor: string, roleOf: ReadonlyMap<string, Role | null>): Role | 'staff' | 'system' {
  if (!actor.startsWith('key:')) return 'system';
  return roleOf.get(actor.slice('key:'.length)) ?? 'staff';
}
