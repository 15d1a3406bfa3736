import { type Flow, recordFlow } from './flow.ts';

export interface RecipientDefaults {
  /** ISO 3166-1 alpha-2: where this party processes the data. */
  readonly country?: string;
  readonly categories?: readonly string[];
  readonly purpose?: string;
}

export interface Recipient {
  readonly node: string;
  /**
   * `fetch`, recorded as a share with this party. The response is the one `fetch` gave, untouched.
   *
   * @throws only what `fetch` throws
   */
  fetch(url: string | URL, init: RequestInit | undefined, flow?: Flow): Promise<Response>;
  /** Any other way of handing data over: a client library, a file transfer. */
  share<T>(flow: Flow, fn: () => T): T;
}

/**
 * A handle for an outside company that receives personal data.
 *
 * ```ts
 * const mailer = defineRecipient('recipient:mailhouse.example', { country: 'US', categories: ['user.contact.email'] });
 * await mailer.fetch('https://api.mailhouse.example/send', { method: 'POST', body }, { subjects });
 * ```
 *
 * @param node `recipient:{registrable domain}` (ruling 17)
 */
export function defineRecipient(node: string, defaults: RecipientDefaults = {}): Recipient {
  const share = <T>(flow: Flow, fn: () => T): T => recordFlow('share', node, { ...defaults, ...flow }, fn) as T;
  return {
    node,
    share,
    fetch: (url, init, flow = {}) => share(flow, () => fetch(url, init)),
  };
}
