import {
  CONFIDENCES,
  type Confidence,
  edgeId,
  mergeEdges,
  type PathEdge,
  type PathGraph,
  type PathNode,
  union,
} from './graph.ts';

/** How much of a path is drawn. Everything here works on the answer that is there; nothing is asked again. */

/** Drops what is less sure, and the nodes that nothing leads to or from any more. */
export function atLeast(graph: PathGraph, least: Confidence): PathGraph {
  const worst = CONFIDENCES.indexOf(least);
  if (worst === CONFIDENCES.length - 1) return graph;
  return withEdges(graph, (edge) => CONFIDENCES.indexOf(edge.confidence) <= worst);
}

/** What is within so many steps of a node, along and against the direction of the data. */
export function nearby(graph: PathGraph, centre: string, steps: number): PathGraph {
  const neighbours = new Map<string, string[]>();
  const join = (a: string, b: string) => neighbours.set(a, [...(neighbours.get(a) ?? []), b]);
  for (const { from, to } of graph.edges) {
    join(from, to);
    join(to, from);
  }
  const reached = new Set([centre]);
  let edge: readonly string[] = [centre];
  for (let step = 0; step < steps && edge.length > 0; step++) {
    edge = edge.flatMap((id) => neighbours.get(id) ?? []).filter((id) => !reached.has(id) && reached.add(id));
  }
  return {
    nodes: graph.nodes.filter(({ id }) => reached.has(id)),
    edges: graph.edges.filter(({ from, to }) => reached.has(from) && reached.has(to)),
  };
}

/** What several nodes are parts of: the database of tables, the service of agents, the company behind hosts. */
export function systemOf({ id, kind, party }: PathNode): string {
  if (party !== null) return `party:${party}`;
  const name = id.slice(kind.length + 1);
  const authority = name.indexOf('://');
  const slash = name.indexOf('/', authority < 0 ? 0 : authority + 3);
  return slash < 0 ? id : `${kind}:${name.slice(0, slash)}`;
}

/**
 * Draws the nodes of each of these systems as one.
 *
 * @param systems as {@link systemOf} names them
 */
export function collapse(graph: PathGraph, systems: ReadonlySet<string>): PathGraph {
  if (systems.size === 0) return graph;
  const shown = new Map<string, string>();
  const groups = new Map<string, PathNode[]>();
  for (const node of graph.nodes) {
    const system = systemOf(node);
    const id = systems.has(system) ? system : node.id;
    shown.set(node.id, id);
    groups.set(id, [...(groups.get(id) ?? []), node]);
  }
  const nameOf = (id: string) => shown.get(id) ?? id;
  return {
    nodes: [...groups].map(([id, members]) => mergedNode(id, members)),
    edges: mergeEdges(
      graph.edges.map((edge) => {
        const [from, to] = [nameOf(edge.from), nameOf(edge.to)];
        return { ...edge, from, to, id: edgeId(from, to) };
      }),
    ),
  };
}

/** The systems of which more than one node is there: what collapsing would shrink. */
export function collapsible(graph: PathGraph): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const node of graph.nodes) counts.set(systemOf(node), (counts.get(systemOf(node)) ?? 0) + 1);
  return new Map([...counts].filter(([, count]) => count > 1));
}

/** Nodes whose id or name holds every word, best first: those whose label begins with it. */
export function searchNodes(graph: PathGraph, text: string, most: number): readonly PathNode[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found = graph.nodes.filter(({ id, label, detail }) => {
    const all = `${id} ${label} ${detail}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
  const rank = ({ label }: PathNode) => (label.toLowerCase().startsWith(words[0] ?? '') ? 0 : 1);
  return found.toSorted((a, b) => rank(a) - rank(b) || a.label.localeCompare(b.label)).slice(0, most);
}

function withEdges(graph: PathGraph, keep: (edge: PathEdge) => boolean): PathGraph {
  const edges = graph.edges.filter(keep);
  const named = new Set(edges.flatMap(({ from, to }) => [from, to]));
  return { nodes: graph.nodes.filter(({ id }) => named.has(id)), edges };
}

function mergedNode(id: string, members: readonly PathNode[]): PathNode {
  const [first] = members as readonly [PathNode, ...PathNode[]];
  if (members.length === 1) return { ...first, id };
  const system = id.slice(id.indexOf(':') + 1);
  const place = /:\/\/([^/:]*)/.exec(system)?.[1] ?? system;
  return {
    ...first,
    id,
    // Where one of them only gave and another received, it is a place data came to.
    column: members.find(({ column }) => column !== 'source')?.column ?? first.column,
    label: first.party ?? place,
    detail: system === place ? '' : system.slice(0, Math.max(0, system.indexOf('://'))),
    members: members.reduce((sum, member) => sum + member.members, 0),
    categories: members.reduce<readonly string[]>((all, { categories }) => union(all, categories), []),
    purposes: members.reduce<readonly string[]>((all, { purposes }) => union(all, purposes), []),
  };
}
