import type { Colours } from './colours.ts';
import type { Point } from './column-layout.ts';
import type { PathEdge } from './graph.ts';
import { followHands } from './hands.ts';
import { hitAt } from './hit.ts';
import { ageOf } from './moments.ts';
import { type Look, READABLE } from './paint.ts';
import type { PaintCall } from './paint.worker.ts';
import { sceneOf } from './scene.ts';
import type { LaidOut } from './use-layout.ts';
import { centredOn, fitting, type Size, seen, toPath, type Viewport, zoomed } from './viewport.ts';

export interface DrawingEvents {
  readonly onNode: (id: string) => void;
  readonly onEdge: (from: string, to: string) => void;
  readonly onGround: () => void;
  /** The first frame is on the screen. */
  readonly onPainted: () => void;
}

/** A path on a canvas, which one drags and zooms. */
export interface Drawing {
  zoomBy(factor: number): void;
  showAll(): void;
  showMoment(edges: readonly PathEdge[], moments: readonly number[], until: number | null): void;
  /** Marks a line or a box; a box that cannot be seen or read now is brought into the middle. */
  showChosen(node: string | undefined, edge: string | undefined): void;
  destroy(): void;
}

/** So long after the last movement, everything is painted again. */
const REST_MS = 140;
const DENSITY_MAX = 2;
/** What the panel covers on the right (path.css). */
const PANEL_POINTS = 350;

/**
 * Shows a path in an element. Painting is a worker's (docs/adr/0064): the page's own thread only turns what hands do into
 * looks, so it stays free however large the path is.
 */
export function drawPath(
  place: HTMLElement,
  { graph, positions }: LaidOut,
  colours: Colours,
  events: DrawingEvents,
): Drawing {
  const scene = sceneOf(graph, positions);
  const canvas = document.createElement('canvas');
  place.append(canvas);
  const worker = new Worker(new URL('./paint.worker.ts', import.meta.url), { type: 'module' });
  const listening = new AbortController();
  const { signal } = listening;

  let size: Size = { width: place.clientWidth, height: place.clientHeight };
  let look: Look = {
    view: fitting(scene.bounds, size),
    size,
    density: Math.min(DENSITY_MAX, devicePixelRatio),
    colours,
    ages: null,
    box: null,
    line: null,
    isMoving: false,
  };
  const offscreen = canvas.transferControlToOffscreen();
  worker.postMessage({ canvas: offscreen, scene, look } satisfies PaintCall, [offscreen]);
  worker.addEventListener('message', events.onPainted, { once: true, signal });

  const show = (change: Partial<Look>) => {
    look = { ...look, ...change };
    worker.postMessage({ look } satisfies PaintCall);
  };
  let rest: ReturnType<typeof setTimeout> | undefined;
  const move = (view: Viewport) => {
    show({ view, isMoving: true });
    clearTimeout(rest);
    rest = setTimeout(() => show({ isMoving: false }), REST_MS);
  };

  let hasMoved = false;
  const sizes = new ResizeObserver(() => {
    size = { width: place.clientWidth, height: place.clientHeight };
    if (size.width === 0 || size.height === 0) return;
    // Whoever has not moved it yet wants to see all of it.
    show(hasMoved ? { size } : { size, view: fitting(scene.bounds, size) });
  });
  sizes.observe(place);

  const hitOf = (at: Point) => hitAt(scene, toPath(look.view, at), look.view.zoom);
  followHands(place, canvas, signal, {
    view: () => look.view,
    size: () => size,
    onMove(view) {
      hasMoved = true;
      move(view);
    },
    onHover: (at) => {
      canvas.style.cursor = hitOf(at) === null ? '' : 'pointer';
    },
    onClick(at) {
      const hit = hitOf(at);
      if (hit === null) return events.onGround();
      if ('box' in hit) return events.onNode(hit.box.id);
      const [from, to] = [scene.boxes[hit.line.from], scene.boxes[hit.line.to]];
      if (from !== undefined && to !== undefined) events.onEdge(from.id, to.id);
    },
  });

  return {
    zoomBy(factor) {
      hasMoved = true;
      move(zoomed(look.view, factor, { x: size.width / 2, y: size.height / 2 }));
    },
    showAll() {
      hasMoved = false;
      move(fitting(scene.bounds, size));
    },
    showMoment(edges, moments, until) {
      const firsts = new Map(edges.map(({ id, firstMs }) => [id, firstMs]));
      const ages = scene.lines.map(({ id }) => ageOf(firsts.get(id) ?? 0, moments, until));
      show({ ages: until === null ? null : ages });
    },
    showChosen(node, edge) {
      show({ box: node ?? null, line: edge ?? null });
      const box = edge === undefined ? scene.boxes.find(({ id }) => id === node) : undefined;
      if (box === undefined) return;
      const free = { ...size, width: Math.max(size.width - PANEL_POINTS, size.width / 2) };
      const { left, top, right, bottom } = seen(look.view, free);
      const isSeen = box.x > left && box.x < right && box.y > top && box.y < bottom;
      if (isSeen && look.view.zoom >= READABLE) return;
      hasMoved = true;
      move(centredOn(look.view, box, free));
    },
    destroy() {
      clearTimeout(rest);
      listening.abort();
      sizes.disconnect();
      worker.terminate();
      canvas.remove();
    },
  };
}
