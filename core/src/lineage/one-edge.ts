import type { ColumnFlow, DatasetEdge } from './facts.ts';

/**
 * Two tellings of one edge as one. A run is told again while its events come in, and one dataset may be named in two ways: what
 * is kept is what the strongest evidence of either says, whichever came first. It spans both; it failed if either says so; what
 * one of them fills is filled; and it names others only where both do.
 *
 * Associative, commutative and idempotent: what is known does not depend on the order in which it was learned.
 */
export function oneEdge(a: DatasetEdge, b: DatasetEdge): DatasetEdge {
  const { input, output, job, runId, lifecycle } = a;
  const parentJob = [a.parentJob ?? '', b.parentJob ?? ''].sort().at(-1) ?? '';
  const endUs = Math.max(a.endUs, b.endUs);
  const untilUs = untilOf(a, b, endUs);
  const columns = stronger(a.columns, b.columns);
  const subjectSets = united(a.subjectSets, b.subjectSets);
  const inputCategories = united(a.inputCategories, b.inputCategories);
  const outputCategories = united(a.outputCategories, b.outputCategories);
  const states = statedBy(a.statesPerson, b.statesPerson);
  return {
    input,
    output,
    job,
    runId,
    lifecycle,
    startUs: Math.min(a.startUs, b.startUs),
    endUs,
    ...(parentJob === '' ? {} : { parentJob }),
    ...(untilUs === null ? {} : { untilUs }),
    ...(a.failed || b.failed ? { failed: true as const } : {}),
    ...(columns === undefined ? {} : { columns }),
    ...(states === undefined ? {} : { statesPerson: states }),
    ...(subjectSets.length === 0 ? {} : { subjectSets }),
    ...(inputCategories.length === 0 ? {} : { inputCategories }),
    ...(outputCategories.length === 0 ? {} : { outputCategories }),
  };
}

/** Whoever heard of the run last knows whether it is over; of two that heard of it at one instant, the one that says it is not. */
function untilOf(a: DatasetEdge, b: DatasetEdge, endUs: number): number | null {
  const said = [a, b].flatMap((edge) => (edge.endUs === endUs && edge.untilUs !== undefined ? [edge.untilUs] : []));
  return said.length === 0 ? null : Math.max(...said);
}

/** What is not told may have been copied. */
const COLUMNS: readonly (ColumnFlow | undefined)[] = [undefined, 'copied', 'masked', 'shaped', 'none'];

const stronger = (a: ColumnFlow | undefined, b: ColumnFlow | undefined): ColumnFlow | undefined =>
  COLUMNS.indexOf(a) <= COLUMNS.indexOf(b) ? a : b;

/** Also of two edges of one run. */
export function statedBy(a: boolean | undefined, b: boolean | undefined): boolean | undefined {
  if (a === true || b === true) return true;
  return a === false && b === false ? false : undefined;
}

/** Whether two tellings of one edge say the same; lists in any order. */
export function tellsTheSame(a: DatasetEdge, b: DatasetEdge): boolean {
  return (
    a.startUs === b.startUs &&
    a.endUs === b.endUs &&
    a.untilUs === b.untilUs &&
    a.failed === b.failed &&
    a.columns === b.columns &&
    a.statesPerson === b.statesPerson &&
    (a.parentJob ?? '') === (b.parentJob ?? '') &&
    holdTheSame(a.subjectSets, b.subjectSets) &&
    holdTheSame(a.inputCategories, b.inputCategories) &&
    holdTheSame(a.outputCategories, b.outputCategories)
  );
}

function holdTheSame(a: readonly string[] = [], b: readonly string[] = []): boolean {
  const [of, other] = [new Set(a), new Set(b)];
  return of.size === other.size && [...of].every((one) => other.has(one));
}

function united(a: readonly string[] = [], b: readonly string[] = []): readonly string[] {
  return [...new Set([...a, ...b])].sort();
}
