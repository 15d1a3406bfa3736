import { once } from 'node:events';
import { connect } from 'node:net';
import { DEFAULT_SKEW } from '@vestige/core/lineage/clock';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiDeps } from './deps.ts';
import { startApi } from './server.ts';
import { openTestApi, type TestApi } from './testing/open-test-api.ts';

const config = { host: '127.0.0.1', port: 0, closeGraceMs: 300, skew: DEFAULT_SKEW, opendsr: null };

describe('the server', () => {
  let api: TestApi;
  let bearer: string;
  beforeAll(async () => {
    api = await openTestApi();
    bearer = await api.bearer(api.acme);
  });
  afterAll(() => api.close());

  const slowRegistry = (delayMs: number): ApiDeps => ({
    ...api.deps,
    registry: {
      ...api.deps.registry,
      stores: (tenant) =>
        new Promise((resolve) => setTimeout(resolve, delayMs)).then(() => api.deps.registry.stores(tenant)),
    },
  });
  const stores = (url: string) => fetch(`${url}/v1/stores`, { headers: { authorization: `Bearer ${bearer}` } });

  test('answers over HTTP and, closed, takes no call', async () => {
    const server = await startApi(config, api.deps);
    expect((await stores(server.url)).status).toBe(200);
    await server.close();
    await expect(stores(server.url)).rejects.toThrow();
    await server.close();
  });

  test('a call under way is answered while the server closes', async () => {
    const server = await startApi(config, slowRegistry(120));
    const answer = stores(server.url);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closed = server.close();
    expect((await answer).status).toBe(200);
    await closed;
  });

  test('a call that never ends does not keep the server from closing', async () => {
    const server = await startApi(config, slowRegistry(60_000));
    const answer = stores(server.url).catch(() => 'cut off');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const startedAt = performance.now();
    await server.close();
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(await answer).toBe('cut off');
  });

  test('a taken port is one clear error', async () => {
    const server = await startApi(config, api.deps);
    const port = Number(new URL(server.url).port);
    const second = startApi({ ...config, port }, api.deps);
    await expect(second).rejects.toMatchObject({ code: 'misconfigured', facts: { code: 'EADDRINUSE' } });
    await server.close();
  });

  test('a client that hangs up in the middle of a body harms nobody', async () => {
    const server = await startApi(config, api.deps);
    const { port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      `PUT /v1/internal-hosts HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${bearer}\r\n` +
        'content-type: application/json\r\ncontent-length: 1000\r\n\r\n{"hosts":',
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    expect((await stores(server.url)).status).toBe(200);
    await server.close();
  });
});
