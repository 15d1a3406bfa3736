import { BOX, type Point } from './column-layout.ts';
import { middleOf } from './edge-curve.ts';
import type { Scene, SceneBox, SceneLine } from './scene.ts';

/** A line is chosen from so far away, in points of the screen: it is thin, and a hand is not. */
const REACH = 6;
const PARTS = 6;

/** The box or the line under a point of the path; boxes lie above lines, later lines above earlier ones. */
export function hitAt(scene: Scene, at: Point, zoom: number): { box: SceneBox } | { line: SceneLine } | null {
  const box = scene.boxes.findLast(
    ({ x, y }) => Math.abs(at.x - x) <= BOX.width / 2 && Math.abs(at.y - y) <= BOX.height / 2,
  );
  if (box !== undefined) return { box };
  const reach = REACH / zoom;
  let nearest: SceneLine | null = null;
  let least = reach;
  for (const line of scene.lines) {
    const { left, right, top, bottom } = line.bounds;
    if (at.x < left - reach || at.x > right + reach || at.y < top - reach || at.y > bottom + reach) continue;
    const distance = distanceTo(line, at);
    if (distance <= least) [nearest, least] = [line, distance];
  }
  return nearest === null ? null : { line: nearest };
}

/** To the curve, as a few straight pieces. */
function distanceTo(line: SceneLine, at: Point): number {
  const middle = middleOf(line);
  const halves = [
    [line.start, line.bend1, middle],
    [middle, line.bend2, line.end],
  ] as const;
  let least = Number.POSITIVE_INFINITY;
  for (const [a, bend, b] of halves) {
    let before = a;
    for (let part = 1; part <= PARTS; part++) {
      const t = part / PARTS;
      const [u, v, w] = [(1 - t) ** 2, 2 * (1 - t) * t, t ** 2];
      const point = { x: u * a.x + v * bend.x + w * b.x, y: u * a.y + v * bend.y + w * b.y };
      least = Math.min(least, toSegment(before, point, at));
      before = point;
    }
  }
  return least;
}

function toSegment(a: Point, b: Point, at: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((at.x - a.x) * dx + (at.y - a.y) * dy) / length));
  return Math.hypot(at.x - a.x - t * dx, at.y - a.y - t * dy);
}
