import type { Role } from '@vestige/core/access/roles';
import { send } from '../harness/http.ts';
import { openChromium } from '../package/chromium.ts';
import type { Site } from './site.ts';
import { type Visitor, type VisitorOptions, visit } from './visitor.ts';

/** The console of a running site, and a browser to open it with. */
export interface OpenConsole<S extends Site> {
  readonly site: S;
  readonly origin: string;
  /**
   * Signs somebody in whose key has this role. Two roles are two people; `person` tells two of one role apart, as four
   * eyes do.
   */
  signIn(role: Role, options?: VisitorOptions & { readonly person?: string }): Promise<Visitor>;
  /** Somebody who has not signed in. */
  stranger(options?: VisitorOptions): Promise<Visitor>;
  /** A key of this role, as an administrator makes it. */
  keyFor(role: Role, person?: string): Promise<string>;
  /** What went wrong in any page since the last time this was asked: errors, refused content, foreign requests. */
  complaints(): string[];
  close(): Promise<void>;
}

export async function openConsole<S extends Site>(site: S): Promise<OpenConsole<S>> {
  const browser = await openChromium();
  const { apiUrl: origin, adminKey } = site.stack;
  const visitors: Visitor[] = [];
  const keyFor: OpenConsole<S>['keyFor'] = async (role, person = `${role}-person`) => {
    const json = { name: NAMES[role] ?? role, role, ...(MACHINES.has(role) ? {} : { person }) };
    const made = await send(origin, adminKey.reveal(), { method: 'POST', path: '/v1/api-keys', json });
    if (made.status !== 201) throw new Error(`no key for ${role}: ${made.text}`);
    return made.json.key;
  };
  const enter = async (role: Role | 'nobody', key: string, options?: VisitorOptions) => {
    const visitor = await visit(browser, origin, { role, key }, options);
    visitors.push(visitor);
    return visitor;
  };
  const told = new Set<string>();
  return {
    site,
    origin,
    keyFor,
    signIn: async (role, options) => enter(role, await keyFor(role, options?.person), options),
    stranger: (options) => enter('nobody', '', options),
    complaints() {
      const fresh = visitors.flatMap((visitor) => visitor.complaints()).filter((each) => !told.has(each));
      for (const each of fresh) told.add(each);
      return fresh;
    },
    async close() {
      await browser.close();
      await site.stop();
    },
  };
}

const NAMES: Partial<Record<Role, string>> = {
  viewer: 'Data steward',
  dsr_agent: 'Privacy officer',
  approver: 'Data protection officer',
  auditor: 'Auditor',
  admin: 'Administrator',
  owner: 'Owner',
};
const MACHINES: ReadonlySet<Role> = new Set<Role>(['ingest', 'worker', 'verifier']);
