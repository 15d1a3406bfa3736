import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { OpenConsole } from './src/console/open-console.ts';
import type { Site } from './src/console/site.ts';
import { openEmptyConsole, SITE_MS_MAX } from './src/console/test-console.ts';

/** The first day: an installation that has seen nothing, and whoever set it up. */

let empty: OpenConsole<Site>;
beforeAll(async () => {
  empty = await openEmptyConsole();
}, SITE_MS_MAX);
afterEach(() => expect(empty.complaints()).toEqual([]));
afterAll(() => empty?.close());

test('whoever may not make keys is told who may', async () => {
  const { page, goto } = await empty.signIn('dsr_agent');
  await goto('/');
  await page.getByText('Nothing has come in yet').waitFor();
  await page.getByText('Somebody with the role admin makes one').waitFor();
  expect(await page.getByRole('button', { name: 'Make the key' }).count()).toBe(0);
  await page.getByText('No request is open.').waitFor();
});

test('three steps lead to the first span: a key made here, lines to paste, and a page that says when it came', async () => {
  const { page, goto } = await empty.signIn('admin');
  await goto('/');
  await page.getByText('Waiting for it.').waitFor();
  const lines = async () => (await page.getByRole('tabpanel').locator('pre').textContent()) ?? '';
  expect(await lines()).toContain("apiKey: '<key with the role ingest>'");
  await page.getByRole('button', { name: 'Make the key' }).click();
  await page.getByText('shown this once').waitFor();
  const key = /apiKey: '(vst_[^']+)'/.exec(await lines())?.[1];
  expect(key).toBeDefined();

  await page.getByRole('tab', { name: 'One span, to try it' }).click();
  const curl = await lines();
  expect(curl).toContain(`authorization: Bearer ${key}`);
  const body = /-d '(.+)'$/s.exec(curl)?.[1] ?? '';
  // What was pasted, but for the port: a test takes a free one.
  const sent = await fetch(`${empty.site.stack.collectorUrl}/v1/traces`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body,
  });
  expect(sent.status).toBe(200);
  await page.getByText('It came, from first-try').waitFor({ timeout: 60_000 });

  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('1 service has reported in the last 14 days').waitFor();
  await page.getByRole('img', { name: /^1 span received since/ }).waitFor();
  await page.getByText('24 hours').click();
  await page.getByRole('img', { name: /^1 span received since/ }).waitFor();
});

test('the key is gone with the page, and the guide with the first span', async () => {
  const { page, goto } = await empty.signIn('admin');
  await goto('/');
  await page.getByText('1 service has reported').waitFor();
  expect(await page.getByText('Nothing has come in yet').count()).toBe(0);
  expect(await page.content()).not.toContain('vst_');
});
