import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { EMAIL, PHONE } from './seeded-person.ts';

/** An outside company that fails, and in every failure repeats whom it was asked about. */
export async function startRudeServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer(async (incoming, answer) => {
    const body = await text(incoming);
    const status = incoming.url?.startsWith('/refuses') ? 422 : 500;
    answer.writeHead(status, `Sorry ${PHONE}`, { 'content-type': 'text/plain', 'x-user': EMAIL });
    answer.end(`no such user ${EMAIL} (${PHONE}): ${incoming.method} ${incoming.url} ${body}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
