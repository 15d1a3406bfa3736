import { parseNodeId } from '../node/kind.ts';
import {
  CONFIDENCES,
  type Confidence,
  type LineageEdge,
  type LineageNode,
  type Recipient,
  type Residency,
} from './answer.ts';
import { Asking, type ClosureLimits, DEFAULT_LIMITS } from './asking.ts';
import { DEFAULT_SKEW, MILLISECOND_US, READ_OVERLAP_US, type SkewBounds } from './clock.ts';
import type { Disorder } from './clock-disorder.ts';
import { Conclusions } from './conclusions.ts';
import { Deletions } from './deletions.ts';
import { type Directory, directory } from './directory.ts';
import { FactBase } from './fact-base.ts';
import type { DatasetEdge, Facts, JumpHit, JumpNeed, Needs, SubjectTag } from './facts.ts';
import { byTime, type Flow } from './flow.ts';
import { graphOf } from './graph.ts';
import { JobReach } from './job-reach.ts';
import { runsOfUnclearLists } from './job-runs.ts';
import { type JobSpread, spreadThroughJobs } from './jobs.ts';
import { jumpKey } from './jump-key.ts';
import type { Holding } from './leaving.ts';
import { recipientsOf } from './recipients.ts';
import { residency } from './residency.ts';
import type { SharedTrace } from './shared-trace.ts';
import { tagIndex } from './standing.ts';
import { rests } from './trace-state.ts';

export interface ClosureOptions {
  /** The instant of the question: what was retained until then has expired. */
  readonly nowUs: number;
  /**
   * Answer as of this past instant: what began later is not looked at. Absent, everything counts, also what a sender's
   * fast clock dates a little ahead of ours.
   */
  readonly asOfUs?: number | null;
  readonly directory?: Directory;
  readonly skew?: SkewBounds;
  readonly limits?: Partial<ClosureLimits>;
}

/** What part of the answer is wanted. It narrows what is shown, never what is followed. */
export interface ResultView {
  /** Inclusive; null is open. */
  readonly fromUs?: number | null;
  /** Exclusive; null is open. */
  readonly toUs?: number | null;
  readonly minConfidence?: Confidence;
}

export interface ClosureResult {
  /** In time order. */
  readonly flows: readonly Flow[];
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
  readonly residency: readonly Residency[];
  readonly refsByStore: ReadonlyMap<string, readonly string[]>;
  readonly recipients: readonly Recipient[];
  /** Spans whose parent is missing, in the traces in which the person appears. */
  readonly orphanSpans: number;
  /** Batch runs of which nobody can say whether they named this person. */
  readonly unclearRuns: number;
  /**
   * Services whose clocks contradict each other by more than is tolerated, where the person appears or something of theirs was
   * deleted; the largest lag first. Beside any other clock no delete was believed by one of them.
   */
  readonly clocks: readonly Disorder[];
  readonly truncated: boolean;
  /** Traces that were asked for, and all that were found to matter: fewer of them only where the answer is truncated. */
  readonly traces: { readonly followed: number; readonly known: number };
}

const NO_NEEDS: Needs = { traces: [], jumps: [], linksTo: [], datasets: [] };

const nothing = () => ({ keys: new Set<string>(), traces: new Set<string>() });

export function isEmpty({ traces, jumps, linksTo, datasets }: Needs): boolean {
  return traces.length + jumps.length + linksTo.length + datasets.length === 0;
}

/**
 * Rebuilds one person's path (design 04) without doing any I/O: the caller asks what is needed, fetches it, adds it, and
 * repeats until nothing is needed.
 *
 * ```
 * const closure = new Closure(tags, options);
 * for (let needs = closure.needs(); !isEmpty(needs); needs = closure.needs()) closure.add(await fetch(needs));
 * closure.result();
 * ```
 *
 * Each trace, key and dataset is asked for once (a key again only if it turns out to be of interest from an earlier
 * instant on), so it terminates whatever the data. The answer depends on the facts, not on their order, batches or copies.
 */
export class Closure {
  readonly #nowUs: number;
  readonly #horizonUs: number;
  readonly #directory: Directory;
  readonly #skew: SkewBounds;
  readonly #facts: FactBase;
  readonly #asking: Asking;
  readonly #conclusions: Conclusions;
  /** What to ask about job runs; what follows from them is concluded once, in the end. */
  readonly #reach: JobReach;
  /** Traces that link to a message, by its key of `jumpKey`. */
  readonly #linking = new Map<string, string[]>();
  /** Tagged traces: the person appears there, whatever was concluded. */
  readonly #tagged: ReadonlySet<string>;
  /** Concluded, and not yet asked about. */
  #open = nothing();
  #truncated = false;
  #jobs: JobSpread | null = null;

  constructor(tags: readonly SubjectTag[], options: ClosureOptions) {
    this.#horizonUs = options.asOfUs ?? Number.POSITIVE_INFINITY;
    this.#nowUs = Math.min(options.nowUs, this.#horizonUs);
    this.#directory = options.directory ?? directory({});
    this.#skew = options.skew ?? DEFAULT_SKEW;
    this.#reach = new JobReach(Math.max(this.#skew.betweenServicesUs, this.#skew.withinServiceUs));
    this.#facts = new FactBase(this.#directory.canonical, this.#horizonUs);
    this.#asking = new Asking({ ...DEFAULT_LIMITS, ...options.limits });
    const index = tagIndex(tags.filter((tag) => tag.startUs <= this.#horizonUs));
    for (const traceId of index.keys()) this.#asking.wantTrace(traceId);
    // What is known of traces beyond the limit leads nowhere.
    const { tracesMax } = { ...DEFAULT_LIMITS, ...options.limits };
    const followed = new Map(index.entries().take(tracesMax));
    this.#tagged = new Set(followed.keys());
    this.#conclusions = new Conclusions(followed, this.#facts, this.#skew);
  }

  /** Says that the caller gave up before all needs were met: the answer will say `truncated`. */
  truncate(): void {
    this.#truncated = true;
  }

  /** Traces asked for so far, and all that were found to matter so far. */
  get traces(): { readonly followed: number; readonly known: number } {
    return this.#asking.traces;
  }

  /** What to fetch next; empty when the answer is as complete as the limits allow. */
  needs(): Needs {
    // Traces first: what they hold decides from when on a key is of interest. Who links to a trace with a tag in it is
    // asked whatever it holds, so that is asked along with it.
    const traces = this.#asking.nextTraces(this.#facts.spanCount);
    if (traces.length > 0) {
      const linksTo = this.#asking.nextLinksTo(traces.filter((traceId) => this.#tagged.has(traceId)));
      return { ...NO_NEEDS, traces, linksTo };
    }
    this.#draw();
    const { keys, traces: concluded } = this.#open;
    this.#open = nothing();
    const holdings = [...concluded].flatMap((traceId) => this.#conclusions.holdingsOf(traceId));
    const reached = [...concluded].filter((traceId) => this.#conclusions.flowsOf(traceId).length > 0);
    return {
      traces: this.#asking.nextTraces(this.#facts.spanCount),
      jumps: this.#asking.nextJumps(this.#jumps(keys, holdings)),
      linksTo: this.#asking.nextLinksTo([...this.#tagged, ...reached]),
      datasets: this.#asking.nextDatasets(this.#spellingsOfPlaces(this.#reach.takeFresh())),
    };
  }

  /**
   * Takes one answer to {@link needs}, or any part of it, in any order.
   *
   * @param shared whole traces that others are followed through as well; their spans need not be among the facts
   */
  add(facts: Facts, shared: readonly SharedTrace[] = []): void {
    this.#truncated ||= facts.cut;
    for (const hit of facts.jumps) {
      if (mayMatter(hit) && hit.startUs <= this.#horizonUs) this.#asking.wantTrace(hit.traceId);
    }
    this.#facts.add(facts);
    for (const trace of shared) this.#facts.addShared(trace);
  }

  /** Spans at hand. */
  get spanCount(): number {
    return this.#facts.spanCount;
  }

  /** The flows of the person's own data alone, as {@link result} tells them: who counts people needs nothing else. */
  ownFlows(): Pick<ClosureResult, 'flows' | 'truncated' | 'clocks'> {
    this.#draw();
    const flows = [...this.#conclusions.flows(), ...this.#spreadThroughJobs().flows];
    return {
      clocks: this.#conclusions.doubts().clocks,
      flows: flows.filter(({ atUs }) => atUs <= this.#horizonUs).sort(byTime),
      truncated: this.#isTruncated(),
    };
  }

  result(view: ResultView = {}): ClosureResult {
    this.#draw();
    const doubts = this.#conclusions.doubts();
    const jobs = this.#spreadThroughJobs();
    const flows = [...this.#conclusions.flows(), ...this.#conclusions.actorFlows(), ...jobs.flows].sort(byTime);
    const holdings = [...this.#conclusions.holdings(), ...jobs.holdings];
    const ended = [...this.#conclusions.deleted(), ...jobs.endings];
    const deletions = new Deletions(ended, this.#skew, doubts);
    const weakest = CONFIDENCES.indexOf(view.minConfidence ?? 'possible');
    const sure = (confidence: Confidence) => CONFIDENCES.indexOf(confidence) <= weakest;
    const { fromUs, toUs } = view;
    const shown = flows.filter(
      ({ atUs, confidence }) =>
        sure(confidence) &&
        atUs <= this.#horizonUs &&
        atUs >= (fromUs ?? 0) &&
        atUs < (toUs ?? Number.POSITIVE_INFINITY),
    );
    const { rows, refsByStore } = residency(
      holdings.filter(({ confidence }) => sure(confidence)),
      deletions,
      this.#directory,
      { nowUs: this.#nowUs, horizonUs: this.#horizonUs },
    );
    let orphanSpans = 0;
    for (const traceId of this.#conclusions.reached()) orphanSpans += this.#facts.model(traceId)?.tree.orphans ?? 0;
    return {
      flows: shown,
      ...graphOf(shown, this.#directory, parentsOf(this.#facts.datasets())),
      residency: rows,
      refsByStore,
      recipients: recipientsOf(shown, this.#directory),
      orphanSpans,
      unclearRuns: runsOfUnclearLists(this.#facts.datasets(), shown),
      clocks: doubts.clocks,
      truncated: this.#isTruncated(),
      traces: this.#asking.traces,
    };
  }

  #isTruncated(): boolean {
    return this.#truncated || this.#asking.cut || this.#facts.isUnclear();
  }

  /** Concludes what follows from what came in, and wants the traces that link to what was sent. */
  #draw(): void {
    const news = this.#facts.takeNews();
    const drawn = this.#conclusions.draw(news);
    for (const key of drawn.keys) this.#open.keys.add(key);
    for (const traceId of drawn.traces) this.#open.traces.add(traceId);
    if (news.traces.size + drawn.traces.size + news.datasets.length > 0) this.#jobs = null;
    for (const traceId of drawn.traces) {
      for (const { node, startUs } of this.#conclusions.holdingsOf(traceId)) this.#reach.holds(node, startUs);
    }
    this.#reach.add(news.datasets);
    const { knowledge } = this.#conclusions;
    for (const { linkedTraceId, linkedSpanId, traceId } of news.links) {
      const key = jumpKey.message(linkedTraceId, linkedSpanId);
      const known = this.#linking.get(key);
      if (known) known.push(traceId);
      else this.#linking.set(key, [traceId]);
      if (knowledge.has(key)) this.#asking.wantTrace(traceId);
    }
    for (const key of drawn.keys) for (const traceId of this.#linking.get(key) ?? []) this.#asking.wantTrace(traceId);
  }

  #spreadThroughJobs(): JobSpread {
    this.#jobs ??= spreadThroughJobs(
      this.#facts.datasets(),
      this.#conclusions.holdings(),
      this.#conclusions.deleted(),
      this.#skew,
      this.#conclusions.doubts(),
    );
    return this.#jobs;
  }

  #spellingsOfPlaces(nodes: ReadonlySet<string>): Iterable<string> {
    return nodes
      .values()
      .filter(rests)
      .flatMap((node) => this.#directory.spellings(node));
  }

  *#jumps(keys: Iterable<string>, holdings: readonly Holding[]): Generator<JumpNeed> {
    // What follows may be dated before what it follows: by the skew, and by the resolution of a coarse clock.
    const earlier = this.#skew.betweenServicesUs + MILLISECOND_US;
    for (const key of keys) {
      const fromUs = this.#conclusions.knowledge.fromUs(key);
      const overlapUs = key.startsWith('turn ') ? 0 : READ_OVERLAP_US;
      for (const name of this.#storedKeys(key)) yield { key: name, fromUs: fromUs - earlier - overlapUs };
    }
    // What lies where is only asked whether it still does.
    for (const { ref, startUs } of holdings) {
      if (ref === '') continue;
      for (const name of this.#directory.spellings(ref)) {
        yield { key: name, fromUs: startUs - earlier, deletesOnly: true };
      }
    }
  }

  /** Under which names the store knows a key of `jumpKey`; none for what it does not index. */
  #storedKeys(key: string): readonly string[] {
    const space = key.indexOf(' ');
    const name = key.slice(space + 1);
    switch (key.slice(0, space)) {
      case 'record':
      case 'memory':
        return this.#directory.spellings(name);
      case 'turn':
        return [name];
      default:
        return [];
    }
  }
}

/** Of jobs that several others have started, always the same one. */
function parentsOf(edges: readonly DatasetEdge[]): ReadonlyMap<string, string> {
  const parents = new Map<string, string>();
  for (const { job, parentJob = '' } of edges) if (parentJob > (parents.get(job) ?? '')) parents.set(job, parentJob);
  return parents;
}

/** A turn of a conversation is `none`; of a record or memory, what others only wrote or shared brings nothing. */
function mayMatter({ key, action }: JumpHit): boolean {
  const hash = key.lastIndexOf('#');
  const node = parseNodeId(hash < 0 ? key : key.slice(0, hash)) !== null;
  return !node || action === 'read' || action === 'receive' || action === 'unknown' || action === 'delete';
}
