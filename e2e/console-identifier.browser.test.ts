import { MARA } from '@vestige/example-support-desk/people';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { OpenConsole } from './src/console/open-console.ts';
import type { DeskSite } from './src/console/site.ts';
import { openTestDesk, SITE_MS_MAX } from './src/console/test-console.ts';
import type { Visitor } from './src/console/visitor.ts';
import { auditKept, clickHouseKept, filesKept, type Kept, postgresKept } from './src/no-leak/everything-kept.ts';
import { leaksIn } from './src/no-leak/seeded-person.ts';

/**
 * What an officer types to find somebody goes into the body of one call and nowhere else: no address, history or storage
 * of the browser, and nothing that Vestige keeps or logs. Searched for in every spelling that the suite on leaks knows.
 */

/** Nobody has ever sent anything about her. */
const STRANGER = 'wanda.nirgends@example.com';

let desk: OpenConsole<DeskSite>;
let officer: Visitor;
/** Addresses and headers of everything the page asked for, and what the calls carried. */
const asked: Kept[] = [];
const bodies: string[] = [];
let inBrowser: Kept[];
let inVestige: Kept[];

beforeAll(async () => {
  desk = await openTestDesk();
  officer = await desk.signIn('dsr_agent', { purpose: null });
  const { page, goto, context } = officer;
  context.on('request', (request) => {
    bodies.push(request.postData() ?? '');
    asked.push({ where: 'a request', text: `${request.url()} ${JSON.stringify(request.headers())}` });
  });
  page.on('framenavigated', (frame) => asked.push({ where: 'an address', text: frame.url() }));

  await goto('/people');
  await page.getByLabel('Reason').fill('ticket 4711');
  await page.getByRole('button', { name: 'Continue' }).click();
  await find('email', STRANGER);
  await page.getByText('Nobody is known by this').waitFor();
  await find('phone', MARA.phone);
  await arrive();
  await goto('/people');
  await find('email', MARA.email);
  await arrive();
  await page.goBack();
  await page.getByRole('heading', { name: 'Find a person', level: 1 }).waitFor();

  inBrowser = [
    {
      where: 'cookies, local storage, IndexedDB',
      text: JSON.stringify(await context.storageState({ indexedDB: true })),
    },
    { where: 'session storage', text: await page.evaluate<string>('JSON.stringify({ ...sessionStorage })') },
    { where: 'caches', text: await page.evaluate<string>('caches.keys().then((names) => names.join())') },
    { where: 'state of the history', text: await page.evaluate<string>('JSON.stringify(history.state)') },
    { where: 'title', text: await page.title() },
    { where: 'page', text: await page.content() },
    {
      where: 'fields',
      text: await page.evaluate<string>("[...document.querySelectorAll('input')].map(({ value }) => value).join()"),
    },
  ];
  await context.close();
  const { world, logs, stack } = desk.site;
  inVestige = [...(await clickHouseKept(world)), await auditKept(world)];
  await world.stop({ keepFolder: true });
  inVestige.push(
    ...(await postgresKept(stack.dataDir)),
    ...(await filesKept(logs)),
    ...(await filesKept(stack.dataDir)),
  );
}, SITE_MS_MAX);
afterEach(() => expect(desk.complaints()).toEqual([]));
afterAll(() => desk?.close());

async function find(kind: 'email' | 'phone', value: string): Promise<void> {
  const { page } = officer;
  await page.getByLabel('Known by').selectOption(kind);
  await page.getByRole('textbox', { name: kind === 'email' ? 'E-mail address' : 'Phone number' }).fill(value);
  await page.getByRole('button', { name: 'Find', exact: true }).click();
}

const arrive = () => officer.page.waitForURL(`**/people/${desk.site.maraId}*`);
const hers = (text: string) => [...leaksIn(text), ...(/wanda[.\s]nirgends/i.test(text) ? ['the stranger'] : [])];
const holding = (kept: readonly Kept[]) => kept.filter(({ text }) => hers(text).length > 0).map(({ where }) => where);

describe('what was typed', () => {
  test('was sent, so that there was something to find', () => {
    for (const value of [STRANGER, MARA.phone, MARA.email])
      expect(
        bodies.filter((body) => body.includes(value)),
        value,
      ).toHaveLength(1);
  });

  test('is in no address and no header', () => {
    expect(asked.length).toBeGreaterThan(10);
    expect(holding(asked)).toEqual([]);
  });

  test('is in no storage, history, title or field of the browser, which knows only the reason', () => {
    expect(holding(inBrowser)).toEqual([]);
    expect(inBrowser.find(({ where }) => where === 'session storage')?.text).toContain('ticket 4711');
  });

  test('is in no log, span, table, file or audit entry of Vestige, which knows of the look', () => {
    expect(holding(inVestige)).toEqual([]);
    const found = (what: string) => inVestige.some(({ text }) => text.includes(what));
    for (const trace of ['ticket 4711', desk.site.maraId, '"route":"/v1/subjects/resolve"'])
      expect(found(trace)).toBe(true);
  });
});
