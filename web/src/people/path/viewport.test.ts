import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { curveBetween, middleOf } from './edge-curve.ts';
import { hitAt } from './hit.ts';
import type { Scene, SceneBox } from './scene.ts';
import { centredOn, fitting, moved, seen, toPath, ZOOM_MAX, ZOOM_MIN, zoomed } from './viewport.ts';

const size = { width: 900, height: 460 };
const number = fc.integer({ min: -5_000, max: 5_000 });

describe('what is seen of a path', () => {
  test('fitting shows all of it, and nothing larger than life', () => {
    fc.assert(
      fc.property(number, number, fc.nat(9_000), fc.nat(9_000), (left, top, width, height) => {
        const bounds = { left, top, right: left + width, bottom: top + height };
        const view = fitting(bounds, size);
        const window = seen(view, size);
        expect(view.zoom).toBeLessThanOrEqual(1);
        expect(window.left).toBeLessThanOrEqual(left + 1e-6);
        expect(window.right).toBeGreaterThanOrEqual(left + width - 1e-6);
        expect(window.top).toBeLessThanOrEqual(top + 1e-6);
        expect(window.bottom).toBeGreaterThanOrEqual(top + height - 1e-6);
      }),
    );
  });

  test('zooming keeps the point under the hand, and stays within bounds', () => {
    const view = fitting({ left: 0, top: 0, right: 2_000, bottom: 900 }, size);
    const at = { x: 200, y: 120 };
    const near = zoomed(view, 1.7, at);
    expect(toPath(near, at).x).toBeCloseTo(toPath(view, at).x);
    expect(toPath(near, at).y).toBeCloseTo(toPath(view, at).y);
    expect(zoomed(view, 1e9, at).zoom).toBe(ZOOM_MAX);
    expect(zoomed(view, 1e-9, at).zoom).toBe(ZOOM_MIN);
  });

  test('what is brought into the middle is there and can be read', () => {
    const view = centredOn({ zoom: 0.05, left: 3, top: 4 }, { x: 700, y: -40 }, size);
    expect(toPath(view, { x: 450, y: 230 })).toEqual({ x: 700, y: -40 });
    expect(view.zoom).toBeGreaterThan(0.5);
    expect(moved(view, 5, -5)).toEqual({ ...view, left: view.left + 5, top: view.top - 5 });
  });
});

describe('what a click meets', () => {
  const box = (id: string, x: number, y: number): SceneBox => ({
    id,
    x,
    y,
    column: 'agent',
    label: id,
    detail: '',
    isStack: false,
  });
  const [a, b] = [box('a', 0, 0), box('b', 400, 200)];
  const curve = curveBetween(a, b);
  const around = { left: -500, top: -500, right: 900, bottom: 900 };
  const scene: Scene = {
    boxes: [a, b],
    lines: [{ id: 'ab', from: 0, to: 1, confidence: 'declared', isDelete: false, ...curve, bounds: around }],
    headings: [],
    bounds: around,
  };

  test('is the box it is in, or the line it is near, or nothing', () => {
    expect(hitAt(scene, { x: 60, y: 15 }, 1)).toEqual({ box: a });
    expect(hitAt(scene, middleOf(curve), 1)).toMatchObject({ line: { id: 'ab' } });
    expect(hitAt(scene, { x: 300, y: -100 }, 1)).toBeNull();
  });

  test('reaches as far on the screen, however small the path is drawn', () => {
    const { x, y } = middleOf(curve);
    expect(hitAt(scene, { x: x + 30, y }, 1)).toBeNull();
    expect(hitAt(scene, { x: x + 30, y }, 0.1)).toMatchObject({ line: { id: 'ab' } });
  });
});

test('what goes forth and what comes back are two lines', () => {
  const [a, b] = [
    { x: 0, y: 0 },
    { x: 400, y: 0 },
  ];
  expect(middleOf(curveBetween(a, b)).y).not.toBe(middleOf(curveBetween(b, a)).y);
});
