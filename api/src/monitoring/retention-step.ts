import { judgeRetention } from '@vestige/core/retention/judge-retention';
import type { Monitored } from './deps.ts';

/**
 * The daily proof of retention (GDPR Art. 5(1)(e)): takes out what has had its time, then compares the age of everything
 * that is left, in both databases, with what was promised for its kind. The comparison is kept, whatever it says.
 *
 * @returns whether there was a day without proof
 */
export async function retentionStep({ deps, tenant }: Monitored): Promise<boolean> {
  const day = deps.now().toISOString().slice(0, 10);
  const [newest] = await deps.retention.newestProof(tenant.id);
  if (newest !== undefined && newest.day >= day) return false;
  await deps.retention.tidy(tenant.id);
  const [telemetry, control] = await Promise.all([deps.verifier.ages(), deps.retention.readings(tenant.id)]);
  const judged = [...telemetry, ...control].map(judgeRetention);
  const written = await deps.retention.prove(tenant.id, day, judged);
  const wrong = judged.filter(({ problems }) => problems.length > 0).map(({ place }) => place);
  if (written && wrong.length > 0) deps.log?.error({ places: wrong }, 'data is not kept as long as it should be');
  return written;
}
