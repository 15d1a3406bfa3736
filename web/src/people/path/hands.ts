import type { Point } from './column-layout.ts';
import { moved, type Size, type Viewport, zoomed } from './viewport.ts';

export interface Hands {
  readonly view: () => Viewport;
  readonly size: () => Size;
  readonly onMove: (view: Viewport) => void;
  readonly onHover: (at: Point) => void;
  readonly onClick: (at: Point) => void;
}

/** A hand that moves less than this has clicked. */
const CLICK_POINTS = 4;
const WHEEL_SPEED = 0.0016;
const LINE_POINTS = 16;
const KEY_POINTS = 60;
const KEY_ZOOM = 1.25;
const ARROWS = new Map<string, readonly [dx: number, dy: number]>([
  ['ArrowLeft', [KEY_POINTS, 0]],
  ['ArrowRight', [-KEY_POINTS, 0]],
  ['ArrowUp', [0, KEY_POINTS]],
  ['ArrowDown', [0, -KEY_POINTS]],
]);
const ZOOMS = new Map([
  ['+', KEY_ZOOM],
  ['-', 1 / KEY_ZOOM],
]);

/** Dragging, the wheel and the keyboard, as movements of what is seen. Points are those of the canvas. */
export function followHands(place: HTMLElement, canvas: HTMLCanvasElement, signal: AbortSignal, hands: Hands): void {
  const pointOf = (event: MouseEvent): Point => {
    const { left, top } = canvas.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  let grip: { readonly from: Point; readonly view: Viewport; isDrag: boolean } | null = null;

  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    grip = { from: pointOf(event), view: hands.view(), isDrag: false };
  };
  const move = (event: PointerEvent) => {
    const at = pointOf(event);
    if (grip === null) return hands.onHover(at);
    const [dx, dy] = [at.x - grip.from.x, at.y - grip.from.y];
    if (!grip.isDrag && Math.hypot(dx, dy) < CLICK_POINTS) return;
    grip.isDrag = true;
    hands.onMove(moved(grip.view, dx, dy));
  };
  const up = (event: PointerEvent) => {
    const hasClicked = grip?.isDrag === false;
    grip = null;
    if (hasClicked) hands.onClick(pointOf(event));
  };
  const cancel = () => {
    grip = null;
  };
  const wheel = (event: WheelEvent) => {
    event.preventDefault();
    const points = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * LINE_POINTS : event.deltaY;
    hands.onMove(zoomed(hands.view(), Math.exp(-points * WHEEL_SPEED), pointOf(event)));
  };
  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [arrow, zoom] = [ARROWS.get(event.key), ZOOMS.get(event.key)];
    if (arrow !== undefined) hands.onMove(moved(hands.view(), ...arrow));
    else if (zoom !== undefined) {
      const { width, height } = hands.size();
      hands.onMove(zoomed(hands.view(), zoom, { x: width / 2, y: height / 2 }));
    } else return;
    event.preventDefault();
  };
  canvas.addEventListener('pointerdown', down, { signal });
  canvas.addEventListener('pointermove', move, { signal });
  canvas.addEventListener('pointerup', up, { signal });
  canvas.addEventListener('pointercancel', cancel, { signal });
  canvas.addEventListener('wheel', wheel, { signal, passive: false });
  place.addEventListener('keydown', key, { signal });
}
