import { useEffect, useState } from 'react';
import type { Positions } from './column-layout.ts';
import type { PathGraph } from './graph.ts';
import { layOut } from './layout.ts';

/** A path and where its boxes stand: always of one another. */
export interface LaidOut {
  readonly graph: PathGraph;
  readonly positions: Positions;
}

/** The last layout that is ready; null before the first. The picture before stays until the next one is there. */
export function useLayout(graph: PathGraph): LaidOut | null {
  const [laidOut, setLaidOut] = useState<LaidOut | null>(null);
  useEffect(() => {
    if (graph.nodes.length === 0) return;
    let isOld = false;
    void layOut(graph.nodes, graph.edges).then((positions) => {
      if (!isOld) setLaidOut({ graph, positions });
    });
    return () => {
      isOld = true;
    };
  }, [graph]);
  return laidOut;
}
