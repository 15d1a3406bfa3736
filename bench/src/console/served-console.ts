import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { readConsoleFiles } from '@vestige/api/console/console-files';
import { serveConsole } from '@vestige/api/console/serve-console';
import type { LineageAnswer } from '@vestige/core/lineage/answer';
import { Hono } from 'hono';

/**
 * The built console as the API serves it, policy and all, with one person's answer behind it. Only the browser is
 * measured here, so what the database would have taken is left out.
 */
export async function serveWith(
  dir: string,
  answer: LineageAnswer,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const files = await readConsoleFiles(dir);
  const body = JSON.stringify(answer);
  const json = { 'content-type': 'application/json' };
  const app = new Hono()
    .get('/v1/api-keys/self', (c) => c.json(OWN_KEY))
    .get('/v1/subjects/:id', (c) => c.json(numbersOf(answer)))
    .get('/v1/subjects/:id/lineage', (c) => c.body(body, 200, json))
    .get('/v1/*', (c) => c.json({ items: [], nextCursor: null }))
    .use(serveConsole(files) as never);
  const sockets = new Set<Socket>();
  const server = createServer(getRequestListener(app.fetch));
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const OWN_KEY = {
  id: 'bench',
  tenant: 'bench',
  name: 'bench',
  role: 'owner',
  person: null,
  scopes: ['identify', 'lineage:read', 'audit:read', 'requests:read', 'requests:write', 'governance:read'],
  createdAt: '2026-11-01T00:00:00.000Z',
  expiresAt: null,
};

const numbersOf = ({ subjectId }: LineageAnswer) => ({
  subjectId,
  members: [subjectId],
  aliases: [{ kid: 'k1', type: 'email', firstSeen: '2026-11-01T00:00:00.000Z', link: 'observed', shared: false }],
  firstSeen: '2026-11-01T08:00:00.000Z',
  lastSeen: '2026-11-21T08:00:00.000Z',
  spans: 120_000,
  categories: ['user.contact.email', 'user.content'],
  purposes: ['support'],
  openRequests: [],
});
