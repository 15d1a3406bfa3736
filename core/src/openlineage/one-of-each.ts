import type { RunDataset } from './lineage-event.ts';

/**
 * Datasets of one event that have one node, as two partitions of a folder do, with all that was told of any of them: they are
 * one row where they are stored, and of two rows the second would be all that is left. Columns of the whole are known if they
 * are of each part.
 */
export function oneOfEach(datasets: readonly RunDataset[]): RunDataset[] {
  const rows = Map.groupBy(datasets, ({ side, node, lifecycle, renamedFrom }) =>
    [side, node, lifecycle, renamedFrom].join('\n'),
  );
  return [...rows.values()].flatMap((parts) => parts.slice(0, 1).map((first) => ({ ...first, ...joined(parts) })));
}

function joined(parts: readonly RunDataset[]): Pick<RunDataset, 'columns' | 'categories'> {
  const columns = parts.flatMap((part) => part.columns ?? []);
  return {
    columns: parts.some((part) => part.columns === null) ? null : columns,
    categories: [...new Set(parts.flatMap(({ categories }) => categories))],
  };
}
