import { columnLayout, type LayoutEdge, type LayoutNode, type Point } from './column-layout.ts';

/** Runs off the main thread; see layout.ts. */
export interface LayoutCall {
  readonly call: number;
  readonly nodes: readonly LayoutNode[];
  readonly edges: readonly LayoutEdge[];
}
export interface LayoutReply {
  readonly call: number;
  readonly positions: ReadonlyMap<string, Point>;
}

addEventListener('message', ({ data: { call, nodes, edges } }: MessageEvent<LayoutCall>) => {
  postMessage({ call, positions: columnLayout(nodes, edges) } satisfies LayoutReply);
});
