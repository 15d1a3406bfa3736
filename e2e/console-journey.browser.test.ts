import { createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isValid, verifyCertificate } from '@vestige/core/certificate/verify';
import { rowsByPerson } from '@vestige/example-support-desk/demo/others';
import { MARA } from '@vestige/example-support-desk/people';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { OpenConsole } from './src/console/open-console.ts';
import type { DeskSite } from './src/console/site.ts';
import { openTestDesk, SITE_MS_MAX } from './src/console/test-console.ts';
import type { Visitor } from './src/console/visitor.ts';

/**
 * The whole of it, as two people do it with nothing but the console: find somebody, see where her data went and why that
 * is known, file an erasure, approve it as the second person, watch it end, and hold the certificate to the light. Each
 * test goes on where the one before it ended.
 */

let desk: OpenConsole<DeskSite>;
let officer: Visitor;
let approver: Visitor;
let requestPath: string;
/** What the desk's own stores hold of everybody, before anything is erased. */
let before: Map<string, string>;

beforeAll(async () => {
  desk = await openTestDesk();
  officer = await desk.signIn('dsr_agent', { purpose: null });
  approver = await desk.signIn('approver');
  before = await rowsByPerson(desk.site.world.appData);
}, SITE_MS_MAX);
afterEach(() => expect(desk.complaints()).toEqual([]));
afterAll(() => desk?.close());

test('an officer says why she looks, and finds Mara by her e-mail address', async () => {
  const { page, goto } = officer;
  await goto('/');
  await page.getByRole('link', { name: 'Find a person' }).click();
  await page.getByLabel('Reason').fill('Erasure request 2026-118');
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'E-mail address' }).fill(MARA.email);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/people/${desk.site.maraId}*`);
  await page.getByText('This answer rests on what').waitFor();
});

test('the path names the companies her data went to, and each line says why it is known', async () => {
  const { page } = officer;
  await page.getByText('List', { exact: true }).click();
  for (const company of ['BrightMind Inc.', 'ParcelPost GmbH'])
    await page.getByRole('cell', { name: company }).first().waitFor();
  await page.getByText('Every part', { exact: true }).click();
  await page.getByRole('button', { name: 'Evidence for customers to look_up_customer' }).first().click();
  const told = page.getByText(/^(Ambient|Declared|Inferred): the tool look_up_customer .*read .*customers/);
  await told.first().waitFor();
  await page.getByRole('button', { name: 'Close the panel' }).click();
  await page.getByRole('tab', { name: /^Where it rests/ }).click();
  await page.getByRole('cell', { name: 'CRM, customers' }).or(page.getByText('crm.db').first()).first().waitFor();
});

test('she files an erasure about her, and cannot approve it herself', async () => {
  const { page } = officer;
  await page.getByRole('link', { name: 'Start a request' }).click();
  await page.getByRole('radio', { name: /^Erasure/ }).check();
  const identifiers = [
    ['email', MARA.email],
    ['phone', MARA.phone],
    ['customer_id', MARA.customerId],
  ] as const;
  for (const [n, [kind, value]] of identifiers.entries()) {
    if (n > 0) await page.getByRole('button', { name: 'Another identifier' }).click();
    await page.getByLabel('Kind', { exact: true }).nth(n).selectOption(kind);
    await page.getByLabel('Identifier', { exact: true }).nth(n).fill(value);
  }
  await page.getByLabel(/^Why/).selectOption({ label: 'No longer needed for its purpose (17(1)(a))' });
  await page.getByRole('button', { name: 'File request' }).click();
  await page.waitForURL(/\/requests\/[0-9a-f-]{36}/);
  requestPath = new URL(page.url()).pathname;

  await page.getByRole('button', { name: 'Record identity' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Record identity' }).click();
  await page.getByText(/somebody else has to approve it: another person/).waitFor();
  expect(await page.getByRole('button', { name: 'Approve the plan' }).count()).toBe(0);
});

test('the second person reads the plan, types what it will do, and approves', async () => {
  const { page, goto } = approver;
  await goto(requestPath);
  for (const place of ['crm.db/main.customers', 'warehouse.duckdb/main.customers_dim', 'memory/notes'])
    await page.getByRole('cell', { name: place }).first().waitFor();
  await page.getByRole('button', { name: 'Approve the plan' }).click();
  const dialog = page.getByRole('dialog');
  const approve = dialog.getByRole('button', { name: 'Approve' });
  expect(await approve.isDisabled()).toBe(true);
  const phrase = (await dialog.locator('code.phrase').textContent()) ?? '';
  await dialog.getByRole('textbox').fill(phrase.slice(1));
  expect(await approve.isDisabled()).toBe(true);
  await dialog.getByRole('textbox').fill(phrase);
  await approve.click();
  await dialog.waitFor({ state: 'detached' });
});

test('focus stays in a dialog, and goes back to what opened it', async () => {
  const { page, goto } = await desk.signIn('dsr_agent', { person: 'somebody-else' });
  await goto(requestPath);
  const opener = page.getByRole('button', { name: 'Other steps' });
  await opener.click();
  await page.getByRole('menuitem').first().click();
  const dialog = page.getByRole('dialog');
  const focused = dialog.locator(':focus');
  await focused.waitFor();
  for (let i = 0; i < 8; i++) {
    await page.keyboard.press('Tab');
    await focused.waitFor();
  }
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
});

test('the officer watches it end without loading the page again', async () => {
  const { page } = officer;
  await page.getByText('Completed', { exact: true }).first().waitFor({ timeout: 90_000 });
  await page.getByRole('tab', { name: 'Work and evidence' }).click();
  const legend = page.locator('.work-legend li');
  await legend.first().waitFor();
  expect(await legend.allInnerTexts()).toEqual([expect.stringMatching(/^Proven \d+$/)]);
  const after = await rowsByPerson(desk.site.world.appData);
  expect(after.has(MARA.key)).toBe(false);
  for (const [person, rows] of before) if (person !== MARA.key) expect(after.get(person), person).toBe(rows);
});

test('the certificate she downloads is valid, and so says the page', async () => {
  const { page } = officer;
  await page.getByRole('tab', { name: 'Certificate' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Certificate (JSON)' }).click(),
  ]);
  const certificate = await readFile(await download.path());
  const { publicKey } = await desk.site.world.officer.get<{ publicKey: string }>('/v1/certificates/public-key');
  expect(isValid(verifyCertificate(certificate, createPublicKey(publicKey)))).toBe(true);
  expect(certificate.toString()).not.toContain(MARA.email);

  await page.getByRole('button', { name: 'Verify in this page' }).click();
  await page.locator('.verdict').waitFor();
  expect(await page.locator('[data-check][data-verdict="broken"]').allInnerTexts()).toEqual([]);
  expect(await page.locator('.verdict').getAttribute('data-verdict')).toBe('holds');
});

test('a certificate in which one number was changed on the way does not hold', async () => {
  const { page, goto } = await desk.signIn('auditor');
  await page.route('**/v1/requests/*/certificate', async (route) => {
    const answer = await route.fetch();
    const text = await answer.text();
    const changed = text.replace(/"residual":0/, '"residual":1');
    expect(changed).not.toBe(text);
    await route.fulfill({ response: answer, body: changed });
  });
  await goto(`${requestPath}?tab=certificate`);
  await page.getByRole('button', { name: 'Verify in this page' }).click();
  await page.locator('.verdict').waitFor();
  expect(await page.locator('.verdict').getAttribute('data-verdict')).toBe('broken');
});

test('she is found no more', async () => {
  const { page, goto } = officer;
  await goto('/people');
  await page.getByRole('textbox', { name: 'E-mail address' }).fill(MARA.email);
  await page.keyboard.press('Enter');
  await page.getByText('Nobody is known by this').waitFor();
});
