import { inject } from 'vitest';
import { type OpenConsole, openConsole } from './open-console.ts';
import { type DeskSite, type Site, startDeskSite, startEmptySite } from './site.ts';

/**
 * How a screen is tested: on the real stack, in a real browser, by what a person sees and does. A file has one site
 * and leaves nothing behind; what went wrong in any page fails the test that caused it.
 *
 * ```ts
 * // e2e/console-requests.browser.test.ts
 * let desk: OpenConsole<DeskSite>;
 * beforeAll(async () => {
 *   desk = await openTestDesk();
 * }, SITE_MS_MAX);
 * afterEach(() => expect(desk.complaints()).toEqual([]));
 * afterAll(() => desk?.close());
 *
 * test('an officer sees that nothing is open', async () => {
 *   const { page, goto } = await desk.signIn('dsr_agent'); // or 'approver', 'auditor', 'admin', 'viewer', 'owner'
 *   await goto('/requests');
 *   await page.getByText('No request has this state.').waitFor();
 * });
 * ```
 *
 * Elements are found by role and text, as a screen reader finds them; states are waited for with `waitFor()` or
 * `expect.poll`, never slept for. `expects(404)` before provoking a refusal. `desk.site.world` holds the support desk:
 * its officer and approver as API clients, its people, its ledger.
 */
export const openTestDesk = async (): Promise<OpenConsole<DeskSite>> =>
  openConsole(await startDeskSite(inject('consoleDir')));

/** The same on an installation that has seen nothing yet. */
export const openEmptyConsole = async (): Promise<OpenConsole<Site>> =>
  openConsole(await startEmptySite(inject('consoleDir')));

/** The desk's applications run before the first test: seconds, or minutes on a busy machine. */
export const SITE_MS_MAX = 240_000;
