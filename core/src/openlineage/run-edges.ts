import { COLUMN_FLOWS, type ColumnFlow, type DatasetEdge } from '../lineage/facts.ts';
import type { RunDataset, RunFacts } from './lineage-event.ts';

/** Longest silence of a run that is still going on; longer ones have lost their last event. */
export const OPEN_RUN_US = 7 * 86_400_000_000;

/** One dataset of a run, whatever event named it. */
interface Side {
  readonly node: string;
  readonly lifecycles: ReadonlySet<DatasetEdge['lifecycle']>;
  readonly columns: ReadonlyMap<string, ColumnFlow> | null;
  readonly categories: readonly string[];
  readonly renamedFrom: ReadonlySet<string>;
}

/**
 * A run as edges between datasets: every input reaches every output, from the run's first event to its last.
 *
 * `lifecycleStateChange`: DROP, and TRUNCATE without an input, are edges without output (ruling 7); OVERWRITE, and
 * TRUNCATE with an input, mark the edges of that output; RENAME copies the old name into the new one and drops the old.
 * An input that is also the output stays an edge: a table rewritten from itself has not lost the person.
 *
 * A run that failed, or that did not say that it is done, has ended nothing (ruling 12: a failed delete deletes nothing),
 * while what it read may have reached what it wrote (ruling 13). One that began and did not say that it ended may still be
 * going on: it counts as such for {@link OPEN_RUN_US} after it was last heard of, which a stream does all the time.
 *
 * One at a time, because a run of thousands of inputs and outputs has millions of them: whoever needs few stops early.
 *
 * @param asked only edges that read one of these, or that end what rested there
 */
export function* runEdges(run: RunFacts, asked?: ReadonlySet<string>): Generator<DatasetEdge> {
  const inputs = sides(run.datasets.filter(({ side }) => side === 'input'));
  const outputs = sides(run.datasets.filter(({ side }) => side === 'output'));
  const { job, parentJob, runId, startUs, endUs, outcome, subjectSets } = run;
  // A dataset event has neither job nor state, and tells what is so.
  const isDone = outcome === 'complete' || (outcome === 'unsaid' && job === '');
  const base = {
    job,
    runId,
    startUs,
    endUs,
    ...(outcome === 'open' ? { untilUs: endUs + OPEN_RUN_US } : {}),
    ...(outcome === 'failed' ? { failed: true as const } : {}),
    ...(parentJob === '' ? {} : { parentJob }),
    ...(subjectSets.length === 0 ? {} : { subjectSets }),
  };
  const isAsked = (node: string) => asked === undefined || asked.has(node);
  const read = inputs.filter(({ node }) => isAsked(node));
  for (const { node, lifecycles } of isDone ? read : []) {
    for (const lifecycle of lifecycles) {
      if (lifecycle === 'drop' || lifecycle === 'truncate') yield { ...base, input: node, output: '', lifecycle };
    }
  }
  for (const output of outputs) {
    const { node, lifecycles, renamedFrom } = output;
    for (const old of renamedFrom) {
      if (!isAsked(old)) continue;
      yield { ...base, input: old, output: node, lifecycle: '' };
      if (isDone) yield { ...base, input: old, output: '', lifecycle: 'drop' };
    }
    if (isDone && lifecycles.has('drop') && isAsked(node))
      yield { ...base, input: node, output: '', lifecycle: 'drop' };
    const changed = [...lifecycles].filter((lifecycle) => lifecycle !== '' && lifecycle !== 'drop');
    const isWritten = changed.length > 0 || lifecycles.has('');
    const writes = isDone && changed.length > 0 ? changed : isWritten ? ([''] as const) : [];
    for (const lifecycle of writes) {
      const from = lifecycle !== '' && isAsked(node) ? inputs : read;
      for (const input of from) yield { ...base, ...toldOf(input, output), output: node, lifecycle };
      if (inputs.length > 0 || !isAsked(node)) continue;
      if (lifecycle === 'truncate') yield { ...base, input: node, output: '', lifecycle };
      if (lifecycle === 'overwrite') yield { ...base, input: '', output: node, lifecycle };
    }
  }
}

type Told = Pick<DatasetEdge, 'input' | 'columns' | 'inputCategories' | 'outputCategories'>;

function toldOf(input: Side, output: Side): Told {
  const columns = output.columns?.get(input.node);
  return {
    input: input.node,
    ...(columns === undefined ? {} : { columns }),
    ...(input.categories.length === 0 ? {} : { inputCategories: input.categories }),
    ...(output.categories.length === 0 ? {} : { outputCategories: output.categories }),
  };
}

function sides(datasets: readonly RunDataset[]): Side[] {
  return [...Map.groupBy(datasets, ({ node }) => node)].map(([node, named]) => ({
    node,
    lifecycles: new Set(named.map(({ lifecycle }) => lifecycle)),
    columns: columnsOf(named.map(({ columns }) => columns)),
    categories: [...new Set(named.flatMap(({ categories }) => categories))].sort(),
    renamedFrom: new Set(named.map(({ renamedFrom }) => renamedFrom).filter((old) => old !== '')),
  }));
}

/**
 * Events may tell the columns of one output in parts: the strongest that any of them tells of an input holds. One that names the
 * output and tells nothing of its columns may tell of another statement of the run, and then nobody knows.
 */
function columnsOf(told: readonly RunDataset['columns'][]): ReadonlyMap<string, ColumnFlow> | null {
  const strongest = new Map<string, ColumnFlow>();
  for (const columns of told) {
    if (columns === null) return null;
    for (const { input, via } of columns) {
      const known = strongest.get(input);
      if (known === undefined || COLUMN_FLOWS.indexOf(via) < COLUMN_FLOWS.indexOf(known)) strongest.set(input, via);
    }
  }
  return strongest;
}
