import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';
import { SESSION_S_MAX } from './session-cookie.ts';
import { FAILURES_MAX } from './sign-in-limit.ts';

/** The session of the console, as a browser, another site and a thief meet it. */

let api: TestApi;
/** Moves on where a test lets hours pass. */
let nowMs = Date.parse('2026-11-23T08:00:00Z');
beforeAll(async () => {
  api = await openTestApi({ now: () => new Date(nowMs) });
});
afterAll(() => api.close());

const CONSOLE = { 'x-vestige-console': '1' };
/** Each test is somebody else, so that none uses up another's attempts. */
let peers = 0;
const newPeer = () => `203.0.113.${++peers}`;

function signIn(key: string, { headers = CONSOLE as Record<string, string>, peer = newPeer() } = {}) {
  return api.app.request(
    '/session',
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ key }),
    },
    { incoming: { socket: { remoteAddress: peer } } },
  );
}

async function cookieOf(key: string): Promise<string> {
  const answer = await signIn(key);
  expect(answer.status, await answer.text()).toBe(204);
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

const self = (cookie: string, headers: Record<string, string> = CONSOLE) =>
  api.app.request('/v1/api-keys/self', { headers: { cookie, ...headers } });

describe('signing in', () => {
  test('gives a cookie that no script reads and no other site sends', async () => {
    const answer = await signIn(await api.bearer(api.acme));
    expect(answer.status).toBe(204);
    const attributes = (answer.headers.get('set-cookie') ?? '').split('; ').slice(1);
    expect(attributes.toSorted()).toEqual(['HttpOnly', `Max-Age=${SESSION_S_MAX}`, 'Path=/', 'SameSite=Strict']);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('over TLS the cookie goes over TLS alone', async () => {
    const answer = await signIn(await api.bearer(api.acme), { headers: { ...CONSOLE, 'x-forwarded-proto': 'https' } });
    expect(answer.headers.get('set-cookie')).toContain('; Secure');
  });

  test('the cookie holds the key sealed: neither it nor a part of it can be read', async () => {
    const key = await api.bearer(api.acme);
    const sealed = decodeURIComponent((await cookieOf(key)).split('=')[1] ?? '');
    const bytes = `${sealed}\n${Buffer.from(sealed, 'base64url').toString('latin1')}`;
    // The secret may hold underscores of its own.
    const [, id = key, secret = key] = /^vst_([^_]+)_(.+)$/.exec(key) ?? [];
    for (const part of [id, secret]) expect(bytes).not.toContain(part);
    expect(await cookieOf(key)).not.toContain(sealed);
  });

  test.each([
    ['a key nobody made', { key: `vst_${'0'.repeat(16)}_${'A'.repeat(43)}` }, 401],
    ['no key', {}, 400],
    ['a key that is no text', { key: 7 }, 400],
    ['more than a key', { key: 'x', admin: true }, 400],
    ['a key longer than any', { key: 'x'.repeat(201) }, 400],
  ])('%s opens no session', async (_what, body, status) => {
    const answer = await api.app.request('/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...CONSOLE },
      body: JSON.stringify(body),
    });
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([status, null]);
  });

  test('a form of another site cannot sign anybody in or out: it sets no header', async () => {
    const key = await api.bearer(api.acme);
    expect((await signIn(key, { headers: {} })).status).toBe(403);
    expect((await api.app.request('/session', { method: 'DELETE' })).status).toBe(403);
  });

  test('what does not open a session is in no log', async () => {
    await signIn('vst_a-secret-that-was-mistyped');
    expect(api.logged()).not.toContain('mistyped');
  });
});

describe('attempts', () => {
  test('are bounded for one address, and for nobody else', async () => {
    const [flood, bystander] = [newPeer(), newPeer()];
    const statuses: number[] = [];
    for (let i = 0; i < FAILURES_MAX + 3; i++) statuses.push((await signIn('vst_no', { peer: flood })).status);
    expect(statuses).toEqual([...Array(FAILURES_MAX).fill(401), 429, 429, 429]);
    const key = await api.bearer(api.acme);
    expect((await signIn(key, { peer: flood })).status).toBe(429);
    expect((await signIn(key, { peer: bystander })).status).toBe(204);
    nowMs += 61_000;
    expect((await signIn(key, { peer: flood })).status).toBe(204);
  });

  test('made at once are as many as made one after another', async () => {
    const peer = newPeer();
    const answers = await Promise.all(Array.from({ length: 3 * FAILURES_MAX }, () => signIn('vst_no', { peer })));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(FAILURES_MAX);
  });
});

describe('a session', () => {
  test('reads what its key reads, and is refused what its key is refused', async () => {
    const cookie = await cookieOf(await api.bearer(api.acme, 'governance:read'));
    expect(await (await self(cookie)).json()).toMatchObject({ tenant: 'acme', scopes: ['governance:read'] });
    const refused = await api.app.request('/v1/requests', { headers: { cookie, ...CONSOLE } });
    expect(refused.status).toBe(403);
  });

  test('counts only with the header that a script of this origin sends', async () => {
    const cookie = await cookieOf(await api.bearer(api.acme));
    expect((await self(cookie, {})).status).toBe(401);
    expect((await self(cookie, { 'x-vestige-console': 'yes' })).status).toBe(401);
  });

  test('is told to no other site: no answer allows another origin to read it', async () => {
    const cookie = await cookieOf(await api.bearer(api.acme));
    const other = { ...CONSOLE, origin: 'https://evil.example' };
    expect((await self(cookie, other)).headers.get('access-control-allow-origin')).toBeNull();
    const asked = await api.app.request('/v1/api-keys/self', {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-headers': 'x-vestige-console' },
    });
    expect(asked.headers.get('access-control-allow-headers')).toBeNull();
  });

  test('whose cookie was changed in any byte is none', async () => {
    const cookie = await cookieOf(await api.bearer(api.acme));
    const [name = '', sealed = ''] = cookie.split('=');
    const bytes = Buffer.from(sealed, 'base64url');
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect((await self(`${name}=${changed.toString('base64url')}`)).status, `byte ${at}`).toBe(401);
    }
    for (const other of ['', 'x', sealed.slice(0, 20), 'A'.repeat(sealed.length)])
      expect((await self(`${name}=${other}`)).status).toBe(401);
  });

  test('that another installation sealed is none here', async () => {
    const other = await openTestApi({ now: () => new Date(nowMs) });
    try {
      const key = await other.bearer(other.acme);
      const answer = await other.app.request('/session', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...CONSOLE },
        body: JSON.stringify({ key }),
      });
      expect((await self((answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '')).status).toBe(401);
    } finally {
      await other.close();
    }
  });

  test('ends after a working day, whatever the browser keeps', async () => {
    const cookie = await cookieOf(await api.bearer(api.acme));
    nowMs += SESSION_S_MAX * 1_000 - 1;
    expect((await self(cookie)).status).toBe(200);
    nowMs += 1;
    expect((await self(cookie)).status).toBe(401);
  });

  test('ends with the next call once its key is revoked', async () => {
    const made = await api.deps.tenants.createKey(api.acme.id, {
      name: 'short',
      scopes: ['governance:read'],
      expiresAt: null,
    });
    const cookie = await cookieOf(made.secret.reveal());
    expect((await self(cookie)).status).toBe(200);
    const admin = await api.bearer(api.acme);
    const revoked = await api.app.request(`/v1/api-keys/${made.id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${admin}` },
    });
    expect(revoked.status).toBeLessThan(300);
    expect((await self(cookie)).status).toBe(401);
  });

  test('gives way to a key in the call itself', async () => {
    const cookie = await cookieOf(await api.bearer(api.acme));
    const rival = await api.bearer(api.rival, 'governance:read');
    const answer = await self(cookie, { ...CONSOLE, authorization: `Bearer ${rival}` });
    expect(await answer.json()).toMatchObject({ tenant: 'rival' });
    expect((await self(cookie, { ...CONSOLE, authorization: 'Bearer vst_wrong' })).status).toBe(401);
  });

  test('is taken from the browser on signing out', async () => {
    const answer = await api.app.request('/session', { method: 'DELETE', headers: CONSOLE });
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([204, expect.stringContaining('Max-Age=0')]);
  });
});
