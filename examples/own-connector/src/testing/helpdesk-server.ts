import { createServer } from 'node:http';
import { json as bodyOf } from 'node:stream/consumers';

export interface Ticket {
  readonly id: string;
  readonly email: string;
  readonly customer: string;
  readonly subject: string;
  readonly frozen: boolean;
}

/**
 * A small help desk over HTTP, as the connector meets it: two keys, pages of two tickets, a search that ignores case.
 *
 * @param ignoresFilter answers a search with everybody's tickets, as APIs do that do not know a parameter
 */
export async function startHelpdesk(tickets: Map<string, Ticket>, ignoresFilter = false) {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://helpdesk');
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    const key = request.headers.authorization?.slice('Bearer '.length) ?? '';
    if (!['agent-key', 'auditor-key'].includes(key)) return answer(401, {});
    if (url.pathname === '/self') return answer(200, { mayDelete: key === 'agent-key' });
    const id = /^\/tickets\/(.+)$/.exec(url.pathname)?.[1];
    if (request.method === 'DELETE' && id) {
      if (key !== 'agent-key') return answer(403, {});
      return answer(tickets.delete(decodeURIComponent(id)) ? 200 : 404, {});
    }
    if (request.method === 'PATCH' && id) {
      if (key !== 'agent-key') return answer(403, {});
      const ticket = tickets.get(decodeURIComponent(id));
      if (!ticket) return answer(404, {});
      return bodyOf(request).then((change) => {
        tickets.set(ticket.id, { ...ticket, ...(change as Partial<Ticket>) });
        answer(200, {});
      });
    }
    if (url.pathname !== '/tickets') return answer(404, {});
    const email = url.searchParams.get('email')?.toLowerCase();
    const from = Number(url.searchParams.get('from') ?? 0);
    const all = [...tickets.values()].filter(
      (ticket) => ignoresFilter || email === undefined || ticket.email.toLowerCase() === email,
    );
    const more = new URLSearchParams({ ...(email === undefined ? {} : { email }), from: String(from + 2) });
    const next = from + 2 < all.length ? `/tickets?${more}` : null;
    return answer(200, { items: all.slice(from, from + 2), next });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
