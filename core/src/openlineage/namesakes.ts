import type { RunFacts } from './lineage-event.ts';

/**
 * Runs of one id under several jobs, each with what it may owe the others. A producer may learn only later how its job is called:
 * Spark's START may say `unknown` (OpenLineage issue 3846), and what it read would go nowhere. So whoever only reads under an
 * id lends what it read, and when it began, to those that write under it.
 */
export function withNamesakes(runs: readonly RunFacts[]): RunFacts[] {
  const byId = Map.groupBy(runs, ({ runId }) => runId);
  return runs.map((run) => {
    const lenders = (byId.get(run.runId) ?? []).filter((other) => other.job !== run.job && !writes(other));
    if (!writes(run) || lenders.length === 0) return run;
    const lent = lenders.flatMap(({ datasets }) => datasets).map((dataset) => ({ ...dataset, lifecycle: '' as const }));
    return {
      ...run,
      startUs: lenders.reduce((first, { startUs }) => Math.min(first, startUs), run.startUs),
      datasets: [...run.datasets, ...lent],
    };
  });
}

const writes = ({ datasets }: RunFacts): boolean => datasets.some(({ side }) => side === 'output');
