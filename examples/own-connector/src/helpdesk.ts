import { type As, type Candidate, defineConnector } from '@vestige/connectors/define-connector';
import { ConnectorError } from '@vestige/connectors/kit';
import type { Wanted } from '@vestige/connectors/wanted';
import { z } from 'zod';

/**
 * A help desk that keeps tickets behind a REST API, as an example of a connector of one's own. It says how to look, how to
 * remove, how to mark and correct, and what stays; search, export, dry run, erasure in batches and verification follow from that.
 */
const Config = z.strictObject({
  /** As lineage names it. */
  node: z.string(),
  baseUrl: z.url(),
  /** May read, change and delete. */
  agentKey: z.string().min(8),
  /** May only read. Another key, so that whoever erases does not also say that it is gone. */
  auditorKey: z.string().min(8),
});
type Config = z.infer<typeof Config>;

/** What the API answers. Parsed, because an answer in another shape must not read as "no tickets". */
const Page = z.object({
  items: z.array(
    z.object({ id: z.string(), email: z.string(), customer: z.string(), subject: z.string(), frozen: z.boolean() }),
  ),
  next: z.string().nullable(),
});
const Self = z.object({ mayDelete: z.boolean() });

type Call = (method: 'GET' | 'PATCH' | 'DELETE', path: string, change?: object) => Promise<Response>;

export default defineConnector<Config, Call, string>({
  kind: 'helpdesk',
  config: Config,
  nodes: ({ node }) => ({ [node]: ['email'] }),
  cannotErase: () => ['backups', 'mails already sent'],
  verifiesBy: () => 'other_path',
  method: 'http_delete',
  open: async (config, as) => caller(config, as),
  check,
  find,
  remove,
  mark: (call, ids, isRestricted) => change(call, ids, { frozen: isRestricted }),
  correct: (call, ids, corrections) => change(call, ids, Object.fromEntries(corrections.map(fieldOf))),
  failure: () => new ConnectorError('retryable', 'unreachable', 'helpdesk: no answer.'),
});

/** At start, as agent and as auditor: whatever would later make "no tickets" mean "could not look" is said here. */
async function check(call: Call, _config: Config, as: As): Promise<void> {
  const { mayDelete } = Self.parse(await json(call, '/self'));
  if (as === 'worker' && !mayDelete) {
    throw new ConnectorError('permanent', 'permission_denied', 'helpdesk: the agent key may not delete.');
  }
  Page.parse(await json(call, '/tickets'));
}

/**
 * May yield tickets of others: the kit compares every one with the person and passes over what is not hers. No ticket twice,
 * though the desk may answer with it to more than one spelling of an address.
 */
async function* find(call: Call, wanted: Wanted): AsyncIterable<Candidate<string>> {
  const told = new Set<string>();
  for (const email of wanted.identifiers.get('email') ?? []) {
    for (let next: string | null = `/tickets?email=${encodeURIComponent(email)}`; next !== null; ) {
      const page: z.infer<typeof Page> = Page.parse(await json(call, next));
      for (const ticket of page.items) {
        if (told.has(ticket.id)) continue;
        told.add(ticket.id);
        yield {
          key: ticket.id,
          identifiers: { email: ticket.email },
          row: ticket,
          isRestricted: ticket.frozen,
          values: { 'user.name': ticket.customer },
        };
      }
      next = page.next;
    }
  }
}

/** Only what `values` names above arrives here, and only in tickets where it differs. */
const fieldOf = ({ value }: { readonly value: string }): [string, string] => ['customer', value];

/** @returns how many were there to be changed */
async function change(call: Call, ids: readonly string[], fields: object): Promise<number> {
  let changed = 0;
  for (const id of ids) {
    const answer = await call('PATCH', `/tickets/${encodeURIComponent(id)}`, fields);
    if (answer.status !== 404) changed++;
  }
  return changed;
}

/** @returns how many were there; one that somebody deleted meanwhile is no error */
async function remove(call: Call, ids: readonly string[]): Promise<number> {
  let removed = 0;
  for (const id of ids) {
    const answer = await call('DELETE', `/tickets/${encodeURIComponent(id)}`);
    if (answer.status !== 404) removed++;
  }
  return removed;
}

function caller({ baseUrl, agentKey, auditorKey }: Config, as: As): Call {
  const authorization = `Bearer ${as === 'worker' ? agentKey : auditorKey}`;
  return async (method, path, change) => {
    const signal = AbortSignal.timeout(30_000);
    const answer = await fetch(new URL(path, baseUrl), {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(change === undefined ? {} : { body: JSON.stringify(change) }),
      redirect: 'error',
      signal,
    });
    if (answer.ok || (method !== 'GET' && answer.status === 404)) return answer;
    const text = `helpdesk: answered ${answer.status}.`;
    if (answer.status === 401 || answer.status === 403)
      throw new ConnectorError('permanent', 'permission_denied', text);
    if (answer.status === 429 || answer.status >= 500) throw new ConnectorError('retryable', 'unreachable', text);
    throw new ConnectorError('permanent', 'store_refused', text);
  };
}

async function json(call: Call, path: string): Promise<unknown> {
  return (await call('GET', path)).json();
}
