import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import { violations } from './src/console/axe.ts';
import { bundleSizes, FIRST_SCREEN_BYTES_MAX } from './src/console/bundle-size.ts';
import { type Office, openOffice } from './src/console/office.ts';
import type { OpenConsole } from './src/console/open-console.ts';
import { SCREENS, type Screen } from './src/console/screens.ts';
import type { DeskSite } from './src/console/site.ts';
import { openTestDesk, SITE_MS_MAX } from './src/console/test-console.ts';

/** What holds for every screen, in light and in dark: looked over by axe, drawn within the window, quiet. */

let desk: OpenConsole<DeskSite>;
let office: Office;
beforeAll(async () => {
  desk = await openTestDesk();
  office = await openOffice(desk.site.world);
}, SITE_MS_MAX);
afterEach(() => expect(desk.complaints()).toEqual([]));
afterAll(() => desk?.close());

async function open({ role, path, arrange, options, expects = [] }: Screen): Promise<Page> {
  const { page, goto, ...visitor } =
    role === 'nobody' ? await desk.stranger(options) : await desk.signIn(role, options);
  visitor.expects(...expects);
  await goto(path(desk.site, office));
  await arrange?.(page);
  await page.locator('.skeleton').first().waitFor({ state: 'detached' });
  return page;
}

test.each(SCREENS)('$name fits a laptop, and axe finds nothing serious in light and in dark', async (screen) => {
  const page = await open(screen);
  const [title, product] = (await page.title()).split(' · ');
  expect([product, title]).toEqual(['Vestige', expect.stringMatching(screen.title)]);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await violations(page), colorScheme).toEqual([]);
  }
  const [wide, window] = await page.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]');
  expect(wide, 'the page scrolls sideways').toBeLessThanOrEqual(window);
  await page.context().close();
});

test('the first screen needs at most 300 kB of compressed JavaScript', async () => {
  const { firstScreenBytes, pageBytes, screens } = await bundleSizes(inject('consoleDir'));
  expect(firstScreenBytes).toBeLessThanOrEqual(FIRST_SCREEN_BYTES_MAX);
  // The measure sees the code: React alone is more than this, and each screen comes by itself.
  expect(pageBytes).toBeGreaterThan(40_000);
  for (const { ownJsBytes } of screens) expect(ownJsBytes).toBeGreaterThan(0);
});
