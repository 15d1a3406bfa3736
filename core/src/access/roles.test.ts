import { describe, expect, test } from 'vitest';
import { ROLE_NAMES, ROLES, type Role, rolesWith, scopesOf } from './roles.ts';
import { SCOPES, type Scope } from './scopes.ts';

const holds = (role: Role, ...scopes: Scope[]) => scopes.filter((scope) => scopesOf(role).includes(scope));

/** Scopes under which an answer shows an identifier, a copy of somebody's data, or leads from a name to a pseudonym. */
const SHOWS_PEOPLE: Scope[] = ['identify', 'requests:export', 'tasks:work', 'tasks:verify'];

describe('the roles', () => {
  test('let a viewer see pseudonyms and nothing that leads to a person, and change nothing', () => {
    expect(scopesOf('viewer')).toEqual(['lineage:read', 'governance:read']);
    expect(holds('viewer', ...SHOWS_PEOPLE)).toEqual([]);
  });

  test('keep an admin and an auditor away from people’s data', () => {
    expect(holds('admin', ...SHOWS_PEOPLE, 'lineage:read', 'requests:read', 'audit:read')).toEqual([]);
    expect(holds('auditor', ...SHOWS_PEOPLE, 'lineage:read')).toEqual([]);
  });

  test('give filing and approving to two roles, and to none together but the owner', () => {
    const both = ROLE_NAMES.filter((role) => holds(role, 'requests:write', 'requests:approve').length === 2);
    expect(both).toEqual(['owner']);
  });

  test('give erasing and verifying to two machines, and to none together but the owner', () => {
    expect(rolesWith('tasks:work')).toEqual(['worker', 'owner']);
    expect(rolesWith('tasks:verify')).toEqual(['verifier', 'owner']);
  });

  test('give a machine nothing but its one work', () => {
    const machines = ROLE_NAMES.filter((role) => ROLES[role].of === 'machine');
    expect(machines.map((role) => [role, ...scopesOf(role)])).toEqual([
      ['ingest', 'ingest'],
      ['worker', 'tasks:work'],
      ['verifier', 'tasks:verify'],
    ]);
  });

  test('leave no scope to the owner alone', () => {
    for (const scope of SCOPES) expect(rolesWith(scope).length, scope).toBeGreaterThan(1);
  });
});
