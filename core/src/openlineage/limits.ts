import { DATASETS_MAX } from './event-schema.ts';
import type { RunDataset } from './lineage-event.ts';
import type { LineageReading } from './read-event.ts';

const CATEGORIES_MAX = 256;
const SYMLINKS_MAX = 64;

/**
 * What facets of an event tell more of than is taken. Such an event is refused and not cut: what is left out is a way that nobody
 * sees, and no answer would know that it lacks it.
 *
 * @returns the reason, by field, without values of the event; null when all of it is taken
 */
export function tooMuchOf({ event, aliases }: LineageReading): string | null {
  for (const [side, field] of [
    ['input', 'inputs'],
    ['output', 'outputs'],
  ] as const) {
    if (nodesOf(event.datasets, side).size > DATASETS_MAX) {
      return `${field}: at most ${DATASETS_MAX} datasets an event, with those that only facets name; tell the others in a further event of the run`;
    }
  }
  if (event.datasets.some(({ categories }) => categories.length > CATEGORIES_MAX)) {
    return `facets.tags: at most ${CATEGORIES_MAX} categories a dataset`;
  }
  const namesOf = Map.groupBy(aliases, ({ canonical }) => canonical);
  if (namesOf.values().some((names) => new Set(names.map(({ alias }) => alias)).size > SYMLINKS_MAX)) {
    return `facets.symlinks: at most ${SYMLINKS_MAX} other names a dataset; tell the others in a further event`;
  }
  return null;
}

const nodesOf = (datasets: readonly RunDataset[], side: RunDataset['side']): ReadonlySet<string> =>
  new Set(datasets.filter((dataset) => dataset.side === side).map(({ node }) => node));
