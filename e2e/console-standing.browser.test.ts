import { readFile } from 'node:fs/promises';
import { PEOPLE, type Person } from '@vestige/example-support-desk/people';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { show } from './src/console/office.ts';
import type { OpenConsole } from './src/console/open-console.ts';
import type { DeskSite } from './src/console/site.ts';
import { openTestDesk, SITE_MS_MAX } from './src/console/test-console.ts';
import type { Visitor } from './src/console/visitor.ts';

/** What stands over requests: who a person showed to be, legal holds by scope, restrictions in force, the brake. */

const [, tomas, aiko, samuel] = PEOPLE as readonly [Person, Person, Person, Person];
const day = (daysAhead: number) => new Date(Date.now() + daysAhead * 86_400_000).toISOString().slice(0, 10);

let desk: OpenConsole<DeskSite>;
let officer: Visitor;
let approver: Visitor;
beforeAll(async () => {
  desk = await openTestDesk();
  officer = await desk.signIn('dsr_agent');
  approver = await desk.signIn('approver');
}, SITE_MS_MAX);
afterEach(() => expect(desk.complaints()).toEqual([]));
afterAll(() => desk?.close());

async function file(type: string, { email }: Person): Promise<string> {
  const json = { type, receivedAt: new Date().toISOString(), identifiers: [{ type: 'email', value: email }] };
  return (await desk.site.world.officer.post<{ id: string }>('/v1/requests', json)).id;
}
const identify = (id: string) =>
  desk.site.world.officer.post(`/v1/requests/${id}/identity`, {
    result: 'verified',
    method: 'account_login',
    assurance: 'substantial',
  });

test('what a person showed is attached, saved to be looked at, and destroyed with the decision', async () => {
  const { page, goto } = officer;
  await goto(`/requests/${await file('access', samuel)}`);
  await page.getByText('Nothing was attached.').waitFor();
  await page.getByRole('button', { name: 'Attach a proof' }).click();
  const form = page.getByRole('dialog');
  // Only what the tenant's rules take: no copy of a document without a decision that it is needed.
  expect(await form.getByLabel('What it is').locator('option').allTextContents()).toEqual([
    'What only they know',
    'Signed in to their account',
  ]);
  const attach = form.getByRole('button', { name: 'Attach' });
  expect(await attach.isDisabled()).toBe(true);
  await form.getByLabel('What they said or did').fill('knew the number of the last invoice');
  await attach.click();
  await form.waitFor({ state: 'detached' });
  const row = page.getByRole('row', { name: /What only they know.*Substantial/ });
  await row.getByText('text/plain').waitFor();
  const saving = page.waitForEvent('download');
  await row.getByRole('button', { name: 'Save What only they know, to look at it' }).click();
  const saved = await saving;
  expect(saved.suggestedFilename()).toMatch(/^proof-[0-9a-f]{8}\.txt$/);
  expect(await readFile(await saved.path(), 'utf8')).toBe('knew the number of the last invoice');

  await page.getByRole('button', { name: 'Record identity' }).click();
  const decide = page.getByRole('dialog');
  await decide.getByLabel('Low').check();
  await decide.getByText('Your rules ask for substantial assurance').waitFor();
  await decide.getByLabel('Substantial').check();
  await decide.getByRole('button', { name: 'Record identity' }).click();
  await row.waitFor({ state: 'detached' });
  await page.getByRole('heading', { name: 'What the person showed' }).waitFor({ state: 'detached' });
});

test('a file that no browser shows safely is not sent, and what was attached by mistake is destroyed', async () => {
  const id = await file('access', samuel);
  await show(desk.site.world, id, 'far more than was asked for');
  const { page, goto } = officer;
  await goto(`/requests/${id}`);
  await page.getByRole('button', { name: 'Attach a proof' }).click();
  const form = page.getByRole('dialog');
  await form.getByRole('radio', { name: 'A file' }).check();
  await form.locator('input[type="file"]').setInputFiles({
    name: 'passport.html',
    mimeType: 'text/html',
    buffer: Buffer.from('<script></script>'),
  });
  await form.getByText('This is no PDF, picture, text or video').waitFor();
  expect(await form.getByRole('button', { name: 'Attach' }).isDisabled()).toBe(true);
  await page.keyboard.press('Escape');
  await form.waitFor({ state: 'detached' });

  await page.getByRole('button', { name: 'Destroy What only they know' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Destroy it' }).click();
  await page.getByText('Nothing was attached.').waitFor();
});

test('a hold on places is placed by one and lifted by another person', async () => {
  const { page, goto } = approver;
  await goto('/requests/standing');
  await page.getByText('Nothing is on hold').waitFor();
  await page.getByRole('button', { name: 'Place a hold' }).click();
  const form = page.getByRole('dialog');
  const place = form.getByRole('button', { name: 'Place the hold' });
  await form.getByLabel('Matter').fill('Case 12 O 34/26');
  await form.getByLabel('Review on').fill(day(60));
  // Without a place it would hold everything, which is another choice.
  expect(await place.isDisabled()).toBe(true);
  await form
    .getByRole('textbox', { name: 'Places' })
    .fill('store:s3://archive.example/*\nstore:s3://books.example/journal');
  await place.click();
  const row = page.getByRole('row', { name: /Case 12 O 34\/26/ });
  await row.getByText('Everybody, in 2 places').waitFor();
  await row.getByText('another person lifts it').waitFor();
  expect(await row.getByRole('button').count()).toBe(0);

  // Another key of the same person is offered the button, and the API knows better.
  const samePerson = await desk.signIn('approver');
  await samePerson.goto('/requests/standing');
  await samePerson.page.getByRole('button', { name: 'Lift the hold for Case 12 O 34/26' }).click();
  samePerson.expects(403);
  await samePerson.page.getByRole('dialog').getByRole('button', { name: 'Lift the hold' }).click();
  await samePerson.page.getByText('may not lift it').waitFor();

  const other = await desk.signIn('approver', { person: 'third-person' });
  await other.goto('/requests/standing');
  await other.page.getByRole('button', { name: 'Lift the hold for Case 12 O 34/26' }).click();
  await other.page.getByRole('dialog').getByRole('button', { name: 'Lift the hold' }).click();
  await other.page.getByText('Nothing is on hold').waitFor();
  await other.page.getByLabel('Show lifted ones too').check();
  await other.page.getByRole('row', { name: /Case 12 O 34\/26.*Lifted/ }).waitFor();
});

test('a hold on one person names nobody afterwards, and one on nobody is refused', async () => {
  const { page, goto, expects } = approver;
  await goto('/requests/standing');
  await page.getByRole('button', { name: 'Place a hold' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Matter').fill('Case 7 C 8/26');
  await form.getByLabel('Review on').fill(day(60));
  await form.getByLabel(/^One person/).check();
  await form.getByLabel('Identifier', { exact: true }).fill('nobody.at.all@example.com');
  expects(404);
  await form.getByRole('button', { name: 'Place the hold' }).click();
  await form.getByText('nobody is known by these identifiers').waitFor();
  await form.getByLabel('Identifier', { exact: true }).fill(tomas.email);
  await form.getByRole('button', { name: 'Place the hold' }).click();
  await page.getByRole('row', { name: /Case 7 C 8\/26.*One person, everywhere/ }).waitFor();
  expect(await page.content()).not.toContain(tomas.email);
  expect(page.url()).not.toContain('example.com');
});

test('a restriction ends on its request, after the person was told, and the list says how', async () => {
  const id = await file('restriction', aiko);
  await identify(id);
  await desk.site.world.officer.post(`/v1/requests/${id}/plan`);
  const { page, goto } = approver;
  await goto('/requests/standing');
  await page.getByRole('row', { name: new RegExp(`${id.slice(0, 8)}.*every use`) }).waitFor();
  await page.getByRole('link', { name: id.slice(0, 8) }).click();
  await page.getByText('In force since').waitFor();
  await page.getByRole('button', { name: 'Lift this restriction' }).click();
  const form = page.getByRole('dialog');
  expect(await form.getByLabel('The person was told on').getAttribute('min')).toMatch(/^\d{4}-\d\d-\d\d$/);
  await form.getByLabel('The person was told on').fill(day(0));
  await form.getByLabel('How').fill('letter');
  await form.getByLabel('Why it ends').fill('accuracy was verified');
  await form.getByRole('button', { name: 'Lift it' }).click();
  await page.getByText('Because: accuracy was verified').waitFor();
  await goto('/requests/standing?past=true');
  await page.getByRole('row', { name: new RegExp(`${id.slice(0, 8)}.*Lifted; told on .* by letter`) }).waitFor();
});

test('the brake says who pulled it and why, here and over the list, and only who approves may pull it', async () => {
  await officer.goto('/requests/standing');
  await officer.page.getByRole('heading', { name: 'The work on requests runs' }).waitFor();
  expect(await officer.page.getByRole('button', { name: 'Pause all work' }).count()).toBe(0);
  const { page, goto } = approver;
  await goto('/requests/standing');
  await page.getByRole('button', { name: 'Pause all work' }).click();
  await page.getByRole('dialog').getByLabel('Reason').fill('restore in progress');
  await page.getByRole('dialog').getByRole('button', { name: 'Pause all work' }).click();
  await page.getByRole('heading', { name: 'The work on all requests is paused' }).waitFor();
  await page.getByText('Reason: restore in progress').waitFor();
  await officer.goto('/requests');
  await officer.page.locator('.note').getByText('Work on all requests is stopped: restore in progress.').waitFor();
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('heading', { name: 'The work on requests runs' }).waitFor();
});
