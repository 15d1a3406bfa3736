import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scopesOfNewKey } from './new-key.ts';
import { ROLE_NAMES, scopesOf } from './roles.ts';
import { SCOPES } from './scopes.ts';

const never = { expiresAt: null };
const scopeSet = fc.subarray([...SCOPES]);
const instant = fc.option(
  fc.integer({ min: 0, max: 4e12 }).map((ms) => new Date(ms).toISOString()),
  { nil: null },
);

describe('a new key', () => {
  test('of a role has the scopes of the role, or fewer when some are named', () => {
    expect(scopesOfNewKey({ role: 'viewer', ...never }, null)).toEqual({ ok: true, scopes: scopesOf('viewer') });
    const narrower = scopesOfNewKey({ role: 'dsr_agent', scopes: ['requests:read'], ...never }, null);
    expect(narrower).toEqual({ ok: true, scopes: ['requests:read'] });
  });

  test('cannot be wider than its role, whoever makes it', () => {
    const refused = scopesOfNewKey({ role: 'viewer', scopes: ['lineage:read', 'identify'], ...never }, null);
    expect(refused).toEqual({ ok: false, reason: 'beyond_role', scopes: ['identify'] });
  });

  test('cannot be made by an admin when it would see what the admin may not', () => {
    const admin = { scopes: scopesOf('admin'), expiresAt: null };
    for (const role of ROLE_NAMES) {
      const made = scopesOfNewKey({ role, ...never }, admin);
      expect([role, made.ok]).toEqual([role, role === 'admin' || role === 'ingest']);
    }
  });

  test('that would be good for nothing is none', () => {
    expect(scopesOfNewKey(never, null)).toEqual({ ok: false, reason: 'nothing_granted' });
    expect(scopesOfNewKey({ role: 'viewer', scopes: [], ...never }, null).ok).toBe(false);
  });

  test('never has a scope or a day that its maker has not, whatever is asked for', () => {
    fc.assert(
      fc.property(
        fc.option(fc.constantFrom(...ROLE_NAMES), { nil: null }),
        fc.option(scopeSet, { nil: undefined }),
        instant,
        scopeSet,
        instant,
        (role, scopes, expiresAt, held, until) => {
          const made = scopesOfNewKey({ role, scopes, expiresAt }, { scopes: held, expiresAt: until });
          if (!made.ok) return;
          expect(made.scopes.filter((scope) => !held.includes(scope))).toEqual([]);
          expect(made.scopes.length).toBeGreaterThan(0);
          if (role !== null) expect(made.scopes.filter((scope) => !scopesOf(role).includes(scope))).toEqual([]);
          if (until !== null) expect(Date.parse(expiresAt ?? '9999-01-01')).toBeLessThanOrEqual(Date.parse(until));
        },
      ),
    );
  });
});
