import { readFile } from 'node:fs/promises';
import type { LineageAnswer } from '@vestige/core/lineage/answer';
import type { Download, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { OpenConsole } from './src/console/open-console.ts';
import type { DeskSite } from './src/console/site.ts';
import { openTestDesk, SITE_MS_MAX } from './src/console/test-console.ts';
import { send } from './src/harness/http.ts';

/** One person's page: the path and its evidence, what can be taken away of it, and who looked. */

let desk: OpenConsole<DeskSite>;
beforeAll(async () => {
  desk = await openTestDesk();
}, SITE_MS_MAX);
afterEach(() => expect(desk.complaints()).toEqual([]));
afterAll(() => desk?.close());

const ofMara = (search = '') => `/people/${desk.site.maraId}${search}`;

/** The same question put to the API by the same key. */
async function answer(key: string, view: 'officer' | 'full'): Promise<LineageAnswer> {
  const headers = { 'vestige-purpose': 'browser test' };
  const path = `/v1/subjects/${desk.site.maraId}/lineage?view=${view}`;
  return (await send(desk.origin, key, { method: 'GET', path, headers })).json;
}

const pairs = ({ edges }: LineageAnswer) =>
  new Set(edges.filter(({ from, to }) => from !== to).map(({ from, to }) => `${from} ${to}`)).size;
const picture = (page: Page) => page.getByRole('img', { name: /^Picture of the path/ });
/** How many boxes the picture shows. */
const drawn = async (page: Page) => Number(await page.locator('[data-drawn]').getAttribute('data-drawn'));
const lines = (page: Page) => page.getByRole('table', { name: 'Path' }).locator('tbody tr');

test('the path is drawn, and its list has a line for every two places that data went between', async () => {
  const { page, goto, key } = await desk.signIn('dsr_agent');
  for (const view of ['officer', 'full'] as const) {
    await goto(ofMara(view === 'full' ? '?view=full' : ''));
    await page.locator('[data-drawn]').waitFor();
    const told = await answer(key, view);
    expect(await drawn(page)).toBe(told.nodes.length);
    await page.getByRole('button', { name: 'List' }).click();
    await expect.poll(() => lines(page).count()).toBe(pairs(told));
  }
});

test('an answer that grows shows its first part at once, says so, and is whole in the end', async () => {
  const { page, context, goto, key } = await desk.signIn('dsr_agent');
  // As the API answers about somebody with very many traces; the second line waits for the test.
  await context.addInitScript(`
    const goOn = new Promise((resolve) => { window.goOn = resolve; });
    const real = window.fetch;
    window.fetch = async (request, ...rest) => {
      const answer = await real(request, ...rest);
      if (!new Request(request).url.includes('format=ndjson')) return answer;
      const whole = JSON.parse(await answer.text());
      const completeness = { ...whole.completeness, truncated: true, cut: { tracesFollowed: 300, tracesKnown: 2410 } };
      const part = { ...whole, completeness, edges: [], nodes: whole.nodes.slice(0, 2), recipients: [] };
      const line = (value) => new TextEncoder().encode(JSON.stringify(value) + '\\n');
      const body = new ReadableStream({
        async start(controller) {
          controller.enqueue(line(part));
          await goOn;
          controller.enqueue(line(whole));
          controller.close();
        },
      });
      return new Response(body, { status: 200, headers: answer.headers });
    };`);
  await goto(ofMara('?view=full'));
  await page.getByText('300 of 2,410 pieces of work about this person are followed').waitFor();
  await page.getByRole('progressbar', { name: 'This answer is growing' }).waitFor();
  await expect.poll(() => drawn(page)).toBe(2);
  // A part is no answer to take away.
  expect(await page.getByRole('button', { name: 'Export' }).isDisabled()).toBe(true);
  await page.evaluate('window.goOn()');
  await expect.poll(() => drawn(page)).toBe((await answer(key, 'full')).nodes.length);
  await page.getByRole('progressbar').waitFor({ state: 'detached' });
  await page.getByText('Nothing is known to be missing').waitFor();
  expect(await page.getByRole('button', { name: 'Export' }).isEnabled()).toBe(true);
});

test('a line opens its evidence in words, at an address a colleague can open too', async () => {
  const { page, goto } = await desk.signIn('dsr_agent');
  await goto(ofMara('?view=full&as=list'));
  await page
    .getByRole('button', { name: /^Evidence for .* to tickets$/ })
    .first()
    .click();
  const panel = page.getByRole('complementary', { name: 'Evidence' });
  // The keyboard is in the panel at once, not behind all other lines of the list.
  await expect.poll(() => page.evaluate("document.activeElement.closest('aside') !== null")).toBe(true);
  const sentence = panel.getByText(/wrote to the store tickets at \d/).first();
  await sentence.waitFor();
  await panel
    .getByText(/^Rule \d/)
    .first()
    .click();
  await panel
    .getByText(/succeeded/)
    .first()
    .waitFor();
  const words = (await sentence.textContent()) ?? '';

  const colleague = await desk.signIn('viewer');
  const { pathname, search } = new URL(page.url());
  await colleague.goto(pathname + search);
  await colleague.page.getByText(words).first().waitFor();
});

test('a place is found by name, tells what came in and went out, and the path shrinks to its surroundings', async () => {
  const { page, goto, key } = await desk.signIn('dsr_agent');
  await goto(ofMara('?view=full'));
  await page.locator('[data-drawn]').waitFor();
  const all = (await answer(key, 'full')).nodes.length;
  await page.getByRole('textbox', { name: 'Find in the path' }).fill('tickets');
  await page.keyboard.press('Enter');
  const panel = page.getByRole('complementary', { name: 'tickets' });
  await panel.getByText('Came in from').waitFor();
  await panel.getByRole('combobox', { name: 'Steps around it' }).selectOption('1 step');
  await expect.poll(() => drawn(page)).toBeLessThan(all);
  await page.getByRole('button', { name: /Show the whole path/ }).click();
  await expect.poll(() => drawn(page)).toBe(all);
  await panel.locator('.panel-line').first().click();
  await page
    .getByRole('complementary', { name: 'Evidence' })
    .getByText(/movements? of data/)
    .waitFor();
});

test('a click on a box of the picture opens it, and dragging opens nothing', async () => {
  const { page, goto } = await desk.signIn('dsr_agent');
  await goto(ofMara());
  await page.locator('[data-drawn]').waitFor();
  const canvas = picture(page);
  const box = await canvas.boundingBox();
  if (box === null) throw new Error('no picture');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 60, y + 20, { steps: 4 });
  await page.mouse.up();
  expect(new URL(page.url()).search).toBe('');
  // Something lies on one of these heights at the left edge of the first column.
  await page.getByRole('button', { name: 'Show all of it' }).click();
  for (let at = box.y + 60; at < box.y + box.height - 60 && !page.url().includes('node='); at += 12) {
    await page.mouse.click(box.x + 60, at);
  }
  await page.getByRole('complementary').getByText('Steps around it').waitFor();
});

test('the slider goes back to when the path began, and forth to now', async () => {
  const { page, goto, key } = await desk.signIn('dsr_agent');
  await goto(ofMara());
  const slider = page.getByRole('slider', { name: 'Until' });
  expect(await slider.getAttribute('aria-valuetext')).toBe('Everything until now');
  const first = (await answer(key, 'officer')).edges.map(({ firstSeen }) => firstSeen).sort()[0] ?? '';
  await slider.focus();
  await page.keyboard.press('Home');
  const seconds = new Date(first).getSeconds().toString().padStart(2, '0');
  await expect.poll(() => slider.getAttribute('aria-valuetext')).toContain(`:${seconds} CET`);
  await page.getByRole('button', { name: 'Show everything' }).click();
  await expect.poll(() => slider.getAttribute('aria-valuetext')).toBe('Everything until now');
});

async function exported(page: Page, item: string): Promise<Buffer> {
  await page.getByRole('button', { name: 'Export' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download') as Promise<Download>,
    page.getByRole('menuitem', { name: item }).click(),
  ]);
  return readFile(await download.path());
}

test('the path is taken away as pictures and as data, each with what it cannot know', async () => {
  const { page, goto, key } = await desk.signIn('dsr_agent');
  await goto(ofMara());
  await page.locator('[data-drawn]').waitFor();
  const full = await answer(key, 'full');
  expect(JSON.parse(String(await exported(page, 'Answer (JSON)')))).toEqual(full);
  expect(
    String(await exported(page, 'Lines (CSV)'))
      .trim()
      .split('\n'),
  ).toHaveLength(full.edges.length + 1);
  expect(JSON.parse(String(await exported(page, 'W3C provenance (PROV-JSON)')))).toHaveProperty('entity');
  const svg = String(await exported(page, 'Picture (SVG)'));
  expect(svg).toContain('BrightMind Inc.');
  expect(svg).toContain('This answer rests on');
  expect((await exported(page, 'Picture (PNG)')).subarray(1, 4).toString()).toBe('PNG');
});

test('what is printed is a sheet with picture, recipients, stores and the reason of the look', async () => {
  const { page, goto, key } = await desk.signIn('dsr_agent');
  await goto(ofMara());
  await page.locator('[data-drawn]').waitFor();
  await page.evaluate('window.print = () => { window.printed = true; }');
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: 'Print' }).click();
  await page.waitForFunction('window.printed === true');
  await page.emulateMedia({ media: 'print' });
  const sheet = page.locator('.print-sheet');
  await sheet.getByText('Reason: browser test').waitFor();
  expect(await page.getByRole('navigation').isVisible()).toBe(false);
  const { recipients, residency } = await answer(key, 'full');
  expect(await sheet.locator('tbody tr').count()).toBe(recipients.length + residency.length);
  await page.evaluate("dispatchEvent(new Event('afterprint'))");
  await sheet.waitFor({ state: 'detached' });
});

test('recipients and stores are tables that sort, and say what the API says', async () => {
  const { page, goto, key } = await desk.signIn('dsr_agent');
  await goto(ofMara('?tab=recipients'));
  const { recipients, residency } = await answer(key, 'full');
  const companies = page.getByRole('table', { name: 'Who received it' });
  await companies.getByRole('button', { name: 'Company' }).click();
  const names = () => companies.locator('tbody tr td:first-child strong').allInnerTexts();
  const ascending = await names();
  expect(ascending).toHaveLength(recipients.length);
  await companies.getByRole('button', { name: 'Company' }).click();
  expect((await names())[0]).toBe(ascending.at(-1));
  await page.getByRole('tab', { name: /^Where it rests/ }).click();
  expect(await page.getByRole('table', { name: 'Where it rests' }).locator('tbody tr').count()).toBe(residency.length);
});

test('who looked is told by role and reason, by name on request, and only to who may read the log', async () => {
  const { page, goto } = await desk.signIn('approver', { person: 'vera' });
  await goto(ofMara('?tab=views'));
  const table = page.getByRole('table', { name: 'Who looked' });
  await table.getByText('browser test').first().waitFor();
  expect(await table.textContent()).not.toContain('vera');
  await page.getByRole('button', { name: 'Say who it was' }).click();
  await table.getByText('vera').first().waitFor();

  const officer = await desk.signIn('dsr_agent');
  await officer.goto(ofMara());
  await officer.page.getByRole('tab', { name: 'Path' }).waitFor();
  expect(await officer.page.getByRole('tab', { name: 'Who looked' }).count()).toBe(0);
});

test('a request starts from the person’s page, and nobody is offered what their key may not do', async () => {
  const { page, goto } = await desk.signIn('dsr_agent');
  await goto(ofMara());
  await page.getByRole('link', { name: 'Start a request' }).click();
  await page.waitForURL(`**/requests/new?subject=${desk.site.maraId}`);

  const viewer = await desk.signIn('viewer');
  await viewer.goto(ofMara());
  await viewer.page.locator('[data-drawn]').waitFor();
  expect(await viewer.page.getByRole('link', { name: 'Start a request' }).count()).toBe(0);
});

test('somebody nobody knows is told so, not shown an empty path', async () => {
  const { page, goto, expects } = await desk.signIn('dsr_agent');
  expects(404);
  await goto('/people/5f1b2a34-0000-4000-8000-00000000dead');
  await page.getByText('This could not be loaded').first().waitFor();
  expect(await picture(page).count()).toBe(0);
});

test('a reason that names somebody is refused before it is kept', async () => {
  const { page, goto } = await desk.signIn('dsr_agent', { purpose: null });
  await goto(ofMara());
  await page.getByLabel('Reason').fill('asked by jane@example.com');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('This seems to name somebody').waitFor();
  expect(await page.evaluate<string>('JSON.stringify({ ...sessionStorage })')).toBe('{}');
  await page.getByLabel('Reason').fill('Auskunft für Łódź');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.locator('[data-drawn]').waitFor();
});
