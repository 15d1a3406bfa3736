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
import { type Directory, directory } from './directory.ts';
import { FactBase } from './fact-base.ts';
import type { Facts, JumpHit, JumpNeed, Needs, SubjectTag } from './facts.ts';
import type { Flow } from './flow.ts';
import { graphOf } from './graph.ts';
import type { Holding } from './leaving.ts';
import { recipientsOf } from './recipients.ts';
import { residency } from './residency.ts';
import { type Solution, solve } from './solve.ts';
import { type TagIndex, tagIndex } from './standing.ts';
import { jumpKey } from './trace-model.ts';
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
  readonly truncated: boolean;
}

const NO_NEEDS: Needs = { traces: [], jumps: [], linksTo: [], datasets: [] };

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
  readonly #tags: TagIndex;
  readonly #nowUs: number;
  readonly #horizonUs: number;
  readonly #directory: Directory;
  readonly #skew: SkewBounds;
  readonly #facts: FactBase;
  readonly #asking: Asking;
  #truncated = false;
  #solution: Solution | null = null;

  constructor(tags: readonly SubjectTag[], options: ClosureOptions) {
    this.#horizonUs = options.asOfUs ?? Number.POSITIVE_INFINITY;
    this.#nowUs = Math.min(options.nowUs, this.#horizonUs);
    this.#directory = options.directory ?? directory({});
    this.#skew = options.skew ?? DEFAULT_SKEW;
    this.#facts = new FactBase(this.#directory.canonical, this.#horizonUs);
    this.#asking = new Asking({ ...DEFAULT_LIMITS, ...options.limits });
    this.#tags = tagIndex(tags.filter((tag) => tag.startUs <= this.#horizonUs));
    for (const traceId of this.#tags.keys()) this.#asking.wantTrace(traceId);
  }

  /** Says that the caller gave up before all needs were met: the answer will say `truncated`. */
  truncate(): void {
    this.#truncated = true;
  }

  /** What to fetch next; empty when the answer is as complete as the limits allow. */
  needs(): Needs {
    // Traces first: what they hold decides from when on a key is of interest.
    const traces = this.#asking.nextTraces(this.#facts.spanCount);
    if (traces.length > 0) return { ...NO_NEEDS, traces };
    const { knowledge, holdings, reached } = this.#solve();
    for (const link of this.#facts.links()) {
      const heard = knowledge.has(jumpKey.message(link.linkedTraceId, link.linkedSpanId));
      if (heard) this.#asking.wantTrace(link.traceId);
    }
    const places = new Set(holdings.map(({ node }) => node).filter(rests));
    return {
      traces: this.#asking.nextTraces(this.#facts.spanCount),
      jumps: this.#asking.nextJumps(this.#jumps(knowledge.keys(), holdings)),
      linksTo: this.#asking.nextLinksTo(reached),
      datasets: this.#asking.nextDatasets(places.values().flatMap((node) => this.#directory.spellings(node))),
    };
  }

  /** Takes one answer to {@link needs}, or any part of it, in any order. */
  add(facts: Facts): void {
    this.#truncated ||= facts.cut;
    for (const hit of facts.jumps) {
      if (mayMatter(hit) && hit.startUs <= this.#horizonUs) this.#asking.wantTrace(hit.traceId);
    }
    if (this.#facts.add(facts)) this.#solution = null;
  }

  result(view: ResultView = {}): ClosureResult {
    const { flows, holdings, deletions, reached } = this.#solve();
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
    const models = this.#facts.models();
    let orphanSpans = 0;
    for (const traceId of reached) orphanSpans += models.get(traceId)?.tree.orphans ?? 0;
    return {
      flows: shown,
      ...graphOf(shown, this.#directory),
      residency: rows,
      refsByStore,
      recipients: recipientsOf(shown, this.#directory),
      orphanSpans,
      truncated: this.#truncated || this.#asking.cut,
    };
  }

  #solve(): Solution {
    this.#solution ??= solve({
      tags: this.#tags,
      models: this.#facts.models(),
      linked: this.#facts.linkedKeys(),
      datasets: this.#facts.datasets(),
      skew: this.#skew,
    });
    return this.#solution;
  }

  *#jumps(keys: Iterable<{ key: string; fromUs: number }>, holdings: readonly Holding[]): Generator<JumpNeed> {
    // What follows may be dated before what it follows: by the skew, and by the resolution of a coarse clock.
    const earlier = this.#skew.betweenServicesUs + MILLISECOND_US;
    for (const { key, fromUs } of keys) {
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

/** A turn of a conversation is `none`; of a record or memory, what others only wrote or shared brings nothing. */
function mayMatter({ key, action }: JumpHit): boolean {
  const hash = key.lastIndexOf('#');
  const node = parseNodeId(hash < 0 ? key : key.slice(0, hash)) !== null;
  return !node || action === 'read' || action === 'receive' || action === 'unknown' || action === 'delete';
}
