import { CONFIDENCES, type Confidence } from './answer.ts';
import { byTime, type Flow } from './flow.ts';
import { strongest } from './graph.ts';

/** What somebody asks about: who was affected by it between two instants, and where did it go on from there. */
export interface ExposureQuestion {
  /** Whether a flow enters, leaves or runs along what is asked about. Node ids canonical. */
  readonly touches: (flow: Flow) => boolean;
  /** Whether this node is asked about itself; what reaches it may go on from it. */
  readonly isTarget: (nodeId: string) => boolean;
  /** Microseconds since the epoch; inclusive, exclusive. */
  readonly fromUs: number;
  readonly toUs: number;
  /** Only data of these categories or below them; null for any. A flow that names none may have carried any of them. */
  readonly categories: readonly string[] | null;
  readonly includeDownstream: boolean;
}

/** How one person was affected. */
export interface PersonExposure {
  /** In time order; at least one. */
  readonly at: readonly Flow[];
  /** What may have carried the same data on afterwards, wherever and however long after. In time order. */
  readonly downstream: readonly Flow[];
  readonly confidence: Confidence;
  /** All flows that affected the person name no category, although categories were asked for. */
  readonly uncategorised: boolean;
}

/**
 * Whether and how one person was affected (design 04, reverse), from the flows of their whole lineage. What the person
 * did as an actor is no handling of their data (ruling 8).
 *
 * Downstream is followed from node to node in time order: a flow carries the data on if it leaves a node that the data had
 * reached by then. Two executions of one agent are not told apart, so this errs towards more.
 */
export function exposureOf(flows: readonly Flow[], question: ExposureQuestion): PersonExposure | null {
  const { fromUs, toUs, categories } = question;
  const own = flows.filter(({ actor }) => !actor).sort(byTime);
  const inWindow = own.filter((flow) => flow.atUs >= fromUs && flow.atUs < toUs && question.touches(flow));
  const named = inWindow.filter((flow) => mayCarry(flow, categories));
  if (named.length === 0) return null;
  return {
    at: named,
    downstream: question.includeDownstream ? downstreamOf(own, named, question) : [],
    confidence: strongest(named),
    uncategorised: categories !== null && named.every((flow) => flow.categories.length === 0),
  };
}

/** Categories are hierarchical: who asks for `user.contact` means `user.contact.email` too, and the other way round. */
function mayCarry(flow: Flow, categories: readonly string[] | null): boolean {
  if (categories === null || flow.categories.length === 0) return true;
  return flow.categories.some((own) =>
    categories.some((asked) => own === asked || own.startsWith(`${asked}.`) || asked.startsWith(`${own}.`)),
  );
}

function downstreamOf(flows: readonly Flow[], at: readonly Flow[], { isTarget }: ExposureQuestion): Flow[] {
  const reached = new Map<string, number>();
  const reach = (node: string, atUs: number): boolean => {
    const known = reached.get(node);
    if (known !== undefined && known <= atUs) return false;
    reached.set(node, atUs);
    return true;
  };
  for (const flow of at) {
    const { from, to, atUs } = flow;
    reach(to, arrivalUs(flow, flow.because.atUs));
    if (isTarget(from)) reach(from, atUs);
  }
  const first = new Set(at);
  const carried = new Set<Flow>();
  // In time order one pass finds nearly all; another one is needed where several flows share an instant.
  for (let more = true; more; ) {
    more = false;
    for (const flow of flows) {
      const from = reached.get(flow.from);
      if (from === undefined || flow.atUs + flow.skewUs < from || flow.action === 'delete') continue;
      if (!first.has(flow)) carried.add(flow);
      if (reach(flow.to, arrivalUs(flow, from))) more = true;
    }
  }
  return flows.filter((flow) => carried.has(flow));
}

/** A message is there when its processing begins, though the span that tells of it ends with the processing. */
function arrivalUs({ action, rule, atUs, because }: Flow, fromUs: number): number {
  const message = action === 'receive' && rule !== 'return';
  return message ? Math.min(atUs, Math.max(because.atUs, fromUs)) : atUs;
}

/** People by the strongest confidence with which each was affected. */
export function countByConfidence(people: readonly { confidence: Confidence }[]): Record<Confidence, number> {
  const counts = Object.fromEntries(CONFIDENCES.map((confidence) => [confidence, 0])) as Record<Confidence, number>;
  for (const { confidence } of people) counts[confidence] += 1;
  return counts;
}
