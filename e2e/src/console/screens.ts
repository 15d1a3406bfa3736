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
  /** What to do and to wait for, beyond its heading. */
  readonly arrange?: (page: Page) => Promise<unknown>;
  readonly options?: VisitorOptions;
}

export const SCREENS: readonly Screen[] = [
  { name: 'sign-in', role: 'nobody', path: () => '/' },
  { name: 'home', role: 'owner', path: () => '/' },
  { name: 'requests', role: 'dsr_agent', path: () => '/requests' },
  { name: 'no-such-address', role: 'viewer', path: () => '/no/such/address' },
];
