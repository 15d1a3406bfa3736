import type { Confidence } from './graph.ts';

/** How sure a line is, told by its stroke: the same in the picture, its legend and the exported file. */
export const STROKES: Readonly<Record<Confidence, { readonly width: number; readonly dash: readonly number[] }>> = {
  declared: { width: 2, dash: [] },
  ambient: { width: 1.6, dash: [10, 4] },
  inferred: { width: 1.6, dash: [4, 4] },
  possible: { width: 1.6, dash: [1, 5] },
};
