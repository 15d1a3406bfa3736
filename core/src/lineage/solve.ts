import type { SkewBounds } from './clock.ts';
import { type Deletion, Deletions } from './deletions.ts';
import type { DatasetEdge } from './facts.ts';
import { byTime, type Flow } from './flow.ts';
import { spreadThroughJobs } from './jobs.ts';
import { Knowledge } from './knowledge.ts';
import type { Holding } from './leaving.ts';
import { type Spread, spread } from './spread.ts';
import type { TagIndex } from './standing.ts';
import { deletionsOf, type TraceModel } from './trace-model.ts';

/** All that follows from the facts at hand about one person. */
export interface Solution {
  readonly flows: readonly Flow[];
  readonly holdings: readonly Holding[];
  readonly deletions: Deletions;
  readonly knowledge: Knowledge;
  /** Traces in which the person appears. */
  readonly reached: ReadonlySet<string>;
}

export interface SolveInput {
  readonly tags: TagIndex;
  readonly models: ReadonlyMap<string, TraceModel>;
  /** Keys of `jumpKey.message` that some span links to. */
  readonly linked: ReadonlySet<string>;
  readonly datasets: readonly DatasetEdge[];
  readonly skew: SkewBounds;
}

/**
 * The least fixpoint of rules 1 to 7. It is a function of the facts alone: deletes are known before the first step, what
 * is known only grows after it, and of several reasons for one flow the same one is chosen whatever the order of work.
 */
export function solve({ tags, models, linked, datasets, skew }: SolveInput): Solution {
  const deleted = [...models].flatMap(([traceId, model]) => deletionsOf(model, declaredOn(tags, traceId)));
  const knowledge = new Knowledge(skew, new Deletions(deleted, skew));
  const context = { tags, knowledge, skew, linked };
  const listeners = listenersOf(models);
  const spreads = new Map<string, Spread>();

  const queue = new Set(tags.keys().filter((traceId) => models.has(traceId)));
  for (const traceId of queue) {
    queue.delete(traceId);
    const model = models.get(traceId);
    if (!model) continue;
    const result = spread(model, 'subject', context);
    spreads.set(traceId, result);
    for (const { key, arrival } of result.arrivals) {
      if (knowledge.add(key, arrival)) for (const listener of listeners.get(key) ?? []) queue.add(listener);
    }
  }

  const bySpans = [...spreads.values()].flatMap(({ holdings }) => holdings);
  const jobs = spreadThroughJobs(datasets, bySpans, deleted, skew);
  const deletions: Deletion[] = [...deleted, ...jobs.endings];
  const subject = [...spreads.values()].flatMap(({ flows }) => flows);
  const flows = [...subject, ...actorFlows(models, context, subject), ...jobs.flows].sort(byTime);
  return {
    flows,
    holdings: [...bySpans, ...jobs.holdings],
    deletions: new Deletions(deletions, skew),
    knowledge,
    reached: new Set([...tags.keys(), ...subject.map(({ traceId }) => traceId)]),
  };
}

function declaredOn(tags: TagIndex, traceId: string): (spanId: string) => boolean {
  const spans = tags.get(traceId);
  return (spanId) =>
    spans
      ?.get(spanId)
      ?.some(({ attribution, role, viaLink }) => attribution === 'declared' && role !== 'actor' && !viaLink) ?? false;
}

function listenersOf(models: ReadonlyMap<string, TraceModel>): ReadonlyMap<string, readonly string[]> {
  const listeners = new Map<string, string[]>();
  for (const [traceId, { listensTo }] of models) {
    for (const key of listensTo) {
      const known = listeners.get(key);
      if (known) known.push(traceId);
      else listeners.set(key, [traceId]);
    }
  }
  return listeners;
}

/** What somebody did as an actor, unless the same touch already is a flow of their own data. */
function actorFlows(
  models: ReadonlyMap<string, TraceModel>,
  context: Parameters<typeof spread>[2],
  subject: readonly Flow[],
): Flow[] {
  const key = ({ traceId, spanId, from, to, action }: Flow) => [traceId, spanId, from, to, action].join('\n');
  const known = new Set<string>();
  const found: Flow[] = [];
  for (const [traceId, spans] of context.tags) {
    const model = models.get(traceId);
    if (!model || !spans.values().some((tags) => tags.some(({ role }) => role === 'actor'))) continue;
    if (known.size === 0) for (const flow of subject) known.add(key(flow));
    found.push(...spread(model, 'actor', context).flows.filter((flow) => !known.has(key(flow))));
  }
  return found;
}
