import type { Role } from '@vestige/core/access/roles';
import type { Browser, BrowserContext, ConsoleMessage, Page } from 'playwright-core';

/** A laptop; the console has to be usable on nothing larger. */
export const LAPTOP = { width: 1280, height: 800 } as const;

/** Not how long anything may take, but when to give up: other suites may run beside this one. */
const WAIT_MS_MAX = 60_000;

/** One person at a browser of their own: cookies and storage are shared with nobody. */
export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Their key, for what a test asks the API past the console. */
  readonly key: string;
  /** Opens an address of the console and waits for its heading. */
  goto(path: string): Promise<void>;
  /** Refusals of the API that the test means to provoke; any other is a complaint. */
  expects(...statuses: readonly number[]): void;
  /** Everything that went wrong in the page so far, each once. Empty is what a suite asserts. */
  complaints(): string[];
}

export interface VisitorOptions {
  readonly theme?: 'light' | 'dark';
  /** Why people are looked at; null leaves the console to ask. */
  readonly purpose?: string | null;
  readonly viewport?: { readonly width: number; readonly height: number };
}

/** @param who the role `nobody` is not signed in */
export async function visit(
  browser: Browser,
  origin: string,
  who: { readonly role: Role | 'nobody'; readonly key: string },
  { theme = 'light', purpose = 'browser test', viewport = LAPTOP }: VisitorOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    baseURL: origin,
    viewport,
    colorScheme: theme,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'Europe/Paris',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  if (who.role !== 'nobody') await signInByCookie(context, who.key);
  if (purpose !== null) await context.addInitScript((text) => sessionStorage.setItem('vestige.purpose', text), purpose);
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS_MAX);
  const complaints = new Set<string>();
  const expected = new Set<number>();
  const complain = (what: string) => complaints.add(`${who.role} at ${new URL(page.url(), origin).pathname}: ${what}`);
  context.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (protocol !== 'data:' && protocol !== 'blob:' && asked !== origin) complain(`asks ${asked}`);
  });
  context.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    if (!isMeant(message, expected)) complain(`${message.type()}: ${message.text()}`);
  });
  context.on('weberror', (error) => complain(`throws ${error.error().message}`));
  return {
    page,
    context,
    key: who.key,
    async goto(path) {
      await page.goto(path);
      await page.locator('h1').first().waitFor();
    },
    expects: (...statuses) => {
      for (const status of statuses) expected.add(status);
    },
    complaints: () => [...complaints],
  };
}

/** The browser writes a line for each refused call; the console asks who is signed in, and "nobody" is a 401. */
function isMeant(message: ConsoleMessage, expected: ReadonlySet<number>): boolean {
  const status = Number(/the server responded with a status of (\d+)/.exec(message.text())?.[1]);
  if (Number.isNaN(status)) return false;
  return expected.has(status) || (status === 401 && message.location().url.endsWith('/v1/api-keys/self'));
}

async function signInByCookie(context: BrowserContext, key: string): Promise<void> {
  const answer = await context.request.post('/session', { headers: { 'x-vestige-console': '1' }, data: { key } });
  if (answer.status() !== 204) throw new Error(`signing in was answered ${answer.status()}`);
}
