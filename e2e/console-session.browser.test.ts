import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { OpenConsole } from './src/console/open-console.ts';
import type { Site } from './src/console/site.ts';
import { openEmptyConsole, SITE_MS_MAX } from './src/console/test-console.ts';

/** Signing in and out, and what a session that ends does to somebody in the middle of their work. */

let desk: OpenConsole<Site>;
beforeAll(async () => {
  desk = await openEmptyConsole();
}, SITE_MS_MAX);
afterEach(() => expect(desk.complaints()).toEqual([]));
afterAll(() => desk?.close());

test('a deep link asks for a key, says when it opens nothing, and then shows what was linked', async () => {
  const { page, goto, expects, context } = await desk.stranger();
  await goto('/requests');
  expects(401);
  await page.getByLabel('API key').fill('vst_0000000000000000_nobody-made-this-key');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').getByText('This key opens nothing').waitFor();

  const key = await desk.keyFor('dsr_agent');
  await page.getByLabel('API key').fill(key);
  await page.getByLabel('API key').press('Enter');
  await page.getByRole('heading', { name: 'Requests', level: 1 }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/requests');

  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({ name: 'vestige_session', httpOnly: true, sameSite: 'Strict', path: '/' });
  expect(cookie?.value).not.toContain(key.slice(4));
});
