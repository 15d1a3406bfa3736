import type { Role } from '@vestige/core/access/roles';
import type { Page } from 'playwright-core';
import type { Office } from './office.ts';
import type { DeskSite } from './site.ts';
import type { VisitorOptions } from './visitor.ts';

/** One screen in one state: photographed by `npm run shots`, and looked over by axe in both themes. */
export interface Screen {
  /** Name of its pictures. */
  readonly name: string;
  /** Who looks at it; `nobody` is not signed in. */
  readonly role: Role | 'nobody';
  readonly path: (site: DeskSite, office: Office) => string;
  /** Of the tab, without the product's name: that the screen is the one that is meant. */
  readonly title: RegExp;
  /** What to do and to wait for, beyond its heading. */
  readonly arrange?: (page: Page) => Promise<unknown>;
  readonly options?: VisitorOptions;
  /** What the API rightly answers to it, beyond success: 404 where something was not declared yet. */
  readonly expects?: readonly number[];
}

const requests: Screen[] = [
  { name: 'requests', role: 'dsr_agent', path: () => '/requests?show=all', title: /^Requests$/ },
  { name: 'requests-none', role: 'dsr_agent', path: () => '/requests?state=blocked', title: /^Requests$/ },
  { name: 'request-new', role: 'dsr_agent', path: () => '/requests/new', title: /^New request$/ },
  {
    name: 'request-to-approve',
    role: 'approver',
    path: (_, { toApprove }) => `/requests/${toApprove}`,
    title: /^Erasure [0-9a-f]{8}$/,
  },
  {
    name: 'request-approving',
    role: 'approver',
    path: (_, { toApprove }) => `/requests/${toApprove}`,
    title: /^Erasure /,
    arrange: (page) => page.getByRole('button', { name: 'Approve the plan' }).click(),
  },
  {
    name: 'request-refusing',
    role: 'approver',
    path: (_, { overdue }) => `/requests/${overdue}`,
    title: /^Objection /,
    arrange: async (page) => {
      await page.getByRole('button', { name: 'Other steps' }).click();
      await page.getByRole('menuitem', { name: 'Refuse' }).click();
    },
  },
  { name: 'request-refused', role: 'auditor', path: (_, { refused }) => `/requests/${refused}`, title: /^Erasure / },
  ...(['plan', 'work', 'certificate', 'history'] as const).map((tab) => ({
    name: `request-erased-${tab}`,
    role: 'dsr_agent' as const,
    path: (_: DeskSite, { erased }: Office) => `/requests/${erased}?tab=${tab}`,
    title: /^Erasure /,
  })),
  {
    name: 'request-proofs',
    role: 'dsr_agent',
    path: (_, { toIdentify }) => `/requests/${toIdentify}`,
    title: /^Access /,
    arrange: (page) => page.getByText('text/plain, 1 kB').waitFor(),
  },
  {
    name: 'request-attaching',
    role: 'dsr_agent',
    path: (_, { toIdentify }) => `/requests/${toIdentify}`,
    title: /^Access /,
    arrange: (page) => page.getByRole('button', { name: 'Attach a proof' }).click(),
  },
  {
    name: 'request-restricted',
    role: 'approver',
    path: (_, { restricted }) => `/requests/${restricted}`,
    title: /^Restriction /,
    arrange: (page) => page.getByText('In force since').waitFor(),
  },
  {
    name: 'standing',
    role: 'approver',
    path: () => '/requests/standing',
    title: /^Holds and restrictions$/,
    arrange: (page) => page.getByRole('cell', { name: 'Case 4 Ca 112/26', exact: true }).waitFor(),
  },
  {
    name: 'standing-placing',
    role: 'approver',
    path: () => '/requests/standing',
    title: /^Holds and restrictions$/,
    arrange: (page) => page.getByRole('button', { name: 'Place a hold' }).click(),
  },
  {
    name: 'request-answered-copy',
    role: 'dsr_agent',
    path: (_, { answered }) => `/requests/${answered}?tab=copy`,
    title: /^Access /,
  },
];

const ofMara = (search: string) => (site: DeskSite) => `/people/${site.maraId}${search}`;
const people: Screen[] = [
  { name: 'find', role: 'dsr_agent', path: () => '/people', title: /^Find a person$/ },
  {
    name: 'find-purpose',
    role: 'dsr_agent',
    path: () => '/people',
    title: /^Find a person$/,
    options: { purpose: null },
    arrange: (page) => page.getByRole('dialog').waitFor(),
  },
  {
    name: 'find-nobody',
    role: 'dsr_agent',
    path: () => '/people',
    title: /^Find a person$/,
    arrange: async (page) => {
      await page.getByRole('textbox', { name: 'E-mail address' }).fill('wanda.nirgends@example.com');
      await page.getByRole('button', { name: 'Find', exact: true }).click();
      await page.getByText('Nobody is known by this').waitFor();
    },
  },
  { name: 'person-path', role: 'dsr_agent', path: ofMara(''), title: /^Person / },
  { name: 'person-path-full', role: 'dsr_agent', path: ofMara('?view=full'), title: /^Person / },
  { name: 'person-path-list', role: 'dsr_agent', path: ofMara('?as=list'), title: /^Person / },
  {
    name: 'person-evidence',
    role: 'dsr_agent',
    path: ofMara('?view=full&as=list'),
    title: /^Person /,
    arrange: (page) =>
      page
        .getByRole('button', { name: /^Evidence/ })
        .first()
        .click(),
  },
  ...(['recipients', 'residency', 'gathered', 'views'] as const).map((tab) => ({
    name: `person-${tab}`,
    role: tab === 'views' ? ('approver' as const) : ('dsr_agent' as const),
    path: ofMara(`?tab=${tab}`),
    title: /^Person /,
  })),
];

const REGISTRY_TABS = ['unregistered', 'stores', 'parties', 'names', 'findings', 'notice'] as const;
const AUDIT_TABS = ['entries', 'log', 'certificate'] as const;
const KEYS_TABS = ['keys', 'roles', 'rules'] as const;
const governance: Screen[] = [
  { name: 'map', role: 'viewer', path: () => '/map', title: /^Data map$/ },
  { name: 'agents', role: 'viewer', path: () => '/agents', title: /^Agents$/ },
  { name: 'agents-table', role: 'viewer', path: () => '/agents?show=table', title: /^Agents$/ },
  { name: 'coverage', role: 'viewer', path: () => '/coverage', title: /^Coverage$/ },
  { name: 'exposure', role: 'dsr_agent', path: () => '/exposure', title: /^Exposure$/ },
  {
    name: 'exposure-answer',
    role: 'dsr_agent',
    path: () => '/exposure?node=agent%3Adesk%2Fbilling%2Fbilling',
    title: /^Exposure$/,
    arrange: async (page) => {
      await page.getByRole('button', { name: 'Find out' }).click();
      await page.getByRole('link', { name: 'To the list of people' }).waitFor();
    },
  },
  {
    name: 'exposure-question',
    role: 'approver',
    path: (_, { exposure }) => `/exposure/${exposure}`,
    title: /billing/,
  },
  ...REGISTRY_TABS.map((tab) => ({
    name: `registry-${tab}`,
    role: tab === 'unregistered' ? ('owner' as const) : ('admin' as const),
    path: () => `/registry?tab=${tab}`,
    title: /^Stores and parties$/,
    ...(tab === 'notice' ? { expects: [404] } : {}),
  })),
  ...AUDIT_TABS.map((tab) => ({
    name: `audit-${tab}`,
    role: 'auditor' as const,
    path: () => `/audit?tab=${tab}`,
    title: /^Audit log$/,
  })),
  ...KEYS_TABS.map((tab) => ({
    name: `keys-${tab}`,
    role: 'owner' as const,
    path: () => `/keys?tab=${tab}`,
    title: /^Keys and roles$/,
  })),
];

export const SCREENS: readonly Screen[] = [
  { name: 'sign-in', role: 'nobody', path: () => '/', title: /^Sign in$/ },
  { name: 'home', role: 'owner', path: () => '/', title: /^Today$/ },
  ...people,
  ...requests,
  ...governance,
  { name: 'no-such-address', role: 'viewer', path: () => '/no/such/address', title: /^There is nothing/ },
];
