import type { TenantId } from '@vestige/core/ids';
import type { TaskLimits } from '@vestige/core/request/task';
import type { ClaimRequest } from '@vestige/core/request/worker-protocol';
import type { Database } from '@vestige/store/postgres';
import type { RequestStore } from '@vestige/store/requests/request-store';
import { textbookClaim } from '@vestige/store/requests/testing/textbook-claim';

const LIMITS: TaskLimits = { attemptsMax: 8, roundsMax: 3, settleMs: 0, jitter: 0 };
const LEASE_SECONDS = 600;
const NO_DIGEST = `sha256:${'0'.repeat(64)}`;

export interface Latency {
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** Claims as workers make them: take, and report what was taken, so that the shelf moves on. */
export async function measureClaims(
  store: RequestStore,
  tenant: TenantId,
  claim: Pick<ClaimRequest, 'stores' | 'max'>,
  rounds: number,
): Promise<{ claim: Latency; report: Latency }> {
  const claimMs: number[] = [];
  const reportMs: number[] = [];
  const by = () => ({ actor: 'key:worker', now: new Date() });
  for (let round = 0; round < rounds; round += 1) {
    const begun = performance.now();
    const given = { ...claim, leaseSeconds: LEASE_SECONDS, worker: 'bench' };
    const claimed = await store.claim(tenant, given, LIMITS, by());
    claimMs.push(performance.now() - begun);
    if (claimed.length !== claim.max) throw new Error(`claimed ${claimed.length} of ${claim.max}`);
    for (const { id, fence } of claimed) {
      const reported = performance.now();
      const counts = { fence, found: 1, erased: 1, residual: 0, method: 'delete' };
      const result = { ...counts, evidenceDigest: NO_DIGEST, searched: true, cannotErase: [] };
      await store.report(tenant, id, result, LIMITS, by());
      reportMs.push(performance.now() - reported);
    }
  }
  return { claim: latencyOf(claimMs), report: latencyOf(reportMs) };
}

/** The same question asked the textbook's way. */
export async function measureTextbook(
  db: Database,
  tenant: TenantId,
  { stores, max }: Pick<ClaimRequest, 'stores' | 'max'>,
  rounds: number,
): Promise<Latency> {
  const everything = stores.includes('*');
  const nodes = stores.filter((store) => store !== '*');
  const ms: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const begun = performance.now();
    await textbookClaim(db, tenant, { nodes, everything, max });
    ms.push(performance.now() - begun);
  }
  return latencyOf(ms);
}

export function latencyOf(ms: readonly number[]): Latency {
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round((sorted[Math.ceil(sorted.length * share) - 1] ?? 0) * 100) / 100;
  return { p50Ms: at(0.5), p95Ms: at(0.95) };
}
