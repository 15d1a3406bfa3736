import { randomBytes } from 'node:crypto';
import { SubjectKeyring } from '@vestige/core/identity/keyring';
import { subjectToken, type TenantKey } from '@vestige/core/identity/token';
import { Secret } from '@vestige/core/secret';
import { aSpan } from '@vestige/store/events/testing/spans';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { findPeople } from '../requests/people.ts';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';

/** Who is who, when keys were rotated, identifiers are shared, and people were linked and parted. */

let api: TestApi;
let app: ReturnType<typeof createApp>;
let keyring: SubjectKeyring;
let bearer: string;
const keyOf = (kid: string): TenantKey => ({ tenant: 'acme', kid, key: new Secret(new Uint8Array(randomBytes(32))) });
const [oldKey, newKey] = [keyOf('k1'), keyOf('k2')];

beforeAll(async () => {
  api = await openTestApi();
  // The newest first: after a rotation old spans still carry old tokens.
  keyring = new SubjectKeyring([newKey, oldKey]);
  app = createApp({ ...api.deps, keyring });
  bearer = await api.bearer(api.acme, 'identify', 'lineage:read', 'audit:read');
});
afterAll(() => api.close());

async function call(method: string, path: string, body?: object) {
  const response = await app.request(path, {
    method,
    headers: {
      authorization: `Bearer ${bearer}`,
      'vestige-purpose': 'test of identity',
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}
const resolve = async (...values: string[]) =>
  (await call('POST', '/v1/subjects/resolve', { identifiers: values.map((value) => ({ type: 'email', value })) })).body;

/** The subject that spans with this token have. */
async function seen(key: TenantKey, email: string): Promise<{ token: string; subjectId: string }> {
  const token = subjectToken(key, 'email', email);
  const [subjectId] = await api.deps.aliases.resolve(api.acme.id, [{ token, atMs: Date.now() }]);
  const span = aSpan({ attribution: 'declared', touches: [{ action: 'write', peer: `store:${key.kid}`, rule: 'w' }] });
  await api.deps.events.append(api.acme.id, {
    spans: [{ span, subjectIds: [subjectId ?? ''], linkSubjectIds: [] }],
  });
  return { token, subjectId: subjectId ?? '' };
}

describe('one identifier under two keys', () => {
  test('is one person whose lineage covers both, once somebody asks by the identifier', async () => {
    const [before, after] = [await seen(oldKey, 'ada@example.com'), await seen(newKey, 'ada@example.com')];
    expect(before.subjectId).not.toBe(after.subjectId);
    const found = await resolve('ada@example.com');
    expect(found).toMatchObject({ ambiguous: [], aliases: [{ type: 'email' }, { type: 'email' }] });
    expect(new Set(found.aliases.map(({ kid }: { kid: string }) => kid))).toEqual(new Set(['k1', 'k2']));
    const lineage = (await call('GET', `/v1/subjects/${found.subjectId}/lineage`)).body;
    expect(lineage.residency.map(({ store }: { store: string }) => store)).toEqual(['store:k1', 'store:k2']);
    const { body } = await call('GET', `/v1/subjects/${after.subjectId}/links`);
    expect(body).toMatchObject({ links: [{ kind: 'rotation', joins: true }], history: [{ action: 'link' }] });
  });

  test('is one person for a request, too', async () => {
    await seen(oldKey, 'bob@example.com');
    await seen(newKey, 'bob@example.com');
    const selectors = { identifiers: [{ type: 'email', value: 'bob@example.com' }], tokens: [] };
    const people = await findPeople({ aliases: api.deps.aliases, keyring }, api.acme, selectors);
    expect(people).toMatchObject({ ambiguous: false });
    expect(people.subjectIds).toHaveLength(2);
    expect(people.tokens).toHaveLength(2);
  });

  test('that two different people are behind is shown, never guessed', async () => {
    const [cleo, dora] = [await seen(newKey, 'cleo@example.com'), await seen(newKey, 'dora@example.com')];
    const found = await resolve('cleo@example.com', 'dora@example.com');
    expect(found).toEqual({
      subjectId: null,
      aliases: [],
      ambiguous: [
        { subjectId: cleo.subjectId, by: ['/identifiers/0'] },
        { subjectId: dora.subjectId, by: ['/identifiers/1'] },
      ],
    });
  });
});

describe('a shared identifier', () => {
  test('shows whom it may mean, decides nothing, and no request goes by it', async () => {
    const family = await seen(newKey, 'family@example.com');
    const [mother, child] = [await seen(newKey, 'mother@example.com'), await seen(newKey, 'child@example.com')];
    const propose = (token: string) =>
      call('POST', '/v1/aliases', {
        action: 'link',
        tokens: [family.token, token],
        kind: 'heuristic',
        evidence: 'same household',
      });
    await propose(mother.token);
    await propose(child.token);
    const mark = { token: family.token, shared: true, evidence: 'ticket 7' };
    expect((await call('PUT', '/v1/aliases/shared', mark)).status).toBe(204);
    const found = await resolve('family@example.com');
    expect(found.subjectId).toBeNull();
    expect(new Set(found.ambiguous.map(({ subjectId }: { subjectId: string }) => subjectId))).toEqual(
      new Set([family.subjectId, mother.subjectId, child.subjectId]),
    );
    // Beside an identifier of her own it takes nothing away.
    expect(await resolve('family@example.com', 'mother@example.com')).toMatchObject({ subjectId: mother.subjectId });
    const refused = await call('POST', '/v1/aliases', {
      action: 'link',
      tokens: [family.token, mother.token],
      kind: 'operator',
      evidence: 'x',
    });
    expect(refused).toMatchObject({ status: 409, body: { facts: { reason: 'shared_identifier' } } });
    const selectors = {
      identifiers: ['family@example.com', 'mother@example.com'].map((value) => ({ type: 'email', value })),
      tokens: [],
    };
    expect(await findPeople({ aliases: api.deps.aliases, keyring }, api.acme, selectors)).toMatchObject({
      ambiguous: true,
    });
    const { items } = (await call('GET', `/v1/subjects/${family.subjectId}/views`)).body;
    expect(items.map(({ type }: { type: string }) => type)).toContain('subject.resolved');
  });

  test('is shared under every key: a new key makes it nobody’s own', async () => {
    const old = await seen(oldKey, 'office@example.com');
    const mark = { token: old.token, shared: true, evidence: 'ticket 8' };
    expect((await call('PUT', '/v1/aliases/shared', mark)).status).toBe(204);
    const fresh = await seen(newKey, 'office@example.com');
    expect(await resolve('office@example.com')).toMatchObject({
      subjectId: null,
      ambiguous: [{ subjectId: old.subjectId }],
    });
    const clerk = await seen(newKey, 'clerk@example.com');
    const link = { action: 'link', tokens: [fresh.token, clerk.token], kind: 'import', evidence: 'crm export' };
    expect((await call('POST', '/v1/aliases', link)).status).toBe(409);
  });

  test('that a new key had made somebody’s own before anybody asked is shown with both, and decides nothing', async () => {
    const old = await seen(oldKey, 'desk@example.com');
    await call('PUT', '/v1/aliases/shared', { token: old.token, shared: true, evidence: 'ticket 9' });
    const [fresh, clerk] = [await seen(newKey, 'desk@example.com'), await seen(newKey, 'c.lerk@example.com')];
    const link = { action: 'link', tokens: [fresh.token, clerk.token], kind: 'import', evidence: 'crm export' };
    expect((await call('POST', '/v1/aliases', link)).status).toBe(204);
    const found = await resolve('desk@example.com');
    expect(found.subjectId).toBeNull();
    expect(new Set(found.ambiguous.map(({ subjectId }: { subjectId: string }) => subjectId))).toEqual(
      new Set([old.subjectId, fresh.subjectId]),
    );
  });

  test('is not told from what nobody knows when it is another tenant’s', async () => {
    const { token } = await seen(newKey, 'eve@example.com');
    const rival = await api.bearer(api.rival);
    const response = await app.request('/v1/aliases/shared', {
      method: 'PUT',
      headers: { authorization: `Bearer ${rival}`, 'content-type': 'application/json' },
      body: JSON.stringify({ token, shared: true, evidence: 'x' }),
    });
    expect(response.status).toBe(404);
  });
});

test('links and proposals are shown with their kind and evidence, and what was undone stays in the history', async () => {
  const [mail, other] = [await seen(newKey, 'frida@example.com'), await seen(newKey, 'f.kahn@example.com')];
  const change = { tokens: [mail.token, other.token], kind: 'verified_login', evidence: 'login 12' };
  await call('POST', '/v1/aliases', { action: 'link', ...change });
  const linked = (await call('GET', `/v1/subjects/${mail.subjectId}/links`)).body;
  expect(linked.links).toMatchObject([{ kind: 'verified_login', evidence: 'login 12', joins: true }]);
  await call('POST', '/v1/aliases', { action: 'unlink', ...change, evidence: 'was a mistake' });
  const { links, history } = (await call('GET', `/v1/subjects/${mail.subjectId}/links`)).body;
  expect(links).toEqual([]);
  expect(history.map(({ action, evidence }: Record<string, string>) => [action, evidence])).toEqual([
    ['link', 'login 12'],
    ['unlink', 'was a mistake'],
  ]);
  const { items } = (await call('GET', `/v1/subjects/${mail.subjectId}/views`)).body;
  expect(items.map(({ type }: { type: string }) => type)).toContain('subject.links_read');
});

test('who was linked by mistake is told of the looks from that time too, and of no later ones at the other', async () => {
  const [gina, hugo] = [await seen(newKey, 'gina@example.com'), await seen(newKey, 'hugo@example.com')];
  const lineage = (subjectId: string) => call('GET', `/v1/subjects/${subjectId}/lineage`);
  const looks = async (subjectId: string) =>
    (await call('GET', `/v1/subjects/${subjectId}/views?limit=100`)).body.items.filter(
      ({ type }: { type: string }) => type === 'subject.read',
    ).length;
  const change = { tokens: [gina.token, hugo.token], kind: 'operator', evidence: 'ticket 10' };
  await lineage(gina.subjectId);
  await call('POST', '/v1/aliases', { action: 'link', ...change });
  expect((await lineage(hugo.subjectId)).body.subjectId).toBe(gina.subjectId);
  await call('POST', '/v1/aliases', { action: 'unlink', ...change });
  // Instants are told to the millisecond.
  await new Promise((wait) => setTimeout(wait, 5));
  await lineage(gina.subjectId);
  expect(await looks(hugo.subjectId)).toBe(1);
  expect(await looks(gina.subjectId)).toBe(3);
});

test('a text with a character that no database keeps is the caller’s fault, and says so', async () => {
  const tokens = ['a', 'b'].map((letter) => `ps1.k1.${letter.repeat(22)}`);
  const change = { action: 'link', tokens, kind: 'operator', evidence: 'seen \u0000 twice' };
  const { status, body } = await call('POST', '/v1/aliases', change);
  expect([status, body.code]).toEqual([400, 'bad_request']);
});
