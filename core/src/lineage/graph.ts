import { parseNodeId } from '../node/kind.ts';
import { CONFIDENCES, type Confidence, type LineageEdge, type LineageNode } from './answer.ts';
import type { Directory } from './directory.ts';
import { compareText, type Flow, hostAt } from './flow.ts';
import { isoOfUs } from './time.ts';

/** Ruling 33. */
const EVIDENCE_MAX = 5;

export interface Graph {
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
}

/**
 * Flows → nodes and edges: one edge for each (from, to, action, role), with the strongest confidence seen.
 *
 * @param flows in time order
 * @param partOf of a job: the job that starts it
 */
export function graphOf(
  flows: readonly Flow[],
  directory: Directory,
  partOf: ReadonlyMap<string, string> = new Map(),
): Graph {
  const byEdge = Map.groupBy(flows, ({ from, to, action, actor }) => [from, to, action, actor].join('\n'));
  const byNode = new Map<string, Flow[]>();
  for (const flow of flows) {
    for (const id of new Set([flow.from, flow.to])) {
      const known = byNode.get(id);
      if (known) known.push(flow);
      else byNode.set(id, [flow]);
    }
  }
  return {
    nodes: [...byNode]
      .map(([id, ofNode]) => nodeOf(id, ofNode, directory, partOf.get(id)))
      .sort((a, b) => compareText(a.id, b.id)),
    edges: [...byEdge.values()].map(edgeOf).sort(compareEdges),
  };
}

function nodeOf(id: string, flows: readonly Flow[], directory: Directory, partOf: string | undefined): LineageNode {
  const host = flows.map((flow) => hostAt(id, flow)).find((each) => each !== '') ?? '';
  return {
    id,
    kind: parseNodeId(id)?.kind ?? 'service',
    name: nodeName(id),
    party: directory.party(id, host),
    ...(partOf === undefined ? {} : { partOf }),
    ...spanOfTime(flows),
    ...meaning(flows),
  };
}

/** What a person calls it: a dataset without its namespace, anything else without its kind. */
export function nodeName(id: string): string {
  const name = parseNodeId(id)?.name ?? id;
  const authority = name.indexOf('://');
  const path = authority < 0 ? -1 : name.indexOf('/', authority + 3);
  return path < 0 || path === name.length - 1 ? name : name.slice(path + 1);
}

function edgeOf(flows: readonly Flow[]): LineageEdge {
  const newest = flows.slice(-EVIDENCE_MAX).reverse();
  const { from, to, action, actor } = newest[0] as Flow;
  const skewUs = flows.reduce((least, flow) => Math.min(least, flow.skewUs), Number.POSITIVE_INFINITY);
  return {
    from,
    to,
    action,
    confidence: strongest(flows),
    ...(actor ? { role: 'actor' as const } : {}),
    count: flows.length,
    ...spanOfTime(flows),
    ...meaning(flows),
    evidence: newest.map(({ traceId, spanId, rule }) => ({ traceId, spanId, rule })),
    evidenceTotal: flows.length,
    ...(skewUs > 0 ? { skewMs: skewUs / 1000 } : {}),
  };
}

export function strongest(flows: readonly { confidence: Confidence }[]): Confidence {
  return CONFIDENCES.find((confidence) => flows.some((flow) => flow.confidence === confidence)) ?? 'possible';
}

export function spanOfTime(flows: readonly Flow[]): { firstSeen: string; lastSeen: string } {
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  for (const { atUs } of flows) {
    first = Math.min(first, atUs);
    last = Math.max(last, atUs);
  }
  return { firstSeen: isoOfUs(first), lastSeen: isoOfUs(last) };
}

export function meaning(flows: readonly Flow[]): { categories: string[]; purposes: string[] } {
  const categories = new Set<string>();
  const purposes = new Set<string>();
  for (const flow of flows) {
    for (const category of flow.categories) categories.add(category);
    for (const purpose of flow.purposes) purposes.add(purpose);
  }
  return { categories: [...categories].sort(), purposes: [...purposes].sort() };
}

function compareEdges(a: LineageEdge, b: LineageEdge): number {
  return (
    compareText(a.from, b.from) ||
    compareText(a.to, b.to) ||
    compareText(a.action, b.action) ||
    compareText(a.role ?? '', b.role ?? '')
  );
}
