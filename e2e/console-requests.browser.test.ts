import { PEOPLE, type Person } from '@vestige/example-support-desk/people';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { OpenConsole } from './src/console/open-console.ts';
import type { DeskSite } from './src/console/site.ts';
import { openTestDesk, SITE_MS_MAX } from './src/console/test-console.ts';
import type { Visitor } from './src/console/visitor.ts';

/** What may go wrong on the way of a request, and what an officer is told then. The straight way is the journey's. */

const DAY_MS = 86_400_000;
const OFFICER = 'staff-4711';
const [, tomas, aiko, samuel, ines] = PEOPLE as readonly [Person, Person, Person, Person, Person];

let desk: OpenConsole<DeskSite>;
let officer: Visitor;
let approver: Visitor;
let erasure: string;
beforeAll(async () => {
  desk = await openTestDesk();
  officer = await desk.signIn('dsr_agent', { person: OFFICER });
  approver = await desk.signIn('approver');
  erasure = await file('erasure', aiko, 10);
  await file('access', samuel, 40);
  await file('objection', ines, 1);
}, SITE_MS_MAX);
afterEach(() => expect(desk.complaints()).toEqual([]));
afterAll(() => desk?.close());

async function file(type: string, { email }: Person, daysAgo: number): Promise<string> {
  const receivedAt = new Date(Date.now() - daysAgo * DAY_MS).toISOString();
  const json = { type, receivedAt, identifiers: [{ type: 'email', value: email }] };
  return (await desk.site.world.officer.post<{ id: string }>('/v1/requests', json)).id;
}
const step = async ({ page }: Visitor, name: string) => {
  await page.getByRole('button', { name: 'Other steps' }).click();
  await page.getByRole('menuitem', { name }).click();
  return page.getByRole('dialog');
};

test('filters and order are in the address, so that a colleague sees the same rows', async () => {
  const { page, goto } = officer;
  await goto('/requests');
  const rows = () => page.locator('tbody tr').allInnerTexts();
  await expect.poll(async () => (await rows()).length).toBe(3);
  expect((await rows())[0]).toMatch(/^Access/);
  await page.getByRole('link', { name: 'Overdue', exact: true }).click();
  await expect.poll(rows).toEqual([expect.stringMatching(/days? overdue/)]);
  await page.getByRole('link', { name: 'Open', exact: true }).click();
  await page.getByLabel('Right').selectOption('erasure');
  await expect.poll(rows).toEqual([expect.stringMatching(/^Erasure/)]);

  const colleague = await desk.signIn('auditor');
  await colleague.goto('/requests?order=filed_last');
  await colleague.page
    .locator('tbody tr')
    .first()
    .getByText(/^Objection/)
    .waitFor();
  expect(await colleague.page.getByRole('columnheader', { name: /^Filed/ }).getAttribute('aria-sort')).toBe(
    'descending',
  );
  expect(await colleague.page.getByRole('link', { name: 'New request' }).count()).toBe(0);
});

test('a slip of the keyboard does not erase somebody else than the person one came from', async () => {
  const { page, goto } = officer;
  await goto(`/requests/new?subject=${desk.site.maraId}`);
  await page.getByRole('button', { name: 'File request' }).click();
  await page.getByText('Give at least one identifier.').waitFor();
  const identifier = page.getByLabel('Identifier', { exact: true });
  await identifier.fill(tomas.email);
  await page.getByRole('button', { name: 'Check who this is' }).click();
  await page.getByText('This leads to somebody else').waitFor();
  await identifier.fill('nobody.at.all@example.com');
  expect(await page.getByText('This leads to somebody else').count()).toBe(0);
  await page.getByRole('button', { name: 'Check who this is' }).click();
  await page.getByText('Nobody is known by this yet.').waitFor();
  expect(page.url()).not.toContain('example.com');
});

test('a refusal needs a reason, the authority and the way to court before it can be sent', async () => {
  const { page, goto } = approver;
  await goto(`/requests/${erasure}`);
  const dialog = await step(approver, 'Refuse');
  const send = dialog.getByRole('button', { name: 'Refuse the request' });
  await dialog.getByRole('combobox').selectOption({ label: 'Manifestly unfounded (12(5))' });
  await dialog.getByLabel(/^Supervisory authority/).fill('CNIL, Paris');
  await dialog.getByLabel('The person was told that they can go to court').check();
  // The burden of showing it is on the controller.
  expect(await send.isDisabled()).toBe(true);
  await dialog.getByLabel(/^What shows it/).fill('the same request every day since May');
  expect(await send.isDisabled()).toBe(false);
  await dialog.getByLabel('The person was told that they can go to court').uncheck();
  expect(await send.isDisabled()).toBe(true);
  await page.keyboard.press('Escape');
});

test('what moves the deadline is told at the clock, and can be done once', async () => {
  const { page, goto } = officer;
  await goto(`/requests/${erasure}`);
  await (await step(officer, 'Pause the clock')).getByRole('button', { name: 'Pause' }).click();
  await page.getByText('Waiting for clarification since').waitFor();
  await page.getByRole('button', { name: 'Resume: the person answered' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('Waited for clarification from').waitFor();

  const extend = await step(officer, 'Extend the deadline');
  expect(await extend.getByRole('button', { name: 'Extend' }).isDisabled()).toBe(true);
  await extend.getByLabel(/^The person was told today/).check();
  await extend.getByRole('button', { name: 'Extend' }).click();
  await page.getByText(/^Extended: the person was told on/).waitFor();
  await page.getByRole('button', { name: 'Other steps' }).click();
  const menu = page.getByRole('menu');
  await menu.getByRole('menuitem', { name: 'Pause the clock' }).waitFor();
  expect(await menu.getByRole('menuitem', { name: 'Extend the deadline' }).count()).toBe(0);
  await page.keyboard.press('Escape');
  await menu.waitFor({ state: 'detached' });
  await page.getByText('Not possible now').click();
  await page.getByText(/^Extend the deadline: the first period is over, or it was extended before/).waitFor();
});

test('a legal hold is said over everything, and whoever placed it cannot lift it', async () => {
  const { page, goto } = approver;
  await goto(`/requests/${erasure}`);
  const dialog = await step(approver, 'Place a legal hold');
  await dialog.getByLabel(/^Matter/).fill('Case 12 O 34/26');
  await dialog.getByLabel(/^Review on/).fill('2031-01-01');
  await dialog.getByRole('button', { name: 'Place the hold' }).click();
  await page.getByText('Legal hold: Case 12 O 34/26').first().waitFor();
  expect(await page.getByRole('button', { name: 'Lift the legal hold' }).count()).toBe(0);
  await page.getByText('Not possible now').click();
  await page.getByText(/^Lift the legal hold: a second person has to do this/).waitFor();

  const other = await desk.signIn('approver', { person: 'third-person' });
  await other.goto(`/requests/${erasure}`);
  await other.page.getByRole('button', { name: 'Lift the legal hold' }).click();
  await other.page.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click();
  await expect.poll(() => other.page.getByText('Legal hold: Case 12 O 34/26').count()).toBe(0);
});

test('what stays and what was counted become part of the plan, and who said so does not approve it', async () => {
  const { page, goto } = officer;
  await goto(`/requests/${erasure}`);
  await page.getByRole('button', { name: 'Record identity' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Record identity' }).click();
  await page.getByRole('cell', { name: 'crm.db/main.customers' }).first().waitFor();

  await page.getByRole('button', { name: 'Count first' }).click();
  await page.getByText(/^Counted \d+ records?\.$/).waitFor({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Plan again with these counts' }).click();
  await page.getByRole('columnheader', { name: 'Counted' }).waitFor();

  await page.getByRole('button', { name: 'Keep something' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/^Place/).selectOption({ label: 'billing.db/main.invoices' });
  await dialog.getByLabel(/^Basis/).fill('tax law, ten years');
  await dialog.getByLabel('Review on').fill('2036-12-31');
  await dialog.getByRole('button', { name: 'Put into the plan' }).click();
  await page.getByText('tax law, ten years').waitFor();
  await page.getByText('everything there').waitFor();

  const owner = await desk.signIn('owner', { person: OFFICER });
  await owner.goto(`/requests/${erasure}`);
  await owner.page.getByText('somebody else has to approve it').waitFor();
  expect(await owner.page.getByRole('button', { name: 'Approve the plan' }).count()).toBe(0);

  await approver.goto(`/requests/${erasure}`);
  await approver.page.getByRole('button', { name: 'Approve the plan' }).click();
  await approver.page
    .getByRole('dialog')
    .getByText(/^A dry run counted \d+ records?\.$/)
    .waitFor();
});

test('a request that somebody else has moved on is read again instead of failing in silence', async () => {
  const { page, goto, expects } = officer;
  const id = await file('restriction', tomas, 0);
  await goto(`/requests/${id}`);
  await page.getByRole('button', { name: 'Record identity' }).click();
  await desk.site.world.officer.post(`/v1/requests/${id}/withdraw`);
  expects(409);
  await page.getByRole('dialog').getByRole('button', { name: 'Record identity' }).click();
  await page.getByText('The event is not possible in the present state.').waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('The person took it back.').waitFor();
});
