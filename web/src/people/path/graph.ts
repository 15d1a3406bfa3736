import type { components } from '../../api/schema.d.ts';
import { type Column, columnOf } from './columns.ts';
import { nodeLabel } from './node-label.ts';

export type Lineage = components['schemas']['Lineage'];
export type LineageNode = Lineage['nodes'][number];
export type LineageEdge = Lineage['edges'][number];
export type Confidence = LineageEdge['confidence'];
export type Action = LineageEdge['action'];

/** Strongest first. */
export const CONFIDENCES = ['declared', 'ambient', 'inferred', 'possible'] as const satisfies readonly Confidence[];

export interface PathNode {
  readonly id: string;
  readonly kind: LineageNode['kind'];
  readonly column: Column;
  /** The last part of its name, and what it is a part of. */
  readonly label: string;
  readonly detail: string;
  /** Legal name of the company behind it; null for one's own. */
  readonly party: string | null;
  readonly country: string | null;
  /** Nodes that are shown as this one. */
  readonly members: number;
  readonly categories: readonly string[];
  readonly purposes: readonly string[];
}

/** All that went from one node to another, as one line. */
export interface PathEdge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly actions: readonly Action[];
  /** Of the strongest. */
  readonly confidence: Confidence;
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** The person acted here; the data is of others or of the act itself. */
  readonly isActor: boolean;
  readonly categories: readonly string[];
  /** The lines of the answer that this one stands for: several where boxes are drawn as one. */
  readonly parts: readonly { readonly from: string; readonly to: string }[];
}

export interface PathGraph {
  readonly nodes: readonly PathNode[];
  readonly edges: readonly PathEdge[];
}

export const EMPTY_GRAPH: PathGraph = { nodes: [], edges: [] };

export const edgeId = (from: string, to: string): string => `${from}\n${to}`;

/** The picture of an answer: one line for each pair of nodes, whatever happened between them. */
export function pathGraph({ nodes, edges }: Pick<Lineage, 'nodes' | 'edges'>): PathGraph {
  const receivers = new Set(edges.filter(({ from, to }) => from !== to).map(({ to }) => to));
  return {
    nodes: nodes.map((node) => ({
      id: node.id,
      kind: node.kind,
      column: columnOf(node.kind, receivers.has(node.id)),
      ...nodeLabel(node),
      party: node.party?.legalName ?? null,
      country: node.party?.country ?? null,
      members: 1,
      categories: node.categories,
      purposes: node.purposes,
    })),
    edges: mergeEdges(
      edges.map((edge) => ({
        id: edgeId(edge.from, edge.to),
        from: edge.from,
        to: edge.to,
        actions: [edge.action],
        confidence: edge.confidence,
        count: edge.count,
        firstMs: Date.parse(edge.firstSeen),
        lastMs: Date.parse(edge.lastSeen),
        isActor: edge.role === 'actor',
        categories: edge.categories,
        parts: [{ from: edge.from, to: edge.to }],
      })),
    ),
  };
}

/** Adds up lines between the same two nodes; drops those from a node to itself. */
export function mergeEdges(edges: readonly PathEdge[]): PathEdge[] {
  const merged = new Map<string, PathEdge>();
  for (const edge of edges) {
    if (edge.from === edge.to) continue;
    const known = merged.get(edge.id);
    merged.set(edge.id, known === undefined ? edge : addedUp(known, edge));
  }
  return [...merged.values()];
}

function addedUp(a: PathEdge, b: PathEdge): PathEdge {
  return {
    ...a,
    actions: union(a.actions, b.actions),
    confidence:
      CONFIDENCES[Math.min(CONFIDENCES.indexOf(a.confidence), CONFIDENCES.indexOf(b.confidence))] ?? 'possible',
    count: a.count + b.count,
    firstMs: Math.min(a.firstMs, b.firstMs),
    lastMs: Math.max(a.lastMs, b.lastMs),
    isActor: a.isActor && b.isActor,
    categories: union(a.categories, b.categories),
    parts: joined(a.parts, b.parts),
  };
}

function joined(a: PathEdge['parts'], b: PathEdge['parts']): PathEdge['parts'] {
  const known = new Set(a.map(({ from, to }) => edgeId(from, to)));
  return [...a, ...b.filter(({ from, to }) => !known.has(edgeId(from, to)))];
}

export const union = <T>(a: readonly T[], b: readonly T[]): readonly T[] =>
  b.every((each) => a.includes(each)) ? a : [...new Set([...a, ...b])];
