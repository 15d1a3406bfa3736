import type { TenantId } from '@vestige/core/ids';
import { Hono } from 'hono';
import type { ApiDeps } from '../deps.ts';
import type { ApiEnv } from '../http/env.ts';
import type { GrowingSlots } from '../http/growing-slots.ts';
import { askedSeldom } from './asked-seldom.ts';
import { type Ages, auditAges } from './audit-ages.ts';

type MetricsDeps = Pick<ApiDeps, 'tenants' | 'erasureWatch' | 'retention' | 'auditLog' | 'now'>;

/**
 * Every scrape would put five questions a tenant to Postgres, and anybody may scrape: there is no key. The ages are told in
 * alerts about hours and days.
 */
const KEPT_MS = 15_000;

/**
 * `GET /metrics`, Prometheus text, without a key and without a tenant's name: of each age the oldest over all tenants, so
 * that one alert covers every log and every promise; up to fifteen seconds old. docs/audit.md and docs/erasure.md say when
 * to page somebody. And how many answers grow in this process.
 */
export function metricsRoute(deps: MetricsDeps, slots: GrowingSlots): Hono<ApiEnv> {
  const text = askedSeldom(() => metricsText(deps), KEPT_MS);
  return new Hono<ApiEnv>().get('/metrics', async (c) =>
    c.text((await text()) + growingText(slots), 200, { 'content-type': 'text/plain; version=0.0.4' }),
  );
}

/** One tenant after the other: the connections are for those who ask about people. */
async function metricsText(deps: MetricsDeps): Promise<string> {
  const found = new Map<string, number[]>();
  for (const { id } of await deps.tenants.tenants()) {
    const ages = { ...(await watchAges(deps, id)), ...(await auditAges(deps, id)) };
    for (const [name, age] of Object.entries(ages)) {
      if (age === null) continue;
      const known = found.get(name);
      if (known === undefined) found.set(name, [age]);
      else known.push(age);
    }
  }
  const lines = Object.entries(HELP).flatMap(([name, help]) => gauge(name, help, found.get(name) ?? []));
  return lines.map((line) => `${line}\n`).join('');
}

/** Of this process, and of now: nothing is read for them. */
function growingText({ counts: { growing, refused } }: GrowingSlots): string {
  return [
    '# HELP vestige_growing_answers Answers that grow now.',
    '# TYPE vestige_growing_answers gauge',
    `vestige_growing_answers ${growing}`,
    '# HELP vestige_growing_answers_refused_total Calls refused because too many answers grew already.',
    '# TYPE vestige_growing_answers_refused_total counter',
    `vestige_growing_answers_refused_total ${refused}`,
    '',
  ].join('\n');
}

const HELP: Readonly<Record<string, string>> = {
  vestige_erasure_canary_age_seconds: 'Since an invented person was last verified erased.',
  vestige_residue_scan_age_seconds: 'Since the last whole look for people who came back.',
  vestige_retention_proof_age_seconds: 'Since the day that the newest proof of retention is about began.',
  vestige_retention_overdue: 'Parts and rows that should have left, by the newest proof.',
  vestige_audit_sequencer_lag_seconds: 'How long the oldest audit entry has waited for its place in the log.',
  vestige_audit_checkpoint_age_seconds:
    'Since the last checkpoint of a log that has grown since; 0 where all is signed.',
  vestige_audit_heartbeat_age_seconds: 'Since the beginning of the day of the last heartbeat.',
  vestige_audit_witness_age_seconds:
    'Since any witness saw a checkpoint of a log that was signed again since; 0 where one has seen the newest.',
};

/** Enough to find the last that was verified among some that were not. */
const RECENT = 10;

async function watchAges(deps: MetricsDeps, tenant: TenantId): Promise<Ages> {
  const [recent, passed, kept] = await Promise.all([
    deps.erasureWatch.canaries(tenant, RECENT),
    deps.erasureWatch.scans(tenant, RECENT),
    deps.retention.newestProof(tenant),
  ]);
  const since = (then: Date | null | undefined) => (then ? (deps.now().getTime() - then.getTime()) / 1000 : null);
  const [first] = kept;
  return {
    vestige_erasure_canary_age_seconds: since(
      recent.find(({ verifiedAt }) => verifiedAt !== null)?.verifiedAt ?? recent.at(-1)?.plantedAt,
    ),
    vestige_residue_scan_age_seconds: since(
      passed.find(({ finishedAt }) => finishedAt !== null)?.startedAt ?? passed.at(-1)?.startedAt,
    ),
    vestige_retention_proof_age_seconds: since(first && new Date(first.day)),
    vestige_retention_overdue: first ? kept.reduce((sum, { overdue }) => sum + overdue, 0) : null,
  };
}

/** The worst over all tenants; no sample before there is one. */
function gauge(name: string, help: string, ages: readonly number[]): string[] {
  const worst = ages.reduce((oldest, age) => Math.max(oldest, age), 0);
  const sample = ages.length > 0 ? [`${name} ${Number.isFinite(worst) ? worst : '+Inf'}`] : [];
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...sample];
}
