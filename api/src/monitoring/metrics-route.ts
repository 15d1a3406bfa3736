import { Hono } from 'hono';
import type { ApiDeps } from '../deps.ts';
import type { ApiEnv } from '../http/env.ts';

/**
 * `GET /metrics`, Prometheus text, without a key and without a tenant's name: the oldest proof over all tenants that our
 * own erasure works, and the oldest scan for people who came back. Page somebody when either is above two days.
 */
export function metricsRoute(deps: Pick<ApiDeps, 'tenants' | 'erasureWatch' | 'now'>): Hono<ApiEnv> {
  return new Hono<ApiEnv>().get('/metrics', async (c) => {
    const now = deps.now().getTime();
    const canaries: number[] = [];
    const scans: number[] = [];
    for (const { id } of await deps.tenants.tenants()) {
      const [recent, passed] = await Promise.all([
        deps.erasureWatch.canaries(id, RECENT),
        deps.erasureWatch.scans(id, RECENT),
      ]);
      const proven = recent.find(({ verifiedAt }) => verifiedAt !== null)?.verifiedAt ?? recent.at(-1)?.plantedAt;
      const scanned = passed.find(({ finishedAt }) => finishedAt !== null)?.startedAt ?? passed.at(-1)?.startedAt;
      if (proven) canaries.push((now - proven.getTime()) / 1000);
      if (scanned) scans.push((now - scanned.getTime()) / 1000);
    }
    const lines = [
      ...gauge('vestige_erasure_canary_age_seconds', 'Since an invented person was last verified erased.', canaries),
      ...gauge('vestige_residue_scan_age_seconds', 'Since the last whole look for people who came back.', scans),
    ];
    return c.text(lines.map((line) => `${line}\n`).join(''), 200, { 'content-type': 'text/plain; version=0.0.4' });
  });
}

/** Enough to find the last that was verified among some that were not. */
const RECENT = 10;

/** The oldest over all tenants; no sample before there is one. */
function gauge(name: string, help: string, ages: readonly number[]): string[] {
  const sample = ages.length > 0 ? [`${name} ${Math.max(0, ...ages)}`] : [];
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...sample];
}
