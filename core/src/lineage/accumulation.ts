import { z } from 'zod';
import { parseNodeId } from '../node/kind.ts';
import { Confidence, NodeKind, PartyRef } from './answer.ts';
import type { Directory } from './directory.ts';
import { compareText, type Flow, hostAt } from './flow.ts';
import { meaning, nodeName, spanOfTime, strongest } from './graph.ts';

const instant = z.iso.datetime({ precision: 3 });

/** What one node has gathered of a person over all sessions (design 04). */
export const Accumulated = z.strictObject({
  node: z.string(),
  kind: NodeKind,
  name: z.string(),
  party: PartyRef.nullable(),
  /** Traces and job runs in which it got something. */
  sessions: z.int(),
  /** Flows into it. */
  received: z.int(),
  /** From whom or where. */
  sources: z.array(z.string()),
  /** Of the strongest of these flows. */
  confidence: Confidence,
  categories: z.array(z.string()),
  purposes: z.array(z.string()),
  firstSeen: instant,
  lastSeen: instant,
});
export type Accumulated = z.infer<typeof Accumulated>;

/**
 * Which nodes got most of a person: those with the most categories first, then the most sources, then the most sessions.
 * An agent that saw an address here and a diagnosis there knows both. What the person did as an actor gives nobody
 * anything (ruling 8), and a delete brings nothing.
 */
export function accumulationOf(flows: readonly Flow[], directory: Directory): Accumulated[] {
  const into = Map.groupBy(
    flows.filter(({ actor, action, from, to }) => !actor && action !== 'delete' && from !== to),
    ({ to }) => to,
  );
  return [...into]
    .map(([node, received]) => ({
      node,
      kind: parseNodeId(node)?.kind ?? ('service' as const),
      name: nodeName(node),
      party: directory.party(node, received.map((flow) => hostAt(node, flow)).find((host) => host !== '') ?? ''),
      sessions: new Set(received.map(({ traceId }) => traceId)).size,
      received: received.length,
      sources: [...new Set(received.map(({ from }) => from))].sort(),
      confidence: strongest(received),
      ...meaning(received),
      ...spanOfTime(received),
    }))
    .sort(
      (a, b) =>
        b.categories.length - a.categories.length ||
        b.sources.length - a.sources.length ||
        b.sessions - a.sessions ||
        compareText(a.node, b.node),
    );
}
