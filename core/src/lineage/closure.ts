import { parseNodeId } from '../node/kind.ts';
import type { Confidence, LineageEdge, LineageNode, Recipient, Residency } from './answer.ts';
import { CONFIDENCES } from './answer.ts';
import { canonicalEdge, canonicalSpan } from './canonical-facts.ts';
import { DEFAULT_SKEW, type SkewBounds } from './clock.ts';
import { type Directory, directory } from './directory.ts';
import type { DatasetEdge, Facts, JumpHit, JumpNeed, LinkHit, Needs, SpanFact, SubjectTag } from './facts.ts';
import type { Flow } from './flow.ts';
import { graphOf } from './graph.ts';
import { recipientsOf } from './recipients.ts';
import { residency } from './residency.ts';
import { type Solution, solve } from './solve.ts';
import { type TagIndex, tagIndex } from './standing.ts';
import { jumpKey, type TraceModel, traceModel } from './trace-model.ts';
import { rests } from './trace-state.ts';

export interface ClosureLimits {
  /** Traces asked for in all, and in one round. */
  readonly tracesMax: number;
  readonly tracesPerRound: number;
  /** Spans kept in all. */
  readonly spansMax: number;
  /** Jump keys, linked-to traces and datasets asked for in all, each. */
  readonly keysMax: number;
}

export const DEFAULT_LIMITS: ClosureLimits = {
  tracesMax: 50_000,
  tracesPerRound: 2_000,
  spansMax: 400_000,
  keysMax: 100_000,
};

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
  readonly #limits: ClosureLimits;

  readonly #spans = new Map<string, Map<string, SpanFact>>();
  readonly #models = new Map<string, TraceModel>();
  readonly #links = new Map<string, LinkHit>();
  readonly #datasets = new Map<string, DatasetEdge>();
  #spanCount = 0;

  readonly #pending = new Set<string>();
  readonly #askedTraces = new Set<string>();
  readonly #askedJumps = new Map<string, JumpNeed>();
  readonly #askedLinks = new Set<string>();
  readonly #askedDatasets = new Set<string>();
  #truncated = false;
  #solution: Solution | null = null;

  constructor(tags: readonly SubjectTag[], options: ClosureOptions) {
    this.#horizonUs = options.asOfUs ?? Number.POSITIVE_INFINITY;
    this.#nowUs = Math.min(options.nowUs, this.#horizonUs);
    this.#directory = options.directory ?? directory({});
    this.#skew = options.skew ?? DEFAULT_SKEW;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#tags = tagIndex(tags.filter((tag) => tag.startUs <= this.#horizonUs));
    for (const traceId of this.#tags.keys()) this.#pending.add(traceId);
  }

  /** Says that the caller gave up before all needs were met: the answer will say `truncated`. */
  truncate(): void {
    this.#truncated = true;
  }

  /** What to fetch next; empty when the answer is as complete as the limits allow. */
  needs(): Needs {
    // Traces first: what they hold decides from when on a key is of interest.
    const traces = this.#nextTraces();
    if (traces.length > 0) return { ...NO_NEEDS, traces };
    const { knowledge, holdings, reached } = this.#solve();
    for (const link of this.#links.values()) {
      const heard = knowledge.has(jumpKey.message(link.linkedTraceId, link.linkedSpanId));
      if (heard) this.#want(link.traceId);
    }
    return {
      traces: this.#nextTraces(),
      jumps: this.#nextJumps(knowledge.keys(), holdings),
      linksTo: this.#next([...reached], this.#askedLinks),
      datasets: this.#next(this.#datasetNames(holdings), this.#askedDatasets),
    };
  }

  /** Takes one answer to {@link needs}, or any part of it, in any order. */
  add(facts: Facts): void {
    this.#truncated ||= facts.cut;
    for (const fact of facts.spans) this.#addSpan(fact);
    for (const hit of facts.jumps) if (mayMatter(hit) && hit.startUs <= this.#horizonUs) this.#want(hit.traceId);
    for (const link of facts.links) this.#addLink(link);
    for (const edge of facts.datasets) this.#addEdge(edge);
  }

  result(view: ResultView = {}): ClosureResult {
    const { flows, holdings, deletions, reached } = this.#solve();
    const weakest = CONFIDENCES.indexOf(view.minConfidence ?? 'possible');
    const sure = (confidence: Confidence) => CONFIDENCES.indexOf(confidence) <= weakest;
    const shown = flows.filter(
      ({ atUs, confidence }) =>
        sure(confidence) &&
        atUs <= this.#horizonUs &&
        atUs >= (view.fromUs ?? Number.NEGATIVE_INFINITY) &&
        atUs < (view.toUs ?? Number.POSITIVE_INFINITY),
    );
    const { rows, refsByStore } = residency(
      holdings.filter(({ confidence }) => sure(confidence)),
      deletions,
      this.#directory,
      { nowUs: this.#nowUs, horizonUs: this.#horizonUs },
    );
    let orphanSpans = 0;
    for (const traceId of reached) orphanSpans += this.#models.get(traceId)?.tree.orphans ?? 0;
    return {
      flows: shown,
      ...graphOf(shown, this.#directory),
      residency: rows,
      refsByStore,
      recipients: recipientsOf(shown, this.#directory),
      orphanSpans,
      truncated: this.#truncated,
    };
  }

  #addSpan(raw: SpanFact): void {
    if (raw.startUs > this.#horizonUs) return;
    const fact = canonicalSpan(raw, this.#directory.canonical);
    let spans = this.#spans.get(fact.traceId);
    if (!spans) {
      spans = new Map();
      this.#spans.set(fact.traceId, spans);
    }
    const known = spans.get(fact.spanId);
    // Two versions of one span: which one counts must not depend on which came first.
    if (known && JSON.stringify(known) >= JSON.stringify(fact)) return;
    if (!known) this.#spanCount++;
    spans.set(fact.spanId, fact);
    this.#models.delete(fact.traceId);
    this.#solution = null;
  }

  #addLink(link: LinkHit): void {
    const key = [link.linkedTraceId, link.linkedSpanId, link.traceId, link.spanId].join(' ');
    if (this.#links.has(key)) return;
    this.#links.set(key, link);
    this.#solution = null;
  }

  #addEdge(raw: DatasetEdge): void {
    if (raw.startUs > this.#horizonUs) return;
    const edge = canonicalEdge(raw, this.#directory.canonical);
    const { input, output, job, runId, lifecycle, endUs } = edge;
    const key = [input, output, job, runId, lifecycle].join('\n');
    const known = this.#datasets.get(key);
    // Of what the events of one run say, the latest end holds.
    if (!known || known.endUs < endUs || (known.endUs === endUs && known.startUs > edge.startUs)) {
      this.#datasets.set(key, edge);
      this.#solution = null;
    }
  }

  #want(traceId: string): void {
    if (!this.#askedTraces.has(traceId)) this.#pending.add(traceId);
  }

  #nextTraces(): string[] {
    const { tracesMax, tracesPerRound, spansMax } = this.#limits;
    const room = this.#spanCount >= spansMax ? 0 : Math.min(tracesPerRound, tracesMax - this.#askedTraces.size);
    const traces = [...this.#pending.values().take(Math.max(0, room))];
    for (const traceId of traces) {
      this.#pending.delete(traceId);
      this.#askedTraces.add(traceId);
    }
    if (traces.length === 0 && this.#pending.size > 0) this.#truncated = true;
    return traces;
  }

  #nextJumps(keys: Iterable<{ key: string; fromUs: number }>, holdings: Solution['holdings']): JumpNeed[] {
    const wanted = new Map<string, JumpNeed>();
    const want = (key: string, atUs: number, deletesOnly: boolean) => {
      const fromUs = atUs - this.#skew.betweenServicesUs;
      for (const name of this.#storedKeys(key)) {
        const before = this.#askedJumps.get(name);
        const need = joinedNeed({ key: name, fromUs, ...(deletesOnly ? { deletesOnly } : {}) }, before);
        if (need === before) continue;
        if (!before && this.#askedJumps.size >= this.#limits.keysMax) {
          this.#truncated = true;
          continue;
        }
        wanted.set(name, need);
        this.#askedJumps.set(name, need);
      }
    };
    for (const { key, fromUs } of keys) want(key, fromUs, false);
    // What lies where is only asked whether it still does.
    for (const { ref, startUs } of holdings) if (ref !== '') want(jumpKey.record(ref), startUs, true);
    return [...wanted.values()];
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

  #datasetNames(holdings: Solution['holdings']): string[] {
    const nodes = new Set(holdings.map(({ node }) => node).filter(rests));
    return [...nodes].flatMap((node) => this.#directory.spellings(node));
  }

  #next(names: readonly string[], asked: Set<string>): string[] {
    const fresh = names.filter((name) => !asked.has(name));
    const room = Math.max(0, this.#limits.keysMax - asked.size);
    this.#truncated ||= fresh.length > room;
    const next = fresh.slice(0, room);
    for (const name of next) asked.add(name);
    return next;
  }

  #solve(): Solution {
    if (this.#solution) return this.#solution;
    for (const [traceId, spans] of this.#spans) {
      if (!this.#models.has(traceId)) this.#models.set(traceId, traceModel(traceId, [...spans.values()]));
    }
    this.#solution = solve({
      tags: this.#tags,
      models: this.#models,
      linked: this.#linkedKeys(),
      datasets: [...this.#datasets.values()],
      skew: this.#skew,
    });
    return this.#solution;
  }

  #linkedKeys(): ReadonlySet<string> {
    const keys = new Set<string>();
    for (const { linkedTraceId, linkedSpanId } of this.#links.values())
      keys.add(jumpKey.message(linkedTraceId, linkedSpanId));
    for (const { tree } of this.#models.values()) {
      for (const { fact } of tree.spans)
        for (const link of fact.links) keys.add(jumpKey.message(link.traceId, link.spanId));
    }
    return keys;
  }
}

/** What covers both; the one asked before if it does already. */
function joinedNeed(need: JumpNeed, asked: JumpNeed | undefined): JumpNeed {
  if (!asked) return need;
  const fromUs = Math.min(need.fromUs, asked.fromUs);
  const deletesOnly = (need.deletesOnly ?? false) && (asked.deletesOnly ?? false);
  if (fromUs === asked.fromUs && deletesOnly === (asked.deletesOnly ?? false)) return asked;
  return { key: need.key, fromUs, ...(deletesOnly ? { deletesOnly } : {}) };
}

/** A turn of a conversation is `none`; of a record or memory, what others only wrote or shared brings nothing. */
function mayMatter({ key, action }: JumpHit): boolean {
  const hash = key.lastIndexOf('#');
  const node = parseNodeId(hash < 0 ? key : key.slice(0, hash)) !== null;
  return !node || action === 'read' || action === 'receive' || action === 'unknown' || action === 'delete';
}
