import type { TenantId } from '@vestige/core/ids';
import type { ApiDeps } from '../deps.ts';

/** Seconds by the name of the metric; null where there is nothing to tell. */
export type Ages = Readonly<Record<string, number | null>>;

/** How far behind the audit log of one tenant is: in numbering, in signing, in being seen by others, and in being alive. */
export async function auditAges(deps: Pick<ApiDeps, 'auditLog'>, tenant: TenantId): Promise<Ages> {
  const [status, anchors] = await Promise.all([deps.auditLog.status(tenant), deps.auditLog.lastAnchors(tenant)]);
  const { size, checkpoint, heartbeat, oldestWaitingS } = status;
  const signed = checkpoint?.size ?? 0;
  return {
    vestige_audit_sequencer_lag_seconds: oldestWaitingS,
    vestige_audit_checkpoint_age_seconds: size > signed ? (checkpoint?.ageS ?? Number.POSITIVE_INFINITY) : 0,
    vestige_audit_heartbeat_age_seconds: heartbeat?.ageS ?? null,
    // Whoever has seen the newest checkpoint is not behind, however long ago that was. One witness out of several that is
    // away is a finding; here counts that none has seen it.
    vestige_audit_witness_age_seconds:
      anchors.length === 0 ? null : Math.min(...anchors.map((seen) => (seen.size >= signed ? 0 : seen.ageS))),
  };
}
