/**
 * Which target must be clean before which (design 06: upstream before downstream, so that nothing is re-created).
 *
 * Ordinary data graphs have cycles: an agent reads the ticket queue and writes it. All edges order the targets as far as
 * they can; inside a cycle only the edges of batch jobs do, because those copy on their own, without anybody asking;
 * inside a cycle of those no order helps, and its members are merely verified after all of them were erased.
 */
export interface DataEdge {
  readonly from: string;
  readonly to: string;
}

/**
 * @param targets node ids that get a task
 * @param edges direction of the data, through any nodes
 * @param isJob nodes that copy on their own
 * @returns per target, the targets that must be clean before it; never a cycle
 */
export function upstreamOf(
  targets: readonly string[],
  edges: readonly DataEdge[],
  isJob: (node: string) => boolean,
): Map<string, string[]> {
  const wanted = new Set(targets);
  const all = reach(wanted, edges, () => true);
  const copied = reach(wanted, edges, isJob);
  const cycleOfAll = cycles(targets, all);
  const cycleOfCopies = cycles(targets, copied);

  const upstream = new Map<string, string[]>(targets.map((target) => [target, []]));
  for (const from of targets) {
    for (const to of all.get(from) ?? []) {
      const sameCycle = cycleOfAll.get(from) === cycleOfAll.get(to);
      const ordersACycle = copied.get(from)?.has(to) === true && cycleOfCopies.get(from) !== cycleOfCopies.get(to);
      if (!sameCycle || ordersACycle) upstream.get(to)?.push(from);
    }
  }
  for (const before of upstream.values()) before.sort();
  return upstream;
}

/** Targets that data reaches from each target without passing another one, through nodes that `through` admits. */
function reach(
  targets: ReadonlySet<string>,
  edges: readonly DataEdge[],
  through: (node: string) => boolean,
): Map<string, Set<string>> {
  const outgoing = new Map<string, string[]>();
  for (const edge of edges) outgoing.set(edge.from, [...(outgoing.get(edge.from) ?? []), edge.to]);
  const result = new Map<string, Set<string>>();
  for (const target of targets) {
    const found = new Set<string>();
    const seen = new Set<string>([target]);
    const queue = [target];
    for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
      for (const next of outgoing.get(node) ?? []) {
        if (seen.has(next)) continue;
        seen.add(next);
        if (targets.has(next)) found.add(next);
        else if (through(next)) queue.push(next);
      }
    }
    result.set(target, found);
  }
  return result;
}

/** Number of the strongly connected component of each node (Tarjan, without recursion). */
function cycles(nodes: readonly string[], edges: ReadonlyMap<string, ReadonlySet<string>>): Map<string, number> {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const component = new Map<string, number>();
  const open: string[] = [];
  const lowOf = (node: string) => low.get(node) ?? 0;
  let components = 0;
  const enter = (node: string) => {
    index.set(node, index.size);
    low.set(node, index.size - 1);
    open.push(node);
    return { node, next: [...(edges.get(node) ?? [])] };
  };
  for (const root of nodes) {
    if (index.has(root)) continue;
    const path = [enter(root)];
    for (let frame = path.at(-1); frame !== undefined; frame = path.at(-1)) {
      const next = frame.next.pop();
      if (next !== undefined) {
        const seenAt = index.get(next);
        if (seenAt === undefined) path.push(enter(next));
        else if (!component.has(next)) low.set(frame.node, Math.min(lowOf(frame.node), seenAt));
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent) low.set(parent.node, Math.min(lowOf(parent.node), lowOf(frame.node)));
      if (lowOf(frame.node) !== index.get(frame.node)) continue;
      for (let member = open.pop(); member !== undefined; member = open.pop()) {
        component.set(member, components);
        if (member === frame.node) break;
      }
      components += 1;
    }
  }
  return component;
}
