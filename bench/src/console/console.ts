import { cpus, loadavg } from 'node:os';
import { buildConsole } from '@vestige/e2e/console/build-console';
import { openChromium } from '@vestige/e2e/package/chromium';
import type { Browser, Page } from 'playwright-core';
import { median } from '../median.ts';
import { lineageAnswer } from './lineage-answer.ts';
import { serveWith } from './served-console.ts';

export interface ConsoleOptions {
  readonly nodes: number;
  readonly edges: number;
  readonly rounds: number;
}

/** Milliseconds in the browser, one opening of a person's page. */
export interface ConsoleRound {
  /** From asking for the page to the frame in which the path is drawn, all code and data loaded on the way. */
  readonly drawnMs: number;
  /** The same from the moment the answer had arrived. */
  readonly drawnAfterAnswerMs: number;
  /** Finding places for the boxes, in a worker. */
  readonly layoutMs: number;
  /** The longest task of the page's own thread while the worker did that, and while the page opened. */
  readonly longestTaskDuringLayoutMs: number;
  readonly longestTaskOpeningMs: number;
  /** While the path was dragged about and zoomed; 0 is less than 50, below which browsers report none. */
  readonly longestTaskPanningMs: number;
  readonly longestTaskZoomingMs: number;
  /** The longest time between two frames meanwhile: what the eye sees of it. */
  readonly longestFrameMs: number;
}

const SUBJECT = '5f1b2a34-0000-4000-8000-000000000001';
const VIEWPORT = { width: 1440, height: 900 };
const DRAWN_MS_MAX = 60_000;
const DRAGS = 12;
const WHEELS = 24;

/** Opens a path in a real browser, drags and zooms it, and takes what the browser says about its own thread. */
export async function measureConsole({ nodes, edges, rounds }: ConsoleOptions, say: (text: string) => void) {
  const answer = lineageAnswer(SUBJECT, nodes, edges);
  const built = await buildConsole();
  const served = await serveWith(built.dir, answer);
  const browser = await openChromium();
  try {
    say(`${answer.nodes.length} nodes, ${answer.edges.length} edges, ${rounds} rounds, Chromium ${browser.version()}`);
    const measured: ConsoleRound[] = [];
    for (let round = 0; round < rounds; round++) measured.push(await openOnce(browser, served.url));
    return {
      nodes: answer.nodes.length,
      edges: answer.edges.length,
      cores: cpus().length,
      load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
      rounds: measured,
      median: medians(measured),
    };
  } finally {
    await browser.close();
    await served.stop();
    await built.remove();
  }
}

async function openOnce(browser: Browser, url: string): Promise<ConsoleRound> {
  // A context of its own: nothing is cached, as on somebody's first visit.
  const context = await browser.newContext({ viewport: VIEWPORT });
  try {
    const page = await context.newPage();
    await page.addInitScript(WATCH);
    await page.goto(`${url}/people/${SUBJECT}?view=full`);
    await page.locator('[data-drawn]').waitFor({ timeout: DRAWN_MS_MAX });
    const opened = await page.evaluate<Opened>('window.watched.opened()');
    const panned = await moved(page, () => drag(page));
    const zoomed = await moved(page, () => wheel(page));
    return {
      ...opened,
      longestTaskPanningMs: panned.task,
      longestTaskZoomingMs: zoomed.task,
      longestFrameMs: Math.max(panned.frame, zoomed.frame),
    };
  } finally {
    await context.close();
  }
}

type Opened = Omit<ConsoleRound, 'longestTaskPanningMs' | 'longestTaskZoomingMs' | 'longestFrameMs'>;

async function moved(page: Page, act: () => Promise<void>): Promise<{ task: number; frame: number }> {
  await page.evaluate('window.watched.begin()');
  await act();
  // What drawing puts off until the hand rests belongs to the movement.
  await page.waitForTimeout(600);
  return page.evaluate<{ task: number; frame: number }>('window.watched.end()');
}

async function drag(page: Page): Promise<void> {
  const { x, y, width, height } = await canvasOf(page);
  for (let i = 0; i < DRAGS; i++) {
    const side = i % 2 === 0 ? 1 : -1;
    // From the ground beside the boxes, so that the path is moved and nothing chosen.
    await page.mouse.move(x + width / 2, y + height - 14);
    await page.mouse.down();
    await page.mouse.move(x + width / 2 + side * 260, y + height - 14 - side * 20, { steps: 14 });
    await page.mouse.up();
  }
}

async function wheel(page: Page): Promise<void> {
  const { x, y, width, height } = await canvasOf(page);
  await page.mouse.move(x + width / 2, y + height / 2);
  for (let i = 0; i < WHEELS; i++) {
    await page.mouse.wheel(0, i < WHEELS / 2 ? -120 : 120);
    await page.waitForTimeout(40);
  }
}

async function canvasOf(page: Page) {
  const box = await page.locator('[data-drawn]').boundingBox();
  if (box === null) throw new Error('the path is not shown');
  return box;
}

/** Runs in the page before everything else. Plain JavaScript, because it is handed over as text. */
const WATCH = `
  sessionStorage.setItem('vestige.purpose', 'benchmark');
  const tasks = [], layouts = [], answers = [];
  new PerformanceObserver((list) => tasks.push(...list.getEntries())).observe({ type: 'longtask', buffered: true });
  new PerformanceObserver((list) => layouts.push(...list.getEntriesByName('path layout'))).observe({ type: 'measure', buffered: true });
  new PerformanceObserver((list) => answers.push(...list.getEntries().filter(({ name }) => name.includes('/lineage')))).observe({ type: 'resource', buffered: true });
  let drawn = 0, began = 0, frame = 0, last = 0, isMoving = false;
  new MutationObserver(() => {
    if (drawn === 0 && document.querySelector('[data-drawn]') !== null) requestAnimationFrame(() => { drawn = performance.now(); });
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-drawn'] });
  const longest = (from, to) => Math.round(Math.max(0, ...tasks
    .filter(({ startTime, duration }) => startTime < to && startTime + duration > from)
    .map(({ duration }) => duration)));
  const beat = (now) => {
    if (!isMoving) return;
    if (last > 0) frame = Math.max(frame, now - last);
    last = now;
    requestAnimationFrame(beat);
  };
  window.watched = {
    async opened() {
      while (drawn === 0) await new Promise(requestAnimationFrame);
      await new Promise((done) => setTimeout(done, 300));
      const layout = layouts[0], answer = answers[0];
      return {
        drawnMs: Math.round(drawn),
        drawnAfterAnswerMs: Math.round(drawn - answer.responseEnd),
        layoutMs: Math.round(layout.duration),
        longestTaskDuringLayoutMs: longest(layout.startTime, layout.startTime + layout.duration),
        longestTaskOpeningMs: longest(0, drawn),
      };
    },
    begin() {
      began = performance.now(); frame = 0; last = 0; isMoving = true;
      requestAnimationFrame(beat);
    },
    end() {
      isMoving = false;
      return { task: longest(began, performance.now()), frame: Math.round(frame) };
    },
  };
`;

function medians(rounds: readonly ConsoleRound[]): ConsoleRound {
  const [first] = rounds;
  const keys = Object.keys(first ?? {}) as (keyof ConsoleRound)[];
  return Object.fromEntries(
    keys.map((key) => [key, median(rounds.map((round) => round[key]))]),
  ) as unknown as ConsoleRound;
}
