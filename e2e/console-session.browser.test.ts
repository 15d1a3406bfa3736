import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { violations } from './src/console/axe.ts';
import type { OpenConsole } from './src/console/open-console.ts';
import type { Site } from './src/console/site.ts';
import { openEmptyConsole, SITE_MS_MAX } from './src/console/test-console.ts';
import type { Visitor } from './src/console/visitor.ts';
import { send } from './src/harness/http.ts';

/** Signing in and out, what a session that ends does to somebody in the middle of their work, and the way around. */

let desk: OpenConsole<Site>;
beforeAll(async () => {
  desk = await openEmptyConsole();
}, SITE_MS_MAX);
afterEach(() => expect(desk.complaints()).toEqual([]));
afterAll(() => desk?.close());

const fillKey = async ({ page }: Visitor, key: string) => {
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
};
const heading = ({ page }: Visitor, name: string | RegExp) => page.getByRole('heading', { name, level: 1 });

async function revoke(key: string): Promise<void> {
  const { json } = await send(desk.origin, key, { method: 'GET', path: '/v1/api-keys/self' });
  const admin = desk.site.stack.adminKey.reveal();
  const { status } = await send(desk.origin, admin, { method: 'DELETE', path: `/v1/api-keys/${json.id}` });
  expect(status).toBeLessThan(300);
}

describe('signing in', () => {
  test('a deep link asks for a key, says when it opens nothing, and then shows what was linked', async () => {
    const visitor = await desk.stranger();
    const { page, goto, expects, context } = visitor;
    await goto('/requests?state=received');
    expects(401);
    await fillKey(visitor, 'vst_0000000000000000_nobody-made-this-key');
    await page.getByRole('alert').getByText('This key opens nothing').waitFor();

    const key = await desk.keyFor('dsr_agent');
    await fillKey(visitor, key);
    await heading(visitor, 'Requests').waitFor();
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/requests?state=received');

    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ name: 'vestige_session', httpOnly: true, sameSite: 'Strict', path: '/' });
    expect(await page.evaluate('document.cookie')).toBe('');
    const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    // The secret may hold underscores of its own.
    const [, id = key, secret = key] = /^vst_([^_]+)_(.+)$/.exec(key) ?? [];
    for (const part of [id, secret]) expect(stored + cookie?.value).not.toContain(part);
  });

  test('somebody who tries key after key is told to wait', async () => {
    const visitor = await desk.stranger();
    // A loopback peer is taken for a load balancer, which says whose attempt it is.
    await visitor.context.setExtraHTTPHeaders({ 'x-forwarded-for': '198.51.100.7' });
    await visitor.goto('/');
    visitor.expects(401, 429);
    const wait = visitor.page.getByRole('alert').getByText('Too many attempts');
    for (let i = 0; i < 15 && !(await wait.isVisible()); i++) {
      const answered = visitor.page.waitForResponse('**/session');
      await fillKey(visitor, `vst_try-${i}`);
      await answered;
    }
    await wait.waitFor();
  });
});

describe('a session', () => {
  test('whose key is revoked ends with the next call, keeps the address, and goes on after signing in', async () => {
    const visitor = await desk.signIn('dsr_agent');
    const { page, goto, expects, key } = visitor;
    await goto('/requests');
    expects(401);
    await revoke(key);
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Home' }).click();
    await page.getByText('Your session has ended').waitFor();
    expect(new URL(page.url()).pathname).toBe('/');
    await fillKey(visitor, await desk.keyFor('approver'));
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
  });

  test('that is signed out of is gone from the browser, and so is the reason people were looked at', async () => {
    const { page, goto, context } = await desk.signIn('dsr_agent', { purpose: null });
    await goto('/');
    await page.evaluate(() => sessionStorage.setItem('vestige.purpose', 'ticket 7'));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('API key').waitFor();
    expect(await context.cookies()).toEqual([]);
    expect(await page.evaluate(() => sessionStorage.getItem('vestige.purpose'))).toBeNull();
    await page.reload();
    await page.getByLabel('API key').waitFor();
  });
});

describe('the way around', () => {
  test('by keyboard: past the navigation in one step, through it in order, and to the heading of what was opened', async () => {
    const visitor = await desk.signIn('owner');
    const { page, goto } = visitor;
    await goto('/');
    const focused = () => page.evaluate<string>('document.activeElement.textContent.trim()');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to the page');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('page');

    const places = await page.getByRole('navigation', { name: 'Main' }).getByRole('link').allInnerTexts();
    expect(places.length).toBeGreaterThan(1);
    await page.reload();
    await heading(visitor, /./).waitFor();
    const reached: string[] = [];
    for (let i = 0; i < places.length + 6; i++) {
      await page.keyboard.press('Tab');
      reached.push(await focused());
    }
    expect(reached.filter((text) => places.includes(text))).toEqual(places);

    await page.getByRole('link', { name: 'Requests', exact: true }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('H1');
    expect(await focused()).toBe('Requests');
    await expect.poll(() => page.title()).toBe('Requests · Vestige');
  });

  test('the first page of an empty installation is as fit to be read as any other', async () => {
    const { page, goto } = await desk.signIn('owner');
    await goto('/');
    await page.getByText('Nothing has come in yet').waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await violations(page), colorScheme).toEqual([]);
    }
  });

  test('an address that nothing has says so and leads back', async () => {
    const { page, goto } = await desk.signIn('viewer');
    await goto('/no/such/address');
    expect(await page.title()).toBe('There is nothing at this address · Vestige');
    await page.getByRole('link', { name: 'Go to the start' }).click();
    await expect.poll(() => new URL(page.url()).pathname).toBe('/');
  });

  test('what the server cannot answer is said with the call it happened in, and can be tried again', async () => {
    const { page, goto, expects } = await desk.signIn('dsr_agent');
    const problem = { title: 'A database is not available', status: 503, code: 'store_unavailable', retryable: false };
    let isDown = true;
    await page.route('**/v1/requests?*', (route) =>
      isDown
        ? route.fulfill({
            status: 503,
            contentType: 'application/problem+json',
            body: JSON.stringify({ ...problem, instance: 'urn:uuid:0198f3c2' }),
          })
        : route.continue(),
    );
    expects(503);
    await page.goto('/requests');
    const alert = page.getByRole('alert');
    await alert.getByText('A database is not available').waitFor();
    await alert.getByText('urn:uuid:0198f3c2').waitFor();
    isDown = false;
    await alert.getByRole('button', { name: 'Try again' }).click();
    await alert.waitFor({ state: 'detached' });
    await goto('/requests');
  });

  test('the choice of colours outlives the page', async () => {
    const { page, goto } = await desk.signIn('viewer', { theme: 'light' });
    await goto('/');
    const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const light = await ground();
    await page.getByLabel('Colours').selectOption('Dark');
    await expect.poll(ground).not.toBe(light);
    await page.reload();
    expect(await ground()).not.toBe(light);
  });
});
