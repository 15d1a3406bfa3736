import { serve } from '@hono/node-server';
import type { Hono } from 'hono';

/** @returns the port it listens on, and a way to stop it */
export async function listen(app: Hono, port: number): Promise<{ port: number; stop(): Promise<void> }> {
  const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' });
  if (!server.listening) await new Promise<void>((resolve) => server.once('listening', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}
