import { type Look, paint } from './paint.ts';
import type { Scene } from './scene.ts';

/** The first message brings the canvas and the scene; each further one a new look at it. See drawing.ts. */
export type PaintCall =
  | { readonly canvas: OffscreenCanvas; readonly scene: Scene; readonly look: Look }
  | { readonly look: Look };

let context: OffscreenCanvasRenderingContext2D | null = null;
let scene: Scene | null = null;
let look: Look | null = null;
let isAwaited = false;
let hasTold = false;

addEventListener('message', ({ data }: MessageEvent<PaintCall>) => {
  if ('canvas' in data) {
    context = data.canvas.getContext('2d', { alpha: false });
    scene = data.scene;
  }
  look = data.look;
  paintSoon();
});

function paintSoon(): void {
  if (isAwaited) return;
  // Looks that come faster than frames are skipped: only the newest is painted.
  isAwaited = true;
  requestAnimationFrame(() => {
    isAwaited = false;
    if (context === null || scene === null || look === null) return;
    resize(context.canvas, look);
    paint(context, scene, look);
    if (hasTold) return;
    hasTold = true;
    requestAnimationFrame(() => postMessage('painted'));
  });
}

function resize(canvas: OffscreenCanvas, { size, density }: Look): void {
  const [width, height] = [Math.round(size.width * density), Math.round(size.height * density)];
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
