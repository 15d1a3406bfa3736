import type { Colours } from './colours.ts';
import { BOX } from './column-layout.ts';
import { middleOf } from './edge-curve.ts';
import { CONFIDENCES } from './graph.ts';
import type { Age } from './moments.ts';
import type { Scene, SceneBox, SceneLine } from './scene.ts';
import { STROKES } from './strokes.ts';
import { meet, type Size, seen, type Viewport } from './viewport.ts';

/** What of a scene is painted how, besides the scene itself. */
export interface Look {
  readonly view: Viewport;
  readonly size: Size;
  /** Device pixels for each point of the page. */
  readonly density: number;
  readonly colours: Colours;
  /** By place in the scene's lines; null while everything is there. */
  readonly ages: readonly Age[] | null;
  /** Ids of what the panel tells about. */
  readonly box: string | null;
  readonly line: string | null;
  /** A hand is moving it: what one cannot see in motion is left out. */
  readonly isMoving: boolean;
}

type Context = OffscreenCanvasRenderingContext2D;
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif';
/** Zooms under which something is too small to be seen, and costs most of the time. */
export const READABLE = 0.42;
const DASHES = 0.3;
const CURVES = 0.16;
/** So many lines at once are a texture; they are drawn fainter, and as texture while they move. */
const MANY = 1_500;
/** Rasterising one shape of ten thousand lines takes longer than fifty shapes of two hundred. */
const TOGETHER = 200;

/** Paints a path: lines, boxes over them, headings over all. Runs in a worker, on the whole canvas. */
export function paint(ctx: Context, scene: Scene, look: Look): void {
  const { view, size, density, colours } = look;
  ctx.setTransform(density, 0, 0, density, 0, 0);
  ctx.fillStyle = colours.surface;
  ctx.fillRect(0, 0, size.width, size.height);
  ctx.translate(view.left, view.top);
  ctx.scale(view.zoom, view.zoom);
  const near = nearOf(scene, look);
  paintLines(ctx, scene, look, near?.lines ?? null);
  paintBoxes(ctx, scene, look, near?.boxes ?? null);
  ctx.setTransform(density, 0, 0, density, 0, 0);
  paintHeadings(ctx, scene, look);
}

/** Places of the boxes and lines that belong to what is chosen; null when nothing is. */
function nearOf(scene: Scene, { box, line }: Look): { boxes: Set<number>; lines: Set<number> } | null {
  const boxes = new Set<number>();
  const lines = new Set<number>();
  const centre = scene.boxes.findIndex(({ id }) => id === box);
  for (const [place, { id, from, to }] of scene.lines.entries()) {
    if (line === null ? from !== centre && to !== centre : id !== line) continue;
    lines.add(place);
    boxes.add(from).add(to);
  }
  if (line === null && centre >= 0) boxes.add(centre);
  return boxes.size === 0 ? null : { boxes, lines };
}

function paintLines(ctx: Context, scene: Scene, look: Look, near: ReadonlySet<number> | null): void {
  const { view, size, colours, ages, line: chosen, isMoving } = look;
  const window = seen(view, size);
  // Each group is one stroke style: how sure, whether it deletes, and how it stands to the moment and to the choice.
  const groups = new Map<string, SceneLine[]>();
  let count = 0;
  for (const [place, line] of scene.lines.entries()) {
    if (!meet(line.bounds, window)) continue;
    count++;
    const age = ages?.[place] ?? 'past';
    const mark =
      line.id === chosen || age === 'fresh'
        ? 'bright'
        : age === 'later' || (near && !near.has(place))
          ? 'faint'
          : 'plain';
    const key = `${mark} ${line.confidence} ${line.isDelete ? 'delete' : ''}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [line]);
    else group.push(line);
  }
  const isMany = count > MANY;
  const curved = view.zoom >= CURVES && !(isMany && isMoving);
  const dashed = view.zoom >= DASHES && !(isMany && isMoving);
  for (const mark of ['faint', 'plain', 'bright']) {
    for (const confidence of CONFIDENCES) {
      for (const isDelete of [false, true]) {
        const lines = groups.get(`${mark} ${confidence} ${isDelete ? 'delete' : ''}`);
        if (lines === undefined) continue;
        const { width, dash } = STROKES[confidence];
        const colour = mark === 'bright' ? colours.brand : isDelete ? colours.bad : colours.edge;
        ctx.globalAlpha = mark === 'faint' ? (isMany ? 0.04 : 0.14) : mark === 'plain' && isMany ? 0.4 : 1;
        ctx.strokeStyle = colour;
        ctx.fillStyle = colour;
        // Never thinner than half a point of the screen, or a large path would vanish.
        ctx.lineWidth = Math.max((mark === 'bright' ? 1.4 : 1) * width, 0.5 / view.zoom);
        ctx.setLineDash(dashed ? [...dash] : []);
        strokeAll(ctx, lines, curved);
        if (view.zoom >= DASHES) arrows(ctx, lines);
      }
    }
  }
  ctx.globalAlpha = 1;
  ctx.setLineDash([]);
}

function strokeAll(ctx: Context, lines: readonly SceneLine[], curved: boolean): void {
  for (let i = 0; i < lines.length; i += TOGETHER) {
    ctx.beginPath();
    for (const line of lines.slice(i, i + TOGETHER)) {
      ctx.moveTo(line.start.x, line.start.y);
      if (curved) {
        const middle = middleOf(line);
        ctx.quadraticCurveTo(line.bend1.x, line.bend1.y, middle.x, middle.y);
        ctx.quadraticCurveTo(line.bend2.x, line.bend2.y, line.end.x, line.end.y);
      } else ctx.lineTo(line.end.x, line.end.y);
    }
    ctx.stroke();
  }
}

/** Every line comes in level, so its head points left or right. */
function arrows(ctx: Context, lines: readonly SceneLine[]): void {
  ctx.beginPath();
  for (const { end, bend2 } of lines) {
    const back = end.x < bend2.x ? 7 : -7;
    ctx.moveTo(end.x, end.y);
    ctx.lineTo(end.x + back, end.y - 4);
    ctx.lineTo(end.x + back, end.y + 4);
  }
  ctx.fill();
}

function paintBoxes(ctx: Context, scene: Scene, look: Look, near: ReadonlySet<number> | null): void {
  const { view, size, ages } = look;
  const window = seen(view, size);
  const reached = ages && reachedBy(scene, ages);
  for (const [place, box] of scene.boxes.entries()) {
    const bounds = {
      left: box.x - BOX.width / 2,
      right: box.x + BOX.width / 2,
      top: box.y - BOX.height / 2,
      bottom: box.y + BOX.height / 2,
    };
    if (!meet(bounds, window)) continue;
    ctx.globalAlpha = (reached && !reached.has(place)) || (near && !near.has(place)) ? 0.25 : 1;
    paintBox(ctx, box, bounds.left, bounds.top, look);
  }
  ctx.globalAlpha = 1;
}

/** Boxes that something has come to or from by now. */
function reachedBy({ lines }: Scene, ages: readonly Age[]): Set<number> {
  const reached = new Set<number>();
  for (const [place, { from, to }] of lines.entries()) {
    if (ages[place] !== 'later') reached.add(from).add(to);
  }
  return reached;
}

function paintBox(ctx: Context, box: SceneBox, left: number, top: number, { view, colours, box: chosen }: Look): void {
  const { width, height } = BOX;
  const colour = colours.columns[box.column];
  if (view.zoom < CURVES) {
    ctx.globalAlpha *= 0.6;
    ctx.fillStyle = colour;
    ctx.fillRect(left, top, width, height);
    return;
  }
  const isChosen = box.id === chosen;
  ctx.fillStyle = colours.surface;
  ctx.strokeStyle = isChosen ? colours.brand : colours.line;
  ctx.lineWidth = isChosen ? 2.5 : 1;
  if (box.isStack) {
    rounded(ctx, left + 4, top + 4, width - 8, height - 1);
    ctx.fill();
    ctx.stroke();
  }
  rounded(ctx, left, top, width, height);
  ctx.fill();
  ctx.stroke();
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.roundRect(left, top, 5, height, [6, 0, 0, 6]);
  ctx.fill();
  if (view.zoom < READABLE) return;
  ctx.textBaseline = 'alphabetic';
  ctx.fillStyle = colours.ink;
  ctx.font = `600 13.5px ${FONT}`;
  ctx.fillText(box.label, left + 13, top + 17, width - 18);
  ctx.fillStyle = colours.inkSoft;
  ctx.font = `400 11px ${FONT}`;
  ctx.fillText(box.detail, left + 13, top + 32, width - 18);
}

function rounded(ctx: Context, left: number, top: number, width: number, height: number): void {
  ctx.beginPath();
  ctx.roundRect(left, top, width, height, 6);
}

/** At the upper edge whatever is seen, each over its column, as long as two do not meet. */
function paintHeadings(ctx: Context, { headings }: Scene, { view, size, colours }: Look): void {
  ctx.globalAlpha = 0.9;
  ctx.fillStyle = colours.surface;
  ctx.fillRect(0, 0, size.width, 30);
  ctx.globalAlpha = 1;
  ctx.font = `600 12px ${FONT}`;
  ctx.textBaseline = 'middle';
  let free = 0;
  for (const { column, text, x } of headings) {
    const left = x * view.zoom + view.left;
    if (left < free) continue;
    ctx.fillStyle = colours.columns[column];
    ctx.fillText(text, left, 16);
    free = left + ctx.measureText(text).width + 10;
  }
}
