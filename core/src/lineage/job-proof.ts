import { type SkewBounds, skewToPrecede } from './clock.ts';
import type { Deletions } from './deletions.ts';
import { settledUs } from './job-runs.ts';
import type { Holding } from './leaving.ts';
import type { Brought } from './presence.ts';

/**
 * What runs more than possibly brought (rule 7): the run names the person; or the dataset was found to hold them, no span tells
 * of their being written there, and every run that can have brought them is of one job. Which of its runs it was, nobody can
 * tell, so all of them count. A failed run may have brought them and never did for sure (ruling 13).
 *
 * @param holdings what spans say about the datasets
 */
export function surelyBrought(
  brought: readonly Brought[],
  holdings: readonly Holding[],
  ends: Deletions,
  skew: SkewBounds,
): ReadonlySet<Brought> {
  const sure = new Set(brought.filter(({ run }) => run.states === true && !run.failed));
  const holdingsOf = Map.groupBy(holdings, ({ node }) => node);
  for (const [node, into] of Map.groupBy(brought, (one) => one.node)) {
    const here = holdingsOf.get(node) ?? [];
    // Oldest first: it explains nearly every proof, so a person with many reads and writes costs no more than the reads.
    const writes = here
      .filter(({ kind, confidence }) => kind === 'write' && confidence !== 'possible')
      .sort((a, b) => a.startUs - b.startUs);
    for (const proof of here) {
      if (into.every((one) => one.run.failed || sure.has(one))) break;
      if (proof.kind !== 'proof' || proof.confidence === 'possible') continue;
      const mayBeSeen = (endUs: number, service: string, startUs: number, ref: string) =>
        skewToPrecede(skew, startUs, service, proof.endUs, proof.service) !== null &&
        !ends.goneBy({ node, ref, settledUs: endUs, service }, proof.startUs, proof.service);
      if (writes.some(({ endUs, service, startUs, ref }) => mayBeSeen(endUs, service, startUs, ref))) continue;
      const candidates = into.filter(({ run, atUs }) => mayBeSeen(settledUs(run), run.job, atUs, ''));
      if (new Set(candidates.map(({ run }) => run.job)).size !== 1) continue;
      for (const one of candidates) if (!one.run.failed) sure.add(one);
    }
  }
  return sure;
}
