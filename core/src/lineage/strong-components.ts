/**
 * Groups of nodes that can all reach each other; each node is in one of them, and whoever leads to a group comes before it.
 * Tarjan's algorithm (Depth-first search and linear graph algorithms, 1972), without recursion: a chain of traces may be
 * as long as the traces are many.
 *
 * @param next by node, the nodes that it leads to
 */
export function strongComponents(next: readonly (readonly number[])[]): number[][] {
  const order = new Int32Array(next.length).fill(-1);
  const lowest = new Int32Array(next.length);
  const isOpen = new Uint8Array(next.length);
  const open: number[] = [];
  const components: number[][] = [];
  let count = 0;
  const enter = (node: number) => {
    order[node] = count;
    lowest[node] = count;
    count += 1;
    isOpen[node] = 1;
    open.push(node);
    return { node, at: 0 };
  };
  const lower = (node: number, to: number) => {
    lowest[node] = Math.min(lowest[node] ?? 0, to);
  };
  for (let start = 0; start < next.length; start += 1) {
    if (order[start] !== -1) continue;
    const path = [enter(start)];
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const { node } = step;
      const to = next[node]?.[step.at];
      step.at += 1;
      if (to !== undefined) {
        if (order[to] === -1) path.push(enter(to));
        else if (isOpen[to] === 1) lower(node, order[to] ?? 0);
        continue;
      }
      path.pop();
      const above = path.at(-1);
      if (above !== undefined) lower(above.node, lowest[node] ?? 0);
      if (lowest[node] !== order[node]) continue;
      const component = open.splice(open.lastIndexOf(node));
      for (const one of component) isOpen[one] = 0;
      components.push(component);
    }
  }
  // It finds a group before those that lead to it.
  return components.reverse();
}
