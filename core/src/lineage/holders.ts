import type { SpanFact } from './facts.ts';
import { ancestors, type TraceSpan, type TraceTree } from './trace.ts';

/**
 * Who holds data within one trace: an execution of an agent, workflow or tool (a span with `self` and what runs inside
 * it), or of a service (what a SERVER or CONSUMER span, or the first span of a service, encloses).
 */
export interface Holder {
  readonly node: string;
  readonly service: string;
  /** The span that is the execution; null for the loose spans of a service whose nesting was lost. */
  readonly entry: TraceSpan | null;
}

/** One holder started another one and, unless it went through a queue, got it back (rule 3, ruling 4). */
export interface Call {
  readonly callers: readonly Holder[];
  readonly callee: Holder;
  readonly entry: TraceSpan;
  /** The CLIENT or PRODUCER span of the caller, when the callee's span lies under one. */
  readonly via: TraceSpan | null;
  /** A message: nothing comes back (rule 4). */
  readonly oneWay: boolean;
  /** False for the processing of one message out of a received batch: its links say what it got. */
  readonly passesIn: boolean;
}

export interface Holders {
  /** Who runs this span; several when its nesting was lost and they cannot be told apart. */
  of(span: TraceSpan): readonly Holder[];
  readonly calls: readonly Call[];
  /** Some span may have been run by more executions than are followed: the answer says that it is not whole. */
  readonly cut: boolean;
}

const isBoundary = (kind: SpanFact['kind']) => kind === 'server' || kind === 'consumer';

/** Nearest ancestor with `self`, else `vestige.owner`, else the service (design 03, 04; ruling 5). */
export function findHolders(tree: TraceTree): Holders {
  const nested = nestedHolders(tree);
  const byNode = new Map(
    Map.groupBy(executions(nested), (holder) => holder.node)
      .entries()
      .map(([node, holders]) => [node, new Executions(holders)]),
  );
  const loose = new Map<string, Holder>();
  const held = new Map<TraceSpan, readonly Holder[]>();
  const calls: Call[] = [];

  const looseHolder = (node: string, service: string): Holder => {
    const known = loose.get(node);
    if (known) return known;
    const holder: Holder = { node, service, entry: null };
    loose.set(node, holder);
    return holder;
  };

  /** Executions of the node that were running when the span started; for a named owner also the last one before. */
  const joined = (node: string, span: TraceSpan, named: boolean): readonly Holder[] => {
    const executions = byNode.get(node);
    const running = executions?.running(span) ?? [];
    if (running.length > 0) return running;
    const last = named ? executions?.lastBefore(span) : undefined;
    return [last ?? looseHolder(node, span.fact.service)];
  };

  for (const span of tree.spans) {
    const { fact, parent } = span;
    const own = nested.get(span);
    if (own?.entry === span) {
      held.set(span, [own]);
      calls.push(callInto(own, span, parent === null ? callersByOwner(span, joined) : (held.get(parent) ?? [])));
    } else if (parent === null) {
      held.set(span, joined(fact.owner || fact.service, span, fact.owner !== ''));
    } else {
      const around = held.get(parent) ?? [];
      const inner =
        fact.owner === '' || around.some(({ node }) => node === fact.owner) ? [] : joined(fact.owner, span, true);
      // The wrapper that stamped the owner ran inside the nearest ancestor: the framework lost the nesting in between.
      const deeper = inner.filter((holder) => runsInside(holder, around));
      held.set(span, deeper.length > 0 ? deeper : around);
    }
  }
  const cut = byNode.values().some((executions) => executions.cut);
  return { of: (span) => held.get(span) ?? [], calls, cut };
}

function callersByOwner(
  span: TraceSpan,
  joined: (node: string, span: TraceSpan, named: boolean) => readonly Holder[],
): readonly Holder[] {
  const { owner, self } = span.fact;
  if (owner === '') return [];
  // An agent may call itself; one that merely names itself as its owner has no other run of itself around it.
  const callers = joined(owner, span, owner !== self);
  return owner === self ? callers.filter(({ entry }) => entry !== null) : callers;
}

function callInto(callee: Holder, entry: TraceSpan, callers: readonly Holder[]): Call {
  const { fact, parent } = entry;
  const above = parent?.fact;
  const crosses = above !== undefined && (isBoundary(fact.kind) || fact.service !== above.service);
  const via = crosses && (above.kind === 'client' || above.kind === 'producer') ? parent : null;
  const sameConsumer = fact.kind === 'consumer' && above?.kind === 'consumer' && above.service === fact.service;
  return {
    callers,
    callee,
    entry,
    via,
    oneWay: !sameConsumer && (fact.kind === 'consumer' || above?.kind === 'producer'),
    passesIn: !sameConsumer || fact.links.length === 0,
  };
}

/** Holders by nesting alone. A span without one (null) has lost its nesting, and so have the plain spans under it. */
function nestedHolders(tree: TraceTree): ReadonlyMap<TraceSpan, Holder> {
  const holders = new Map<TraceSpan, Holder>();
  /** By whom what lies under a span is run, where an owner was stamped on it or above it within one holder. */
  const stamped = new Map<TraceSpan, string>();
  for (const span of tree.spans) {
    const { fact, parent } = span;
    const around = parent === null ? undefined : holders.get(parent);
    const owner = (parent !== null && stamped.get(parent)) || '';
    if (fact.self === '' && (fact.owner || owner) !== '') stamped.set(span, fact.owner || owner);
    if (fact.self !== '') {
      // A framework and a provider that report the same execution twice are one holder. Under a span that somebody else
      // stamped as its owner it is another one, which that owner called.
      const again = around?.node === fact.self && (owner === '' || owner === fact.self);
      holders.set(span, again ? around : { node: fact.self, service: fact.service, entry: span });
      continue;
    }
    const above = parent?.fact;
    const restated = fact.kind === 'server' && above?.kind === 'server' && above.service === fact.service;
    const enters = above === undefined ? isBoundary(fact.kind) : isBoundary(fact.kind) && !restated;
    if (enters || (above !== undefined && above.service !== fact.service)) {
      holders.set(span, { node: fact.service, service: fact.service, entry: span });
    } else if (around !== undefined) holders.set(span, around);
  }
  return holders;
}

/**
 * Executions of one node that a span without nesting may belong to. Beyond so many at once the newest count, and the answer
 * says so: a trace of a hundred thousand of them and as many such spans would have billions of pairs.
 */
const RUNNING_MAX = 512;

/** All executions of one node in a trace, by time. */
class Executions {
  /** Some were left out. */
  cut = false;
  readonly #holders: readonly Holder[];
  /** Of each and those before it: when the last of them ended. */
  readonly #endedUs: readonly number[];

  /** @param holders in the order in which they started */
  constructor(holders: readonly Holder[]) {
    this.#holders = holders;
    let lastUs = Number.NEGATIVE_INFINITY;
    this.#endedUs = holders.map(({ entry }) => {
      lastUs = Math.max(lastUs, entry?.fact.endUs ?? lastUs);
      return lastUs;
    });
  }

  /** Those that were running when the span started, other than the span itself; oldest first. */
  running(span: TraceSpan): Holder[] {
    const at = span.fact.startUs;
    const found: Holder[] = [];
    for (let i = this.#started(at) - 1; i >= 0; i--) {
      if ((this.#endedUs[i] ?? at) < at) break;
      if (found.length >= RUNNING_MAX) {
        this.cut = true;
        break;
      }
      const holder = this.#holders[i];
      if (holder?.entry && holder.entry !== span && holder.entry.fact.endUs >= at) found.push(holder);
    }
    return found.reverse();
  }

  /** The last one that had started by then. */
  lastBefore(span: TraceSpan): Holder | undefined {
    const count = this.#started(span.fact.startUs);
    const last = this.#holders[count - 1];
    return last?.entry === span ? this.#holders[count - 2] : last;
  }

  #started(at: number): number {
    let [low, high] = [0, this.#holders.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#holders[middle]?.entry?.fact.startUs ?? at) <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Each execution once, in the order in which they started. */
function executions(nested: ReadonlyMap<TraceSpan, Holder>): Holder[] {
  return [...new Set(nested.values())].sort((a, b) => startOf(a) - startOf(b));
}

const startOf = (holder: Holder) => holder.entry?.fact.startUs ?? 0;

function runsInside(holder: Holder, around: readonly Holder[]): boolean {
  if (holder.entry === null) return false;
  const entries = new Set(around.map(({ entry }) => entry));
  // Loose spans of a service enclose whatever names itself their owner.
  return entries.has(null) || ancestors(holder.entry).some((ancestor) => entries.has(ancestor));
}
