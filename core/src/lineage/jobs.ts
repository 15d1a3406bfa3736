import type { Confidence } from './answer.ts';
import type { SkewBounds } from './clock.ts';
import { type Deletion, Deletions } from './deletions.ts';
import type { Doubts } from './doubts.ts';
import type { DatasetEdge } from './facts.ts';
import type { Flow } from './flow.ts';
import { surelyBrought } from './job-proof.ts';
import { endingsOf, fills, type JobRun, reads, runsOf, settledUs } from './job-runs.ts';
import type { Holding } from './leaving.ts';
import { type Brought, Presence, type Readable } from './presence.ts';

export interface JobSpread {
  readonly flows: readonly Flow[];
  readonly holdings: readonly Holding[];
  /** DROP, TRUNCATE and OVERWRITE that ended the residency of a dataset (ruling 7). */
  readonly endings: readonly Deletion[];
}

const NOTHING_MOVED: JobSpread = { flows: [], holdings: [], endings: [] };

/**
 * Rule 7: a run that reads a dataset while it holds the person makes what it writes `possible`, transitively in time
 * order; `inferred` where more is known (docs/adr/0044-what-sharpens-a-batch-job.md). Ruling 7: TRUNCATE and DROP end a
 * dataset's residency for later runs; OVERWRITE does, unless an input of the same run fills it with the person.
 *
 * @param edges node ids canonical; every edge once
 * @param holdings what spans say about the datasets
 * @param doubts of clocks: nothing is ended across them
 */
export function spreadThroughJobs(
  edges: readonly DatasetEdge[],
  holdings: readonly Holding[],
  deletions: readonly Deletion[],
  skew: SkewBounds,
  doubts: Doubts,
): JobSpread {
  if (edges.length === 0) return NOTHING_MOVED;
  const runs = runsOf(edges);
  let endings = runs.flatMap((run) => endingsOf(run, () => true));
  // Whether an overwrite ends anything depends on what its inputs hold, which depends on what ended before. Without any
  // overwrite the inputs hold at most too much, so each round can only add endings.
  for (;;) {
    const ends = new Deletions([...deletions, ...endings], skew, doubts);
    const presence = new Presence(runs, holdings, ends, skew);
    const next = runs.flatMap((run) => endingsOf(run, (input) => presence.readable(input, run) !== null));
    if (next.length <= endings.length) {
      const brought = presence.brought();
      const sure = surelyBrought(brought, holdings, ends, skew);
      return { ...told(runs, presence, brought, sure), endings };
    }
    endings = next;
  }
}

function told(
  runs: readonly JobRun[],
  presence: Presence,
  brought: readonly Brought[],
  sure: ReadonlySet<Brought>,
): Pick<JobSpread, 'flows' | 'holdings'> {
  const confidence = (one: Brought): Confidence => (sure.has(one) ? 'inferred' : 'possible');
  const byRun = Map.groupBy(brought, ({ run }) => run);
  const flows: Flow[] = [];
  for (const run of runs) {
    const outputs = byRun.get(run) ?? [];
    if (run.job === '') {
      for (const one of outputs) for (const flow of renameFlows(one, presence, confidence(one))) flows.push(flow);
      continue;
    }
    const surely = new Set(outputs.filter((one) => sure.has(one)).map(({ node }) => node));
    for (const flow of readFlows(run, presence, surely)) flows.push(flow);
    const categories = categoriesBy(
      run,
      ({ output }) => output,
      ({ outputCategories }) => outputCategories,
    );
    for (const one of outputs) flows.push(writeFlow(one, confidence(one), categories(one.node)));
  }
  const rewritten = presence.rewritten().map((one) => holdingOf(one, 'possible'));
  return { flows, holdings: [...brought.map((one) => holdingOf(one, confidence(one))), ...rewritten] };
}

/** Dataset → job when the run could first read it; for sure when it alone can have filled what surely came of it. */
function readFlows(run: JobRun, presence: Presence, surely: ReadonlySet<string>): Flow[] {
  const sources = new Map<string, Set<string>>();
  const found = new Map<string, Readable>();
  const readable = presence.readableBy(run);
  for (const edge of run.edges) {
    if (!reads(edge)) continue;
    const read = readable(edge.input);
    if (read === null) continue;
    found.set(edge.input, read);
    if (!fills(edge) || !surely.has(edge.output)) continue;
    const known = sources.get(edge.output);
    if (known) known.add(edge.input);
    else sources.set(edge.output, new Set([edge.input]));
  }
  const only = new Set([...sources.values()].filter(({ size }) => size === 1).flatMap((inputs) => [...inputs]));
  const categories = categoriesBy(
    run,
    ({ input }) => input,
    ({ inputCategories }) => inputCategories,
  );
  return [...found].map(([input, { atUs, skewUs, cause }]) => ({
    ...flowOf(run, categories(input)),
    from: input,
    to: run.job,
    action: 'read',
    confidence: only.has(input) ? 'inferred' : 'possible',
    atUs,
    skewUs,
    because: cause,
  }));
}

/** What the edges of a run say of one of its datasets; each edge is looked at once. */
function categoriesBy(
  run: JobRun,
  nodeOf: (edge: DatasetEdge) => string,
  saidBy: (edge: DatasetEdge) => readonly string[] | undefined,
): (node: string) => readonly string[] {
  const found = new Map<string, Set<string>>();
  for (const edge of run.edges) {
    const said = saidBy(edge);
    if (said === undefined || said.length === 0) continue;
    const known = found.get(nodeOf(edge)) ?? new Set<string>();
    found.set(nodeOf(edge), known);
    for (const category of said) known.add(category);
  }
  return (node) => [...(found.get(node) ?? [])];
}

/** Job → dataset when the run had ended. */
function writeFlow({ run, node, atUs }: Brought, confidence: Confidence, categories: readonly string[]): Flow {
  return {
    ...flowOf(run, categories),
    from: run.job,
    to: node,
    action: 'write',
    confidence,
    atUs: Math.max(run.endUs, atUs),
    skewUs: 0,
    because: { rule: 7, traceId: run.runId, spanId: '', atUs },
  };
}

/** A dataset event has no job: a table that was renamed goes straight from its old name to the new one. */
function renameFlows({ run, node }: Brought, presence: Presence, confidence: Confidence): Flow[] {
  return run.edges.flatMap((edge) => {
    const read = edge.output === node && reads(edge) ? presence.readable(edge.input, run) : null;
    if (read === null) return [];
    const { atUs, skewUs, cause } = read;
    const { input: from } = edge;
    return [
      {
        ...flowOf(run, edge.outputCategories ?? []),
        from,
        to: node,
        action: 'write',
        confidence,
        atUs,
        skewUs,
        because: cause,
      },
    ];
  });
}

function flowOf(run: JobRun, categories: readonly string[]) {
  return {
    actor: false,
    traceId: run.runId,
    spanId: '',
    rule: 'job',
    categories: [...new Set(categories)].sort(),
    purposes: [],
    host: '',
    country: '',
  };
}

function holdingOf({ run, node, atUs }: Brought, confidence: Confidence): Holding {
  return {
    node,
    ref: '',
    kind: 'write',
    confidence,
    startUs: atUs,
    endUs: settledUs(run),
    service: run.job,
    retentionUntilMs: 0,
    traceId: run.runId,
    spanId: '',
  };
}
