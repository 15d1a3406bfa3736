import { BOX, type Point } from './column-layout.ts';

/** A line from the side of one box to the side of another: two quadratic curves that meet in the middle. */
export interface Curve {
  readonly start: Point;
  readonly bend1: Point;
  readonly bend2: Point;
  readonly end: Point;
}

/** What comes back runs a little lower than what goes forth, so that both are seen between the same two boxes. */
const LANE = 7;
const REACH_MAX = 90;
/** How far a line between boxes of one column swings out. */
const SWING = 46;

/** @param from centre of the box it leaves @param to centre of the box it reaches */
export function curveBetween(from: Point, to: Point): Curve {
  const half = BOX.width / 2;
  if (Math.abs(from.x - to.x) < BOX.width) {
    // The same column: out on the right side, and in again there.
    const lane = from.y < to.y ? -LANE : LANE;
    const [start, end] = [
      { x: from.x + half, y: from.y + lane },
      { x: to.x + half, y: to.y + lane },
    ];
    return { start, bend1: { x: start.x + SWING, y: start.y }, bend2: { x: end.x + SWING, y: end.y }, end };
  }
  const forth = from.x < to.x ? 1 : -1;
  const start = { x: from.x + forth * half, y: from.y - forth * LANE };
  const end = { x: to.x - forth * half, y: to.y - forth * LANE };
  const reach = forth * Math.min(REACH_MAX, Math.abs(end.x - start.x) / 2);
  return { start, bend1: { x: start.x + reach, y: start.y }, bend2: { x: end.x - reach, y: end.y }, end };
}

export const middleOf = ({ bend1, bend2 }: Curve): Point => ({
  x: (bend1.x + bend2.x) / 2,
  y: (bend1.y + bend2.y) / 2,
});
