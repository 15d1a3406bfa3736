import { approveRequest, untilDone } from '@vestige/example-support-desk/demo/journey';
import { PEOPLE } from '@vestige/example-support-desk/people';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AGENT_WORK, sendAgentWork } from './src/console/agent-work.ts';
import { CONTRADICTION, sendContradiction } from './src/console/contradiction.ts';
import type { OpenConsole } from './src/console/open-console.ts';
import type { DeskSite } from './src/console/site.ts';
import { openTestDesk, SITE_MS_MAX } from './src/console/test-console.ts';

/** The screens about the installation: what an officer, a second person, an administrator and an auditor do there. */

let desk: OpenConsole<DeskSite>;
let erasedRequestId: string;
beforeAll(async () => {
  desk = await openTestDesk();
  const { world } = desk.site;
  await sendAgentWork(desk.site);
  await sendContradiction(desk.site);
  const somebody = PEOPLE[5];
  if (somebody === undefined) throw new Error('the desk has fewer people than it had');
  ({ id: erasedRequestId } = await approveRequest(world, 'erasure', somebody));
  await untilDone(world, erasedRequestId, () => {});
}, SITE_MS_MAX);
afterEach(() => expect(desk.complaints()).toEqual([]));
afterAll(() => desk?.close());

const heading = (name: string) => ({ level: 1, name }) as const;

describe('the data map', () => {
  test('shows a place with its people and its neighbours, and the address opens it again', async () => {
    const { page, goto } = await desk.signIn('dsr_agent');
    await goto('/map');
    await page.getByTitle(AGENT_WORK.writer, { exact: true }).click();
    const details = page.getByRole('dialog');
    await details.getByText(AGENT_WORK.writer).waitFor();
    expect(await details.getByRole('definition').nth(3).textContent()).toBe('3');
    const address = page.url();
    await goto(address);
    await page.getByRole('dialog').getByText('Receives from (1)').waitFor();
  });

  test('filters in the address, and says the same as a table', async () => {
    const { page, goto } = await desk.signIn('viewer');
    await goto('/map?view=full&show=flows');
    await page.getByLabel('Kind').selectOption({ label: 'Recipient' });
    await page.waitForURL(/kind=recipient/);
    const kinds = await page
      .locator('tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) => [...row.querySelectorAll('button')].some(({ innerHTML }) => innerHTML.includes('Recipient'))),
      );
    expect(kinds.length).toBeGreaterThan(0);
    expect(kinds).not.toContain(false);
  });
});

test('the matrix of agents is walked with the keyboard and says what is behind a cell', async () => {
  const { page, goto } = await desk.signIn('dsr_agent');
  await goto('/agents');
  const cell = page.getByRole('button', { name: 'planner gives to orders/writer: 3 people' });
  await cell.waitFor();
  const grid = page.getByRole('grid');
  await grid.locator('[tabindex="0"]').focus();
  for (const key of ['ArrowRight', 'ArrowDown', 'Home', 'ArrowUp', 'End']) await page.keyboard.press(key);
  expect(await page.evaluate('document.activeElement.dataset.at')).toMatch(/^0\/[1-9]/);
  await cell.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByText('Call', { exact: true }).waitFor();
  expect(page.url()).toContain('from=');
  await page.keyboard.press('Escape');
  await page.getByRole('tab', { name: /^Table/ }).click();
  await page.getByRole('row', { name: /orders\/planner .*orders\/writer/ }).waitFor();
});

test('whoever may not look at people one by one is told of few that they are fewer than five', async () => {
  const { page, goto } = await desk.signIn('viewer');
  await goto('/agents?show=table');
  const cells = page.getByRole('row', { name: /orders\/planner .*orders\/writer/ }).getByRole('cell');
  await cells.first().waitFor();
  expect((await cells.allTextContents()).slice(3, 5)).toEqual(['< 5', '< 5']);
});

test('coverage counts what nobody said the person of, and hands out the lines that close it', async () => {
  const { page, goto } = await desk.signIn('viewer');
  await goto('/coverage');
  await page.getByText(/The other one is of somebody nobody knows/).waitFor();
  const hole = page.getByRole('row', { name: /INSERT ratings/ });
  await hole.getByRole('button', { name: 'Name the person' }).click();
  const details = page.getByRole('dialog');
  await details.getByRole('button', { name: 'Copy' }).first().click();
  expect(await page.evaluate('navigator.clipboard.readText()')).toContain('withSubject({ identifiers, purpose }');
});

test('who was affected is a number at once, and a list of people once a second person has opened it', async () => {
  const officer = await desk.signIn('dsr_agent', { purpose: 'incident 2026-3' });
  await officer.goto('/exposure');
  await officer.page.getByLabel('Place', { exact: true }).fill(AGENT_WORK.store);
  await officer.page.getByRole('button', { name: 'Find out' }).click();
  await officer.page.getByText('3 people were affected').waitFor();
  await officer.page.getByText('exact', { exact: true }).waitFor();
  await officer.page.getByRole('link', { name: 'To the list of people' }).click();
  await officer.page.getByText('You asked, so another person has to open it').waitFor();
  expect(await officer.page.getByRole('button', { name: 'Open the list' }).count()).toBe(0);

  const second = await desk.signIn('approver');
  await second.goto(officer.page.url());
  await second.page.getByText('incident 2026-3').first().waitFor();
  await second.page.getByRole('button', { name: 'Open the list' }).click();
  await second.page.getByText('Affected people').waitFor();
  await second.page.locator('tbody tr').nth(2).waitFor();
  expect(await second.page.locator('tbody tr').count()).toBe(3);

  await officer.goto('/exposure');
  await officer.page
    .getByRole('row', { name: /orders\.public\.orders/ })
    .getByText('open')
    .waitFor();
});

test('a place that cannot be answered exactly is given as a lower bound that says why', async () => {
  const { page, goto } = await desk.signIn('dsr_agent');
  await goto(`/exposure?node=${encodeURIComponent(AGENT_WORK.unsaid)}`);
  await page.getByRole('button', { name: 'Find out' }).click();
  await page.getByText('lower bound').waitFor();
  await page.getByText('without saying whose data it was').waitFor();
});

describe('the registry', () => {
  test('puts first what was seen and never declared, and takes it in with what lineage knows', async () => {
    const { page, goto } = await desk.signIn('owner');
    await goto('/registry');
    const row = page.getByRole('row', { name: /orders\.public\.orders/ });
    await row.getByRole('button', { name: 'Register' }).click();
    const form = page.getByRole('dialog');
    expect(await form.getByLabel('Node id').inputValue()).toBe(AGENT_WORK.store);
    await form.getByLabel('Name for people').fill('Orders');
    await form.getByLabel('Kept for (days)', { exact: true }).fill('90');
    await form.getByRole('button', { name: 'Register' }).click();
    await row.waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: /^Stores/ }).click();
    await page.getByRole('row', { name: /Orders.*90 days/ }).waitFor();
  });

  test('takes a store out only for who has typed its name', async () => {
    const { page, goto } = await desk.signIn('admin');
    await goto('/registry?tab=stores');
    await page.getByRole('button', { name: 'Remove Orders' }).click();
    const confirm = page.getByRole('dialog');
    expect(await confirm.getByRole('button', { name: 'Take it out' }).isDisabled()).toBe(true);
    await confirm.getByRole('textbox').fill('Orders');
    await confirm.getByRole('button', { name: 'Take it out' }).click();
    await page.getByRole('button', { name: 'Remove Orders' }).waitFor({ state: 'detached' });
  });

  test('says in the API’s own words what it refuses, and shows a reader no button', async () => {
    const admin = await desk.signIn('admin');
    await admin.goto('/registry?tab=parties');
    admin.expects(409);
    await admin.page.getByRole('button', { name: /^Remove BrightMind/ }).click();
    const phrase = await admin.page.locator('.phrase').textContent();
    await admin.page
      .getByRole('dialog')
      .getByRole('textbox')
      .fill(phrase ?? '');
    await admin.page.getByRole('button', { name: 'Take it out' }).click();
    await admin.page.getByRole('alert').waitFor();
    const viewer = await desk.signIn('viewer');
    await viewer.goto('/registry?tab=parties');
    await viewer.page.getByRole('row', { name: /BrightMind/ }).waitFor();
    expect(await viewer.page.getByRole('button', { name: /^Remove/ }).count()).toBe(0);
  });
});

describe('what machines told of names', () => {
  test('a contradiction is settled with a reason, and leaves the list and the first page', async () => {
    const { page, goto } = await desk.signIn('admin');
    await goto('/registry?tab=findings');
    const row = page.getByRole('row', { name: /Two names were said to be one place/ });
    await row.getByText('store:s3://lake-b.example/people').waitFor();
    await row.getByRole('button', { name: /^Settle/ }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Why it needs nobody any more').fill('the second lake was a trial and is gone');
    await form.getByRole('button', { name: 'Settle' }).click();
    await row.waitFor({ state: 'detached' });
    await page.getByText('Nothing needs your attention.').waitFor();
    await page.getByLabel('Show settled ones too').check();
    await row.getByText('Settled: the second lake was a trial and is gone').waitFor();
    expect(await row.getByRole('button', { name: /^Settle/ }).count()).toBe(0);
    await goto('/');
    await page.getByRole('region', { name: 'Findings' }).getByText('Nothing needs your attention.').waitFor();
  });

  test('a name is taken back, and a reader of the registry has no button for it', async () => {
    const viewer = await desk.signIn('viewer');
    await viewer.goto('/registry?tab=names');
    await viewer.page.getByTitle(CONTRADICTION.alias).waitFor();
    expect(await viewer.page.getByRole('button', { name: /is a node of its own$/ }).count()).toBe(0);

    const { page, goto } = await desk.signIn('admin');
    await goto('/registry?tab=names');
    await page.getByRole('button', { name: `Say that ${CONTRADICTION.alias} is a node of its own` }).click();
    await page.getByRole('button', { name: 'Tell them apart' }).click();
    await page.getByText('No two names have been said to be one.').waitFor();
  });
});

describe('the audit log', () => {
  test('says in words what was done, in every entry', async () => {
    const { page, goto } = await desk.signIn('auditor');
    await goto('/audit');
    const what = page.locator('tbody tr td button');
    await what.first().waitFor();
    for (;;) {
      const older = page.getByRole('button', { name: 'Older entries' });
      if ((await older.count()) === 0) break;
      const before = await what.count();
      await older.click();
      await expect.poll(async () => (await older.count()) === 0 || (await what.count()) > before).toBe(true);
    }
    const said = await what.allTextContents();
    expect(said.length).toBeGreaterThan(100);
    expect(said.filter((each) => /^[a-z_]+\.[a-z_]+$/.test(each.trim()))).toEqual([]);
  });

  test('shows what just happened first, and proves an entry in the page', async () => {
    const { page, goto } = await desk.signIn('auditor');
    await goto('/audit');
    await page.getByLabel('About').selectOption({ label: 'Exposure' });
    await page.getByRole('button', { name: 'Opened a list of affected people' }).first().click();
    await page.getByRole('button', { name: 'Verify that it is in the log' }).click();
    await page.getByText('It holds', { exact: true }).waitFor();
    expect(await page.locator('[data-check][data-verdict="holds"]').count()).toBe(3);
  });

  test('an answer that was changed on its way is found out', async () => {
    const { page, context, goto } = await desk.signIn('auditor');
    await context.route('**/v1/audit/entries*', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({
        response: answer,
        body: (await answer.text()).replaceAll('"actor":"key:', '"actor":"key:x'),
      });
    });
    await goto('/audit');
    await page.locator('tbody tr button').first().click();
    await page.getByRole('button', { name: 'Verify that it is in the log' }).click();
    await page.getByText('It does not hold', { exact: true }).waitFor();
    expect(await page.locator('[data-verdict="broken"][data-check]').getAttribute('data-check')).toBe('shown');
  });

  test('the log of now continues the one that this browser remembers, and a rewritten one does not', async () => {
    const { page, goto } = await desk.signIn('auditor');
    await goto('/audit?tab=log');
    await page.getByText('It remembers from now on').waitFor();
    await goto('/registry');
    await goto('/audit?tab=log');
    await page.locator('[data-check="kept"][data-verdict="holds"]').waitFor();
    const kept = await page.evaluate<string[]>(
      "Object.keys(localStorage).filter((key) => key.startsWith('vestige.checkpoint.')).map((key) => localStorage[key])",
    );
    expect(kept.map((text) => Object.keys(JSON.parse(text)).sort())).toEqual([['root', 'size']]);
    // As if this browser had seen another history: same size, another root.
    await page.evaluate(
      "for (const key of Object.keys(localStorage)) if (key.startsWith('vestige.checkpoint.')) localStorage[key] = JSON.stringify({ ...JSON.parse(localStorage[key]), root: btoa('x'.repeat(32)) })",
    );
    await goto('/audit?tab=log');
    await page.locator('[data-check="kept"][data-verdict="broken"]').waitFor();
    await page.getByText('It does not hold', { exact: true }).waitFor();
  });

  test('a certificate that somebody pastes is verified in the page, and one changed number is found', async () => {
    const { page, goto } = await desk.signIn('auditor');
    const certificate = await desk.site.world.officer.get<object>(`/v1/requests/${erasedRequestId}/certificate`);
    await goto('/audit?tab=certificate');
    await page.locator('textarea').first().fill(JSON.stringify(certificate));
    await page.getByRole('button', { name: 'Verify', exact: true }).click();
    await page.getByText('It holds', { exact: true }).waitFor();
    expect(await page.locator('[data-check][data-verdict="holds"]').count()).toBe(6);
    const changed = JSON.stringify(certificate).replace(/"residual":0/, '"residual":1');
    await page.locator('textarea').first().fill(changed);
    await page.getByRole('button', { name: 'Verify', exact: true }).click();
    await page.getByText('It does not hold', { exact: true }).waitFor();
  });

  test('a browser without Ed25519 says so and proves nothing', async () => {
    const { page, context, goto } = await desk.signIn('auditor');
    await context.addInitScript(
      "const real = crypto.subtle.importKey.bind(crypto.subtle); crypto.subtle.importKey = (format, key, algorithm, ...rest) => algorithm.name === 'Ed25519' ? Promise.reject(new DOMException('', 'NotSupportedError')) : real(format, key, algorithm, ...rest)",
    );
    await goto('/audit?tab=log');
    await page.getByText('This browser cannot check it').waitFor();
    await page.getByText('Not fully proven', { exact: true }).waitFor();
  });
});

describe('keys and roles', () => {
  test('a key is made for a role, shown once, opens, and opens nothing once it was revoked', async () => {
    const owner = await desk.signIn('owner');
    const { page } = owner;
    await owner.goto('/keys');
    await page.getByRole('button', { name: 'Make a key' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Role').selectOption({ label: 'Viewer' });
    await form.getByLabel('Name', { exact: true }).fill('visiting counsel');
    await form.getByLabel('Held by').fill('counsel-1');
    await form.getByRole('button', { name: 'Make it' }).click();
    await page.getByRole('button', { name: 'Copy the secret' }).click();
    const secret = await page.evaluate<string>('navigator.clipboard.readText()');
    const self = () => fetch(`${desk.origin}/v1/api-keys/self`, { headers: { authorization: `Bearer ${secret}` } });
    expect(await (await self()).json()).toMatchObject({ role: 'viewer', person: 'counsel-1' });
    await page.getByRole('button', { name: 'I have kept it' }).click();
    expect(await page.content()).not.toContain(secret);

    await page.getByRole('button', { name: 'Revoke visiting counsel' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('visiting counsel');
    await page.getByRole('button', { name: 'Revoke it' }).click();
    await page.getByRole('button', { name: 'Revoke visiting counsel' }).waitFor({ state: 'detached' });
    expect((await self()).status).toBe(401);
  });

  test('an administrator is offered only the roles that their key holds', async () => {
    const { page, goto } = await desk.signIn('admin');
    await goto('/keys');
    await page.getByRole('button', { name: 'Make a key' }).click();
    const offered = await page.getByRole('dialog').getByLabel('Role').locator('option').allTextContents();
    expect(offered).toEqual(['Admin', 'Ingest']);
  });

  test('four eyes are turned off only by who typed it', async () => {
    const { page, goto } = await desk.signIn('owner');
    await goto('/keys?tab=rules');
    await page.getByLabel('One person may both file and approve').check();
    await page.getByRole('button', { name: 'Save' }).click();
    expect(await page.getByRole('button', { name: 'Turn them off' }).isDisabled()).toBe(true);
    await page.keyboard.press('Escape');
  });

  test('what each role may do is there for everybody who is signed in', async () => {
    const { page, goto } = await desk.signIn('viewer');
    await goto('/keys');
    await page.getByRole('heading', heading('Keys and roles')).waitFor();
    await page.getByRole('heading', { name: /^Viewer/ }).waitFor();
    expect(await page.getByRole('tab', { name: 'Keys', exact: true }).count()).toBe(0);
  });
});
