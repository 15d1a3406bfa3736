import type { TenantId } from '@vestige/core/ids';
import type { AuditQuery } from '@vestige/store/audit/audit-store';
import type { ApiDeps } from '../deps.ts';

/**
 * Which entries of the audit log are looks at a person: those at any of their subjects, and those at somebody else from a
 * time when the two were linked. Who looked then saw both, and it was written down under one id.
 *
 * @param subjectIds who is one person now, or was when a request about them was approved
 */
export async function looksAt(
  { aliases }: Pick<ApiDeps, 'aliases'>,
  tenant: TenantId,
  subjectIds: readonly string[],
): Promise<Pick<AuditQuery, 'subjectIds' | 'during' | 'readsOnly'>> {
  const [canonical] = subjectIds;
  const during = canonical === undefined ? [] : await aliases.onceJoined(tenant, canonical);
  return { subjectIds, during, readsOnly: true };
}
