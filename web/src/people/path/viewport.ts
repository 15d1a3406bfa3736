import type { Point } from './column-layout.ts';
import type { Bounds } from './scene.ts';

/** Which part of a path is seen: a point of it at (x, y) is at (x * zoom + left, y * zoom + top) of the canvas. */
export interface Viewport {
  readonly zoom: number;
  readonly left: number;
  readonly top: number;
}
export interface Size {
  readonly width: number;
  readonly height: number;
}

export const ZOOM_MIN = 0.03;
export const ZOOM_MAX = 2.5;
/** Room around a path: above for the headings, below for the legend. */
const MARGIN = { side: 24, top: 44, bottom: 52 } as const;

const bounded = (zoom: number) => Math.min(ZOOM_MAX, Math.max(ZOOM_MIN, zoom));

/** All of it, as large as fits and never larger than life. */
export function fitting({ left, top, right, bottom }: Bounds, { width, height }: Size): Viewport {
  const zoom = bounded(
    Math.min(
      1,
      (width - 2 * MARGIN.side) / Math.max(1, right - left),
      (height - MARGIN.top - MARGIN.bottom) / Math.max(1, bottom - top),
    ),
  );
  const middle = MARGIN.top + (height - MARGIN.top - MARGIN.bottom) / 2;
  return { zoom, left: width / 2 - ((left + right) / 2) * zoom, top: middle - ((top + bottom) / 2) * zoom };
}

/** Nearer or farther around a point of the canvas, which stays where it is. */
export function zoomed({ zoom, left, top }: Viewport, factor: number, at: Point): Viewport {
  const next = bounded(zoom * factor);
  const ratio = next / zoom;
  return { zoom: next, left: at.x - (at.x - left) * ratio, top: at.y - (at.y - top) * ratio };
}

export const moved = ({ zoom, left, top }: Viewport, dx: number, dy: number): Viewport => ({
  zoom,
  left: left + dx,
  top: top + dy,
});

/** A point of the path in the middle of what is free, near enough to be read. */
export function centredOn(view: Viewport, { x, y }: Point, { width, height }: Size): Viewport {
  const zoom = Math.max(view.zoom, 0.85);
  return { zoom, left: width / 2 - x * zoom, top: height / 2 - y * zoom };
}

export const toPath = ({ zoom, left, top }: Viewport, { x, y }: Point): Point => ({
  x: (x - left) / zoom,
  y: (y - top) / zoom,
});

export function seen({ zoom, left, top }: Viewport, { width, height }: Size): Bounds {
  return { left: -left / zoom, top: -top / zoom, right: (width - left) / zoom, bottom: (height - top) / zoom };
}

export const meet = (a: Bounds, b: Bounds): boolean =>
  a.left <= b.right && a.right >= b.left && a.top <= b.bottom && a.bottom >= b.top;
