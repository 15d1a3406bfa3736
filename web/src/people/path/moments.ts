import type { PathEdge } from './graph.ts';

/** A slider has so many places at most; beyond them, moments close together share one. */
export const MOMENTS_MAX = 240;
/** Playing a path takes about so long, however many moments it has. */
const PLAY_MS = 18_000;
const STEP_MS_MIN = 60;
const STEP_MS_MAX = 1_200;

/**
 * The moments at which a path grew: when each of its lines was first seen, in time order.
 *
 * @returns milliseconds since the epoch, ascending, distinct
 */
export function momentsOf(edges: readonly Pick<PathEdge, 'firstMs'>[]): readonly number[] {
  const moments = [...new Set(edges.map(({ firstMs }) => firstMs))].sort((a, b) => a - b);
  if (moments.length <= MOMENTS_MAX) return moments;
  // The last one of each stretch, so that the last place shows everything.
  return Array.from({ length: MOMENTS_MAX }, (_, i) => {
    const at = Math.ceil(((i + 1) * moments.length) / MOMENTS_MAX) - 1;
    return moments[at] ?? 0;
  });
}

/** When a line is there, as seen from a moment: not yet, since this step of the slider, or before. */
export type Age = 'later' | 'fresh' | 'past';

/** @param until null for now: everything is there and nothing stands out */
export function ageOf(firstMs: number, moments: readonly number[], until: number | null): Age {
  if (until === null) return 'past';
  const now = moments[until] ?? Number.POSITIVE_INFINITY;
  if (firstMs > now) return 'later';
  const before = moments[until - 1] ?? Number.NEGATIVE_INFINITY;
  return firstMs > before ? 'fresh' : 'past';
}

/** How long playing rests on each moment. */
export const stepMs = (moments: number): number =>
  Math.min(STEP_MS_MAX, Math.max(STEP_MS_MIN, PLAY_MS / Math.max(1, moments)));
