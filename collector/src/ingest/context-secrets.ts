import type { SubjectKeyring } from '@vestige/core/identity/keyring';
import type { ReadContext } from '@vestige/core/recognise/read-context';

/** What reading can do for a tenant that gave the collector its key; nothing for any other. */
export function contextSecrets(
  keyring: SubjectKeyring | null,
  tenantName: string,
): Partial<Pick<ReadContext, 'recordRefs' | 'tokenFor'>> {
  if (!keyring?.has(tenantName)) return {};
  return {
    recordRefs: (node, recordKey) => keyring.recordRefsFor(tenantName, node, recordKey),
    tokenFor: (type, value) => tokenOrNull(() => keyring.tokensFor(tenantName, type, value)),
  };
}

function tokenOrNull(tokens: () => readonly string[]): string | null {
  try {
    return tokens()[0] ?? null;
  } catch {
    // No identifier of that type: `user.email` holds whatever the application put there.
    return null;
  }
}
