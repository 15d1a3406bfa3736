import { readCheckpoint } from '@vestige/core/audit/checkpoint';
import { sameHash } from '@vestige/core/audit/merkle-hash';
import { isVestigeError, VestigeError } from '@vestige/core/errors';
import type { Anchor, AuditLog, StoredCheckpoint } from '@vestige/store/audit/audit-log';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { LogKeys } from '../log-keys.ts';

/**
 * Somebody else who sees our checkpoints. A signature alone keeps nobody from rewriting what no outsider has seen: that
 * a checkpoint lies elsewhere is what turns the log into evidence (research/compliance.md §4.1).
 */
export interface Witness {
  readonly kind: Anchor['kind'];
  /** Which one, without credentials: a host or a folder. */
  readonly place: string;
  /** A witness that costs something is not shown every checkpoint. 0: every one. */
  readonly everyS: number;
  /**
   * Shows it the signed note, once more if it has seen it before.
   *
   * @returns what proves it: the DER of a time stamp, or a line about the copy
   * @throws VestigeError `store_unavailable` when it is away, `internal` when its answer proves nothing
   */
  testify(note: string, of: { tenant: string; size: number }): Promise<Uint8Array>;
  /** The newest note it has of this tenant's log, where it can be read back. */
  newest?(tenant: string): Promise<string | null>;
}

interface WitnessDeps {
  readonly auditLog: AuditLog;
  readonly logKeys: LogKeys;
  readonly witnesses: readonly Witness[];
}

/** Shows the checkpoint to every witness that is due. One that is away is tried again at the next look, and found out. */
export async function anchorCheckpoint(deps: WitnessDeps, tenant: Tenant, checkpoint: StoredCheckpoint): Promise<void> {
  if (deps.witnesses.length === 0) return;
  const last = await deps.auditLog.lastAnchors(tenant.id);
  for (const witness of deps.witnesses) {
    const { kind, place } = witness;
    const seen = last.find((anchor) => anchor.kind === kind && anchor.place === place);
    if (seen !== undefined && (seen.size >= checkpoint.size || seen.ageS < witness.everyS)) continue;
    try {
      const proof = await witness.testify(checkpoint.note, { tenant: tenant.name, size: checkpoint.size });
      await deps.auditLog.putAnchor(tenant.id, { size: checkpoint.size, kind, place, proof });
    } catch (error) {
      const code = isVestigeError(error) ? error.code : 'unexpected';
      const details = { kind, place, code, size: checkpoint.size };
      await deps.auditLog.note(tenant.id, { type: 'audit.witness_away', key: `${kind}\n${place}`, details });
    }
  }
}

/**
 * Compares our log with the copies others hold, before anything more is signed: a copy that is ahead of us means that
 * our database was set back, and the next signature would contradict what we have published.
 *
 * @throws VestigeError `internal`
 */
export async function assertNotAhead(deps: WitnessDeps, tenant: Tenant): Promise<void> {
  for (const witness of deps.witnesses) {
    const note = await witness.newest?.(tenant.name);
    if (note == null) continue;
    const copy = readCheckpoint(note);
    const ours = await deps.auditLog.checkpoint(tenant.id, copy.size);
    if (ours === null || ours.size !== copy.size || !sameHash(readCheckpoint(ours.note).root, copy.root)) {
      throw new VestigeError('internal', 'a copy of the audit log knows a checkpoint that the log does not', {
        place: witness.place,
        size: copy.size,
      });
    }
  }
}
