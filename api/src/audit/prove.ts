import { formatTlogProof } from '@vestige/core/audit/tlog-proof';
import { VestigeError } from '@vestige/core/errors';
import type { AuditLog, LogLeaf, StoredCheckpoint } from '@vestige/store/audit/audit-log';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { LogKeys } from './log-keys.ts';

/**
 * Proof files for single entries (C2SP tlog-proof@v1), which whoever holds one checks without us.
 *
 * To give a certificate its proof, call {@link certificateProof} after the request was completed, and hand the text out
 * beside the certificate as `<certificate id>.tlog-proof`. It cannot stand inside the certificate: the entry that is
 * proven holds the hash of the whole signed certificate, as `facts.certificateSha256`.
 */
export interface Proving {
  readonly auditLog: AuditLog;
  readonly logKeys: LogKeys;
}

/**
 * The proof that this certificate is in the log, signing a checkpoint when none covers it yet.
 *
 * @returns null when no completed request of this tenant names the certificate
 */
export async function certificateProof(deps: Proving, tenant: Tenant, certificateId: string): Promise<string | null> {
  await deps.auditLog.sequence(tenant.id);
  const leaf = await deps.auditLog.certificateEntry(tenant.id, certificateId);
  return leaf === null ? null : proofOf(deps, tenant, leaf, await covering(deps, tenant, leaf.index));
}

/**
 * The proof of one entry.
 *
 * @param size of the tree it is proven in, which must be that of a checkpoint; without it the newest one, or a new one
 * @throws VestigeError `not_found` when there is no such entry, or no checkpoint of that size that covers it
 */
export async function entryProof(deps: Proving, tenant: Tenant, index: number, size?: number): Promise<string> {
  await deps.auditLog.sequence(tenant.id);
  const [leaf] = await deps.auditLog.leaves(tenant.id, { from: index, until: index + 1, limit: 1 });
  if (!leaf) throw new VestigeError('not_found', 'there is no such entry');
  return proofOf(deps, tenant, leaf, await covering(deps, tenant, index, size));
}

/** The extra data is the entry itself, so that the file needs no other. */
async function proofOf(deps: Proving, tenant: Tenant, leaf: LogLeaf, checkpoint: StoredCheckpoint): Promise<string> {
  const hashes = await deps.auditLog.inclusionProof(tenant.id, leaf.index, checkpoint.size);
  return formatTlogProof({ extra: leaf.entry, index: leaf.index, hashes, checkpoint: checkpoint.note });
}

async function covering(deps: Proving, tenant: Tenant, index: number, size?: number): Promise<StoredCheckpoint> {
  const found = await deps.auditLog.checkpoint(tenant.id, size);
  if (found !== null && found.size > index && (size === undefined || found.size === size)) return found;
  if (size !== undefined) throw new VestigeError('not_found', 'no checkpoint of that size covers the entry');
  const signed = await deps.auditLog.sign(tenant.id, deps.logKeys.origin(tenant), deps.logKeys.signers(tenant));
  if (signed === null || signed.size <= index) throw new VestigeError('not_found', 'there is no such entry');
  return signed;
}
