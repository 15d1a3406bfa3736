import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { VestigeError } from '@vestige/core/errors';
import { createApp } from './app.ts';
import type { ApiConfig } from './config.ts';
import type { ApiDeps } from './deps.ts';
import { startCallbacks } from './opendsr/callback-loop.ts';
import { readOpendsrIdentity } from './opendsr/identity.ts';

/** A client that sends slower than this is cut off, so that slow senders cannot hold all connections. */
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 120_000;
/** Above the usual 60 s of load balancers, or a request meets a connection that is being closed. */
const KEEP_ALIVE_MS = 65_000;
/** How soon a controller is called back after a change. */
const CALLBACK_INTERVAL_MS = 2_000;

/**
 * Serves the API over HTTP. TLS is the load balancer's work.
 *
 * @returns the address it answers on, and `close`, which stops accepting, lets calls under way finish for
 *   `closeGraceMs` and then cuts them off; the stores stay open
 * @throws VestigeError `misconfigured` when the address is taken or not ours
 */
export async function startApi(config: ApiConfig, deps: ApiDeps): Promise<{ url: string; close(): Promise<void> }> {
  const opendsr = config.opendsr && readOpendsrIdentity(config.opendsr, deps.now());
  const app = createApp(deps, opendsr);
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
    },
  }) as Server;
  await listen(server, config);
  const callbacks = opendsr && startCallbacks(deps, opendsr, { intervalMs: CALLBACK_INTERVAL_MS });
  const { port } = server.address() as AddressInfo;
  const host = config.host === '0.0.0.0' || config.host === '::' ? '127.0.0.1' : config.host;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    async close() {
      await callbacks?.close();
      await close(server, config.closeGraceMs);
    },
  };
}

async function listen(server: Server, { host, port }: ApiConfig): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new VestigeError('misconfigured', `the API cannot listen on ${host}:${port} (${code})`, { code });
  }
}

async function close(server: Server, graceMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed.finally(() => clearTimeout(cut));
}
