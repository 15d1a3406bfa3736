import { ROLE_NAMES, type Role } from '@vestige/core/access/roles';
import type { TenantStore } from '@vestige/store/control/tenant-store';
import { type Answer, type Call, send } from '../harness/http.ts';
import type { Side } from './two-tenants.ts';

/** One key of each role, each in the hands of another person, and keys that open nothing any more. */
export interface RoleKeys {
  readonly of: Readonly<Record<Role, string>>;
  readonly revoked: string;
  readonly expired: string;
}

export async function keysOfRoles(tenants: TenantStore, { tenant, word }: Side): Promise<RoleKeys> {
  const make = (role: Role, expiresAt: string | null = null) =>
    tenants.createKey(tenant.id, { name: role, role, person: `${word}-${role.replace('_', '-')}`, expiresAt });
  const keys = await Promise.all(ROLE_NAMES.map(async (role) => [role, (await make(role)).secret.reveal()] as const));
  const revoked = await make('owner');
  await tenants.revokeKey(tenant.id, revoked.id);
  const expired = await make('owner', new Date(Date.now() - 1_000).toISOString());
  return {
    of: Object.fromEntries(keys) as Record<Role, string>,
    revoked: revoked.secret.reveal(),
    expired: expired.secret.reveal(),
  };
}

export const callWith = (apiUrl: string, bearer: string | null, call: Call): Promise<Answer> =>
  send(apiUrl, bearer, { ...call, headers: { 'vestige-purpose': 'test of isolation', ...call.headers } });

/** What a caller can compare: everything but the name and the moment of the call itself. */
export function comparable({ status, text, headers }: Answer): { status: number; text: string; headers: string[] } {
  const callId = headers.get('vestige-call-id') ?? '-';
  const kept = [...headers.entries()].filter(([name]) => !['vestige-call-id', 'date'].includes(name));
  return { status, text: text.replaceAll(callId, '<call>'), headers: kept.map((pair) => pair.join(': ')).sort() };
}
