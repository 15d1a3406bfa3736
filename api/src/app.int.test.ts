import { randomUUID } from 'node:crypto';
import { SCOPES } from '@vestige/core/access/scopes';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refuseOpenRoutes } from './http/openapi.ts';
import { newRouter } from './http/router.ts';
import { openTestApi, type TestApi } from './testing/open-test-api.ts';

let api: TestApi;
let all: string;
beforeAll(async () => {
  api = await openTestApi();
  all = await api.bearer(api.acme);
});
afterAll(() => api.close());

interface Call {
  readonly bearer?: string;
  readonly json?: unknown;
  readonly headers?: Record<string, string>;
}

async function call(method: string, path: string, { bearer = all, json, headers = {} }: Call = {}) {
  const response = await api.app.request(path, {
    method,
    headers: {
      authorization: `Bearer ${bearer}`,
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : null };
}

const because = { 'vestige-purpose': 'access request 2026-0114' };

describe('the door', () => {
  test.each([
    ['no key', ''],
    ['a wrong scheme', 'Basic dXNlcjpwYXNz'],
    ['a key nobody made', `Bearer vst_${'0'.repeat(16)}_${'A'.repeat(43)}`],
  ])('%s is 401 with a challenge', async (_what, authorization) => {
    const response = await api.app.request('/v1/stores', { headers: authorization ? { authorization } : {} });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('Bearer');
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ code: 'unauthenticated', retryable: false });
  });

  test('a key without the scope is 403 and learns which scope it lacks', async () => {
    const bearer = await api.bearer(api.acme, 'ingest');
    const { status, body } = await call('GET', '/v1/stores', { bearer });
    expect(status).toBe(403);
    expect(body).toMatchObject({ code: 'forbidden', facts: { scope: 'governance:read' } });
  });

  test('every route of the document refuses a key that has all scopes but its own', async () => {
    const { body: document } = await call('GET', '/openapi.json');
    type Operations = Record<string, { 'x-scope'?: string }>;
    for (const [path, methods] of Object.entries<Operations>(document.paths)) {
      for (const [method, { 'x-scope': needed }] of Object.entries(methods)) {
        expect(needed, `${method} ${path}`).toBeDefined();
        if (needed === 'any') continue;
        const others = SCOPES.filter((scope) => !needed?.split(' ').includes(scope));
        const bearer = await api.bearer(api.acme, ...others);
        const url = path.replaceAll(/\{[^}]+\}/g, randomUUID());
        const refused = await call(method.toUpperCase(), url, { bearer, ...(method === 'get' ? {} : { json: {} }) });
        expect([refused.status, refused.body?.facts?.scope], `${method} ${path}`).toEqual([403, needed]);
      }
    }
  });

  test('a route mounted without a scope keeps the API from starting', () => {
    const app = newRouter();
    app.get('/v1/open', (c) => c.text('hello'));
    expect(() => refuseOpenRoutes(app)).toThrow(/GET \/v1\/open/);
  });

  test('an unknown address and a wrong method are problems too', async () => {
    expect((await call('GET', '/v1/nothing')).body).toMatchObject({ code: 'not_found', status: 404 });
    expect((await call('GET', '/nothing')).status).toBe(404);
  });

  test('a body that is no JSON, and one with a field too many, are refused without being repeated', async () => {
    const broken = await api.app.request('/v1/subjects/resolve', {
      method: 'POST',
      headers: { authorization: `Bearer ${all}`, 'content-type': 'application/json', ...because },
      body: '{"identifiers": jane@example.com',
    });
    expect(broken.status).toBe(400);
    expect(await broken.text()).not.toContain('jane');
    const odd = await call('PUT', '/v1/internal-hosts', { json: { hosts: [], 'jane@example.com': 1 } });
    expect(odd.body).toMatchObject({ code: 'bad_request' });
    expect(odd.text).not.toContain('jane');
  });

  test('a body over the limit is 413, whether or not it declares its length', async () => {
    const huge = 'x'.repeat(2 * 1024 * 1024);
    expect((await call('PUT', '/v1/internal-hosts', { json: { hosts: [huge] } })).status).toBe(413);
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(JSON.stringify({ hosts: [huge] })));
        controller.close();
      },
    });
    const response = await api.app.request('/v1/internal-hosts', {
      method: 'PUT',
      headers: { authorization: `Bearer ${all}`, 'content-type': 'application/json' },
      body: stream,
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(413);
  });

  test('an error nobody expected answers `internal` and nothing else', async () => {
    const { createApp } = await import('./app.ts');
    const registry = {
      ...api.deps.registry,
      stores: () => Promise.reject(new Error('jane@example.com is not iterable')),
    };
    const response = await createApp({ ...api.deps, registry }).request('/v1/stores', {
      headers: { authorization: `Bearer ${all}` },
    });
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(Object.keys(JSON.parse(text)).toSorted()).toEqual([
      'code',
      'instance',
      'retryable',
      'status',
      'title',
      'type',
    ]);
    expect(text + api.logged()).not.toContain('jane');
    expect(api.logged()).toContain(JSON.parse(text).instance.replace('urn:uuid:', ''));
  });
});

describe('a person', () => {
  const jane = { type: 'email', value: 'Jane.Roe@example.com' };
  const tokenOf = (who = jane): string => api.deps.keyring.tokensFor('acme', who.type, who.value)[0] as string;
  const subjectOf = async (token: string): Promise<string> =>
    (await api.deps.aliases.resolve(api.acme.id, [{ token, atMs: Date.now() }]))[0] as string;

  test('nobody is looked at without a purpose, and the purpose holds no identifier', async () => {
    const json = { identifiers: [jane] };
    expect((await call('POST', '/v1/subjects/resolve', { json })).body).toMatchObject({ code: 'purpose_required' });
    const named = await call('POST', '/v1/subjects/resolve', {
      json,
      headers: { 'vestige-purpose': 'looking for jane@example.com' },
    });
    expect(named.body).toMatchObject({ code: 'bad_request' });
    expect((await call('POST', '/v1/subjects/resolve', { json: { ...json, purpose: 'support call' } })).status).toBe(
      200,
    );
  });

  test('an unknown identifier is nobody, and creates nobody', async () => {
    const json = { identifiers: [{ type: 'email', value: 'nobody@example.com' }] };
    const { body } = await call('POST', '/v1/subjects/resolve', { json, headers: because });
    expect(body).toEqual({ subjectId: null, aliases: [], ambiguous: [] });
  });

  test('an identifier and its token are the same person, with aliases but without tokens', async () => {
    const subjectId = await subjectOf(tokenOf());
    const byMail = await call('POST', '/v1/subjects/resolve', { json: { identifiers: [jane] }, headers: because });
    expect(byMail.body).toMatchObject({
      subjectId,
      aliases: [{ kid: 'k1', type: 'email', link: 'observed' }],
      ambiguous: [],
    });
    const byToken = await call('POST', '/v1/subjects/resolve', { json: { tokens: [tokenOf()] }, headers: because });
    expect(byToken.body).toEqual(byMail.body);
    expect(byToken.text).not.toContain('ps1.');
  });

  test('identifiers of two people are ambiguous and say which part of the call leads where', async () => {
    const joe = { type: 'user_id', value: 'joe-77' };
    const [first, second] = [await subjectOf(tokenOf()), await subjectOf(tokenOf(joe))];
    const { body } = await call('POST', '/v1/subjects/resolve', {
      json: { identifiers: [jane, joe] },
      headers: because,
    });
    expect(body).toEqual({
      subjectId: null,
      aliases: [],
      ambiguous: [
        { subjectId: first, by: ['/identifiers/0'] },
        { subjectId: second, by: ['/identifiers/1'] },
      ],
    });
  });

  test('linking makes two subjects one for every answer, and the link is audited', async () => {
    const [a, b] = [tokenOf({ type: 'user_id', value: 'l-1' }), tokenOf({ type: 'user_id', value: 'l-2' })];
    const [older, younger] = [await subjectOf(a), await subjectOf(b)];
    const json = { action: 'link', tokens: [a, b], kind: 'operator', evidence: 'ticket 9' };
    expect((await call('POST', '/v1/aliases', { json })).status).toBe(204);
    const { body } = await call('GET', `/v1/subjects/${younger}`, { headers: because });
    expect(body).toMatchObject({ subjectId: older, members: [older, younger], spans: 0, openRequests: [] });
    const audit = await call('GET', `/v1/audit/entries?subjectId=${older}`, { headers: because });
    expect(audit.body.items.map((entry: { type: string }) => entry.type)).toContain('alias.linked');
  });

  test('evidence of a link must not hold an identifier', async () => {
    const json = {
      action: 'link',
      tokens: [tokenOf(), tokenOf()],
      kind: 'operator',
      evidence: 'mail from jane@example.com',
    };
    expect((await call('POST', '/v1/aliases', { json })).body).toMatchObject({ code: 'bad_request' });
  });

  test('who looked, when and why can be told, page by page', async () => {
    const subjectId = await subjectOf(tokenOf({ type: 'user_id', value: 'viewed' }));
    for (const n of [1, 2, 3]) {
      await call('GET', `/v1/subjects/${subjectId}`, { headers: { 'vestige-purpose': `call ${n}` } });
    }
    const first = await call('GET', `/v1/subjects/${subjectId}/views?limit=2`, { headers: because });
    expect(first.body.items.map((view: { purpose: string }) => view.purpose)).toEqual(['call 1', 'call 2']);
    const second = await call('GET', `/v1/subjects/${subjectId}/views?limit=2&cursor=${first.body.nextCursor}`, {
      headers: because,
    });
    expect(second.body.items[0]).toMatchObject({ purpose: 'call 3', type: 'subject.read' });
    const keys = (await call('GET', '/v1/api-keys')).body.items as { id: string }[];
    expect(keys.filter(({ id }) => first.text.includes(id))).toEqual([]);
    expect(first.body.items[0]).toMatchObject({ actor: 'staff', person: null });
    const officer = await call('POST', '/v1/api-keys', { json: { name: 'o', role: 'dsr_agent', person: 'staff-9' } });
    await call('GET', `/v1/subjects/${subjectId}`, { bearer: officer.body.key, headers: because });
    const views = (staff: string) =>
      call('GET', `/v1/subjects/${subjectId}/views?limit=1000&staff=${staff}`, { headers: because });
    expect((await views('masked')).body.items).toContainEqual(
      expect.objectContaining({ actor: 'dsr_agent', person: null }),
    );
    expect((await views('named')).body.items).toContainEqual(
      expect.objectContaining({ actor: `key:${officer.body.id}`, person: 'staff-9' }),
    );
    const odd = await call('GET', `/v1/subjects/${subjectId}/views?cursor=e30`, { headers: because });
    expect(odd.body).toMatchObject({ code: 'bad_request' });
  });

  test('without an audit entry there is no answer', async () => {
    const { createApp } = await import('./app.ts');
    const { VestigeError } = await import('@vestige/core/errors');
    const audit = {
      ...api.deps.audit,
      append: () => Promise.reject(new VestigeError('store_unavailable', 'Postgres: unavailable (57014)')),
    };
    const subjectId = await subjectOf(tokenOf());
    const response = await createApp({ ...api.deps, audit }).request(`/v1/subjects/${subjectId}`, {
      headers: { authorization: `Bearer ${all}`, ...because },
    });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).not.toBeNull();
    expect(await response.text()).not.toContain(subjectId);
  });

  test('another tenant’s person does not exist, on every route that names one', async () => {
    const theirs = await api.bearer(api.rival);
    const subjectId = await subjectOf(tokenOf());
    for (const path of [`/v1/subjects/${subjectId}`, `/v1/subjects/${subjectId}/views`]) {
      const mine = await call('GET', path, { bearer: theirs, headers: because });
      const nobodys = await call('GET', path.replace(subjectId, randomUUID()), { bearer: theirs, headers: because });
      expect(mine.status).toBe(404);
      expect({ ...mine.body, instance: '' }).toEqual({ ...nobodys.body, instance: '' });
    }
    const resolved = await call('POST', '/v1/subjects/resolve', {
      bearer: theirs,
      json: { tokens: [tokenOf()] },
      headers: because,
    });
    expect(resolved.body).toMatchObject({ subjectId: null });
  });

  test('where the server holds no key, identifiers are refused with the way out', async () => {
    const { status, body } = await call('POST', '/v1/subjects/resolve', {
      bearer: await api.bearer(api.rival),
      json: { identifiers: [jane] },
      headers: because,
    });
    expect(status).toBe(400);
    expect(body.detail).toContain('send tokens');
  });

  test('a raw identifier reaches no log, no audit entry and no answer', async () => {
    await call('POST', '/v1/subjects/resolve', { json: { identifiers: [jane] }, headers: because });
    await call('POST', '/v1/subjects/resolve', {
      json: { identifiers: [{ type: 'phone', value: 'Jane.Roe' }] },
      headers: because,
    });
    await call('GET', `/v1/nothing?who=${encodeURIComponent(jane.value)}`);
    const { text } = await call('GET', '/v1/audit/entries?limit=1000');
    expect(text + api.logged()).not.toMatch(/jane\.roe/i);
    expect(api.logged()).toContain('/v1/subjects/resolve');
  });

  test('logs name routes by pattern, so that no subject id is in them', async () => {
    const subjectId = await subjectOf(tokenOf());
    await call('GET', `/v1/subjects/${subjectId}`, { headers: because });
    expect(api.logged()).toContain('/v1/subjects/:subjectId');
    expect(api.logged()).not.toContain(subjectId);
  });
});

describe('creating calls', () => {
  const token = () => api.deps.keyring.tokensFor('acme', 'user_id', randomUUID())[0] as string;

  test('the same key and body answers the same set, and another body under the key is refused', async () => {
    const json = { tokens: [token()] };
    const headers = { 'idempotency-key': randomUUID() };
    const first = await call('POST', '/v1/subject-sets', { json, headers });
    const again = await call('POST', '/v1/subject-sets', { json, headers });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const other = await call('POST', '/v1/subject-sets', { json: { tokens: [token()] }, headers });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch']);
  });

  test('the key of one API key means nothing to another', async () => {
    const json = { tokens: [token()] };
    const headers = { 'idempotency-key': randomUUID() };
    const first = await call('POST', '/v1/subject-sets', { json, headers });
    const other = await call('POST', '/v1/subject-sets', {
      json,
      headers,
      bearer: await api.bearer(api.acme, 'ingest'),
    });
    expect(other.status).toBe(201);
    expect(other.body.id).not.toBe(first.body.id);
  });

  test('a failed call may be repeated under its key', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const [a, b] = [token(), token()];
    const unlink = { action: 'unlink', tokens: [a, b], kind: 'operator', evidence: 'ticket 9' };
    expect((await call('POST', '/v1/aliases', { json: unlink, headers })).status).toBe(404);
    await call('POST', '/v1/aliases', { json: { ...unlink, action: 'link' } });
    expect((await call('POST', '/v1/aliases', { json: unlink, headers })).status).toBe(204);
    expect((await call('POST', '/v1/aliases', { json: unlink, headers })).status).toBe(204);
  });

  test('a set over 100,000 tokens is refused, one of 100,000 is taken', async () => {
    const tokens = Array.from({ length: 100_000 }, (_, n) => `ps1.k1.${String(n).padStart(22, 'A')}`);
    expect((await call('POST', '/v1/subject-sets', { json: { tokens } })).body).toMatchObject({ count: 100_000 });
    expect((await call('POST', '/v1/subject-sets', { json: { tokens: [...tokens, token()] } })).status).toBe(400);
  });
});

describe('the registry', () => {
  const store = { id: 'store:sqlite:/data/crm.db/main.customers', title: 'CRM', identifierTypes: ['email'] };

  test('stores and parties are put, listed, removed, and never seen by another tenant', async () => {
    const theirs = await api.bearer(api.rival);
    const party = {
      id: 'mailer',
      legalName: 'Mailer Example Ltd',
      role: 'processor',
      country: 'US',
      hosts: ['mail.example.com'],
    };
    expect((await call('PUT', '/v1/parties', { json: party })).body).toMatchObject({ ...party, contact: null });
    expect((await call('PUT', '/v1/stores', { json: { ...store, partyId: 'mailer' } })).status).toBe(200);
    expect((await call('GET', '/v1/stores')).body.items).toMatchObject([{ ...store, connector: null }]);
    expect((await call('GET', '/v1/stores', { bearer: theirs })).body.items).toEqual([]);
    const path = `/v1/stores?id=${encodeURIComponent(store.id)}`;
    expect((await call('DELETE', path, { bearer: theirs })).status).toBe(404);
    expect((await call('DELETE', '/v1/parties?id=mailer')).status).toBe(409);
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('DELETE', '/v1/parties?id=mailer')).status).toBe(204);
    expect((await call('DELETE', '/v1/parties?id=mailer')).status).toBe(404);
  });

  test('the address of a party’s contact is kept in the registry and not in the audit trail', async () => {
    const json = { id: 'firm', legalName: 'Firm Example', role: 'processor', contact: 'dpo.firm@example.com' };
    expect((await call('PUT', '/v1/parties', { json })).body).toMatchObject({ contact: 'dpo.firm@example.com' });
    expect((await call('GET', '/v1/audit/entries?limit=1000')).text).not.toContain('dpo.firm');
    expect((await call('DELETE', '/v1/parties?id=firm')).status).toBe(204);
  });

  test('a store is registered under the name that spans give it, however somebody spells it', async () => {
    const json = { ...store, id: 'store:postgresql://admin:pw@DB/shop.public.users' };
    const { body } = await call('PUT', '/v1/stores', { json });
    expect(body.id).toBe('store:postgres://db:5432/shop.public.users');
    const path = `/v1/stores?id=${encodeURIComponent('store:postgres://DB/shop.public.users')}`;
    expect((await call('DELETE', path)).status).toBe(204);
  });

  test.each([
    ['/v1/stores', { ...store, id: 'agent:desk/triage' }],
    ['/v1/stores', { ...store, retentionDays: -1 }],
    ['/v1/parties', { id: 'Mailer', legalName: 'x', role: 'processor' }],
    ['/v1/stores', { ...store, id: 'store:' }],
    ['/v1/node-aliases', { alias: 'elsewhere', canonical: 'store:b/c' }],
    ['/v1/node-aliases', { alias: 'store:postgres://db/x', canonical: 'store:postgres://DB:5432/x' }],
    ['/v1/node-aliases', { alias: 'store:a/*', canonical: 'store:b/c' }],
    ['/v1/internal-hosts', { hosts: ['Not A Host'] }],
  ])('%s refuses what does not make sense', async (path, json) => {
    expect((await call('PUT', path, { json })).body).toMatchObject({ code: 'bad_request' });
  });

  test('node aliases and internal hosts are read back', async () => {
    const alias = { alias: 'store:postgres://10.0.0.7:5432/*', canonical: 'store:postgres://db:5432/*' };
    expect((await call('PUT', '/v1/node-aliases', { json: alias })).body).toEqual(alias);
    expect((await call('GET', '/v1/node-aliases')).body).toEqual({ items: [alias] });
    await call('PUT', '/v1/internal-hosts', { json: { hosts: ['b.example.com', '*.example.org', 'b.example.com'] } });
    expect((await call('GET', '/v1/internal-hosts')).body).toEqual({ hosts: ['*.example.org', 'b.example.com'] });
  });
});

describe('keys and tenants', () => {
  test('a key made over HTTP works until it is revoked, and is listed without its secret', async () => {
    const made = await call('POST', '/v1/api-keys', { json: { name: 'worker', scopes: ['governance:read'] } });
    expect(made.status).toBe(201);
    expect((await call('GET', '/v1/stores', { bearer: made.body.key })).status).toBe(200);
    const listed = await call('GET', '/v1/api-keys');
    expect(listed.text).toContain(made.body.id);
    expect(listed.text).not.toContain(made.body.key);
    const theirs = await api.bearer(api.rival);
    expect((await call('DELETE', `/v1/api-keys/${made.body.id}`, { bearer: theirs })).status).toBe(404);
    expect((await call('DELETE', `/v1/api-keys/${made.body.id}`)).status).toBe(204);
    expect((await call('GET', '/v1/stores', { bearer: made.body.key })).status).toBe(401);
    expect(api.logged()).not.toContain(made.body.key.slice(`vst_${made.body.id}_`.length));
  });

  test('an admin makes no key that reads people, and a key that names a person is listed with them', async () => {
    const admin = await call('POST', '/v1/api-keys', { json: { name: 'ops', role: 'admin', person: 'staff-1' } });
    const make = (json: object) => call('POST', '/v1/api-keys', { bearer: admin.body.key, json });
    expect((await make({ name: 'x', role: 'viewer' })).body).toMatchObject({
      code: 'forbidden',
      facts: { scopes: ['lineage:read'] },
    });
    expect((await make({ name: 'x', role: 'ingest', scopes: ['admin'] })).status).toBe(400);
    expect((await make({ name: 'x' })).status).toBe(400);
    const desk = await make({ name: 'desk', role: 'ingest' });
    const { body } = await call('GET', '/v1/api-keys');
    expect(body.items).toContainEqual(
      expect.objectContaining({ id: desk.body.id, role: 'ingest', scopes: ['ingest'], person: 'staff-1' }),
    );
  });

  test('a key can change its own secret, whatever it may do otherwise', async () => {
    const viewer = await call('POST', '/v1/api-keys', { json: { name: 'v', role: 'viewer', person: 'staff-2' } });
    const self = (bearer: string) => call('GET', '/v1/api-keys/self', { bearer });
    expect((await self(viewer.body.key)).body).toMatchObject({ id: viewer.body.id, role: 'viewer', tenant: 'acme' });
    const fresh = await call('POST', '/v1/api-keys/self/rotate', { bearer: viewer.body.key });
    expect(fresh.status).toBe(201);
    expect((await self(viewer.body.key)).status).toBe(401);
    expect((await self(fresh.body.key)).body).toMatchObject({ role: 'viewer', person: 'staff-2' });
    const other = await call('POST', `/v1/api-keys/${fresh.body.id}/rotate`, { bearer: fresh.body.key });
    expect(other.status).toBe(403);
  });

  test('a tenant sees itself and nobody else', async () => {
    expect((await call('GET', '/v1/tenants')).body).toEqual({ items: [{ ...api.acme }] });
    expect((await call('GET', `/v1/tenants/${api.acme.id}`)).body).toEqual({ ...api.acme });
    expect((await call('GET', `/v1/tenants/${api.rival.id}`)).status).toBe(404);
  });
});

describe('the audit trail', () => {
  test('is paged by an opaque cursor, gap-free, and of one tenant only', async () => {
    const items: { index: number }[] = [];
    let cursor = '';
    do {
      const page = await call('GET', `/v1/audit/entries?limit=7${cursor}`);
      items.push(...page.body.items);
      cursor = page.body.nextCursor ? `&cursor=${page.body.nextCursor}` : '';
    } while (cursor);
    expect(items.map(({ index }) => index)).toEqual(items.map((_, n) => n));
    const theirs = await call('GET', '/v1/audit/entries?limit=1000', { bearer: await api.bearer(api.rival) });
    expect(theirs.text).not.toContain('alias.linked');
  });

  test('a question about one person is itself an entry about that person', async () => {
    const subjectId = randomUUID();
    expect((await call('GET', `/v1/audit/entries?subjectId=${subjectId}`)).body).toMatchObject({
      code: 'purpose_required',
    });
    const { body } = await call('GET', `/v1/audit/entries?subjectId=${subjectId}`, { headers: because });
    expect(body.items).toMatchObject([{ type: 'subject.audit_read', object: { kind: 'subject', id: subjectId } }]);
  });
});

describe('operation', () => {
  test('liveness and readiness need no key', async () => {
    expect((await api.app.request('/livez')).status).toBe(200);
    const ready = await api.app.request('/readyz');
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ok', clickhouse: 'fulfilled', postgres: 'fulfilled' },
    ]);
  });

  test('the reference loads nothing from anywhere else and allows no inline script', async () => {
    const page = await api.app.request('/docs/');
    const html = await page.text();
    expect(html).not.toMatch(/https?:\/\//);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    for (const [, path] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect((await api.app.request(path as string)).status, path).toBe(200);
    }
    expect((await api.app.request('/docs/package.json')).status).toBe(404);
  });

  test('answers about people are kept by no cache', async () => {
    expect((await call('GET', '/v1/stores')).headers.get('cache-control')).toBe('no-store');
    expect((await call('GET', '/v1/nothing')).headers.get('cache-control')).toBe('no-store');
  });
});
