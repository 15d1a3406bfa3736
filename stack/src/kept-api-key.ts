import { readFileSync } from 'node:fs';
import type { Role } from '@vestige/core/access/roles';
import { Secret } from '@vestige/core/secret';
import type { Tenant, TenantStore } from '@vestige/store/control/tenant-store';
import { writePrivateFile } from './private-file.ts';

/**
 * An API key that an all-in-one installation keeps for itself in a file of its data folder (0600); the database holds a
 * hash. A new one is made when there is none, or when it opens nothing: the database may be another than last time.
 */
export async function keptApiKey(
  tenants: TenantStore,
  tenant: Tenant,
  wanted: { readonly file: string; readonly name: string; readonly role: Role },
): Promise<{ readonly key: Secret; readonly isNew: boolean }> {
  const kept = storedApiKey(wanted.file);
  const caller = kept === null ? null : await tenants.authenticate(kept.reveal());
  if (kept !== null && caller?.tenant.id === tenant.id) return { key: kept, isNew: false };
  const { name, role } = wanted;
  const { secret } = await tenants.createKey(tenant.id, { name, role, expiresAt: null });
  writePrivateFile(wanted.file, `${secret.reveal()}\n`);
  return { key: secret, isNew: true };
}

/** Null when there is no such file. */
export function storedApiKey(file: string): Secret | null {
  try {
    return new Secret(readFileSync(file, 'utf8').trim());
  } catch {
    return null;
  }
}
