import { createPublicKey, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { parseTlogProof } from '@vestige/core/audit/tlog-proof';
import { Certificate } from '@vestige/core/certificate/certificate';
import { isValid, verifyCertificate } from '@vestige/core/certificate/verify';
import type { ClaimedTask } from '@vestige/core/request/worker-protocol';
import { tagged } from '@vestige/store/events/testing/spans';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../../testing/open-test-api.ts';
import { entriesOf } from '../testing/unzip.ts';
import { lookOnce } from '../workflow.ts';
import { sha256 } from './zip.ts';

const crm = 'store:sqlite:/data/crm.db/main.customers';
const digest = `sha256:${'a'.repeat(64)}`;
const mailHost = 'recipient:mail.example.net';

let api: TestApi;
let filer: string;
let officer: string;
let worker: string;
let people = 0;
/** Moves on when a test says so. */
let laterMs = 0;

beforeAll(async () => {
  api = await openTestApi();
  Object.assign(api.deps, { now: () => new Date(Date.now() + laterMs) });
  const key = async (person: string, ...scopes: Parameters<TestApi['bearer']>[1][]) =>
    (await api.deps.tenants.createKey(api.acme.id, { name: person, person, scopes, expiresAt: null })).secret.reveal();
  filer = await key('filer', 'requests:read', 'requests:write', 'requests:export', 'governance:write', 'audit:read');
  officer = await key('officer', 'requests:read', 'requests:approve');
  worker = await key('worker', 'tasks:work');
  const store = { id: crm, title: 'CRM', partyId: null, connector: 'sqlite', retentionDays: 30 };
  expect((await call('PUT', '/v1/stores', { ...store, identifierTypes: ['email'] })).status).toBe(200);
});
afterAll(() => api.close());

async function call(method: string, path: string, json?: unknown, bearer = filer) {
  const response = await api.app.request(path, {
    method,
    headers: {
      authorization: `Bearer ${bearer}`,
      'vestige-purpose': 'request of a person',
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const isJson = response.headers.get('content-type')?.includes('json');
  const body = isJson ? JSON.parse(Buffer.from(bytes).toString()) : null;
  return { status: response.status, headers: response.headers, bytes, body };
}

const look = async () => {
  for (let round = 0; round < 30; round += 1) {
    if ((await lookOnce(api.deps, { intervalMs: 20 }, `test-${randomUUID()}`)) === 0) return;
  }
};

/** @param recipients whom an agent told, besides writing to the CRM */
async function newPerson(...recipients: string[]) {
  people += 1;
  const email = `person${people}@example.com`;
  const [token = ''] = api.deps.keyring.tokensFor('acme', 'email', email);
  const [subjectId = ''] = await api.deps.aliases.resolve(api.acme.id, [{ token, atMs: Date.now() - 60_000 }]);
  const nowNs = BigInt(Date.now() - 60_000) * 1_000_000n;
  const touches = [
    { peer: crm, action: 'write' as const, rule: 'test' },
    ...recipients.map((peer) => ({ peer, action: 'share' as const, rule: 'test' })),
  ];
  await api.deps.events.append(api.acme.id, {
    spans: [tagged([subjectId], { startNs: nowNs, endNs: nowNs + 1_000_000n, touches })],
  });
  return { email, token, subjectId };
}

/** A request whose export has delivered these rows. */
async function delivered(type: 'access' | 'portability', email: string, rows: readonly object[]): Promise<string> {
  const { id } = (
    await call('POST', '/v1/requests', {
      type,
      receivedAt: new Date(Date.now() - 1_000).toISOString(),
      identifiers: [{ type: 'email', value: email }],
    })
  ).body;
  await call('POST', `/v1/requests/${id}/identity`, { result: 'verified', method: 'account_login', assurance: 'high' });
  await look();
  const { planHash } = (await call('GET', `/v1/requests/${id}`)).body;
  expect((await call('POST', `/v1/requests/${id}/approve`, { planHash }, officer)).status).toBe(200);
  await look();
  const claim = { stores: ['*'], max: 100, leaseSeconds: 60, worker: 'w1' };
  const { tasks } = (await call('POST', '/v1/tasks/claim', claim, worker)).body as { tasks: ClaimedTask[] };
  for (const task of tasks.filter(({ requestId }) => requestId === id)) {
    const sent = await api.app.request(`/v1/tasks/${task.id}/data?fence=${task.fence}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${worker}`, 'content-type': 'application/x-ndjson' },
      body: rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
    });
    expect(sent.status).toBe(200);
    const result = {
      fence: task.fence,
      found: rows.length,
      erased: 0,
      residual: 0,
      method: 'export',
      evidenceDigest: digest,
      searched: true,
      cannotErase: [],
    };
    expect((await call('POST', `/v1/tasks/${task.id}/result`, result, worker)).status).toBe(200);
  }
  await settled();
  return id;
}
const settled = async () => {
  await look();
  laterMs += 61_000;
  await look();
};
const stateOf = async (id: string) => (await call('GET', `/v1/requests/${id}`)).body;
const packageOf = async (id: string) => entriesOf((await call('GET', `/v1/requests/${id}/package`)).bytes);

describe('a recipient that is a host and nobody’s name', () => {
  test('keeps the copy from being sealed until somebody names it', async () => {
    const { email } = await newPerson(mailHost);
    const id = await delivered('access', email, [{ id: 1 }]);
    expect(await stateOf(id)).toMatchObject({ attention: 'package_needs_sign_off' });
    expect((await call('GET', `/v1/requests/${id}/package`)).status).toBe(404);
    const review = (await call('GET', `/v1/requests/${id}/package/review`)).body;
    expect(review).toMatchObject({
      complete: false,
      openPoints: [{ what: mailHost, reason: 'unnamed_recipient', signedOff: null }],
      sealed: null,
    });

    const party = { id: 'mail.example.net', legalName: 'Mail Ltd', role: 'processor', country: 'IE' };
    expect((await call('PUT', '/v1/parties', party)).status).toBe(200);
    await settled();
    expect(await stateOf(id)).toMatchObject({ state: 'completed' });
    const answer = JSON.parse((await packageOf(id)).get('answer.json') ?? '');
    expect(answer).toMatchObject({ complete: true, recipients: [{ legal_name: 'Mail Ltd', country: 'IE' }] });
    await call('DELETE', '/v1/parties?id=mail.example.net');
  });

  test('goes out unnamed only by the signature of somebody else than who filed, and the answer says so', async () => {
    const { email } = await newPerson(mailHost);
    const id = await delivered('access', email, [{ id: 1 }]);
    const signature = { what: mailHost, code: 'recipient_cannot_be_identified', basis: 'asked the host twice' };
    const path = `/v1/requests/${id}/package/sign-off`;
    expect((await call('POST', path, signature)).status).toBe(403);
    const filersOther = await api.deps.tenants.createKey(api.acme.id, {
      name: 'another',
      person: 'filer',
      scopes: ['requests:approve'],
      expiresAt: null,
    });
    expect((await call('POST', path, signature, filersOther.secret.reveal())).status).toBe(403);
    expect((await call('POST', path, { ...signature, what: crm }, officer)).status).toBe(409);
    expect((await call('POST', path, signature, officer)).status).toBe(200);
    expect((await call('POST', path, signature, officer)).status).toBe(409);
    await settled();
    expect(await stateOf(id)).toMatchObject({ state: 'completed', attention: null });
    const files = await packageOf(id);
    const answer = JSON.parse(files.get('answer.json') ?? '');
    expect(answer.complete).toBe(false);
    expect(answer.not_provided).toContainEqual(
      expect.objectContaining({ what: mailHost, reason_code: 'recipient_cannot_be_identified' }),
    );
    expect(files.get('index.html')).toContain('This answer is incomplete.');
  });
});

describe('the rows', () => {
  test('lose who is known to be somebody else, and a row of somebody else altogether; both are counted', async () => {
    const [mara, noah] = [await newPerson(), await newPerson()];
    const field = (name: string, more = {}) => ({ name, title: name, ...more });
    const notice = {
      controller: { legalName: 'Acme', contact: 'post' },
      authority: { name: 'the authority', url: 'https://authority.example/' },
      purposes: [],
      automatedDecisions: [],
      stores: [
        {
          store: crm,
          legalBasis: 'eu-gdpr:A6-1-b',
          provenance: 'provided',
          fields: [
            field('email', { identifies: 'email' }),
            field('boss', { thirdParty: true }),
            field('score', { provenance: 'inferred' }),
          ],
        },
      ],
    };
    expect((await call('PUT', '/v1/privacy-notice', notice)).status).toBe(200);
    const rows = [
      { email: mara.email, boss: 'Wilhelmine', score: 3, text: `I wrote to ${noah.email} and ask@example.org` },
      { email: noah.email.toUpperCase(), boss: 'Ottokar', score: 1, text: 'noah-alone' },
    ];
    const access = await packageOf(await delivered('access', mara.email, rows));
    const answer = JSON.parse(access.get('answer.json') ?? '');
    expect(answer.copy).toMatchObject([
      {
        rows: 1,
        redactions: [
          { reason: 'other_person', count: 1 },
          { reason: 'other_person_row', count: 1 },
          { reason: 'third_party_field', count: 1 },
          { reason: 'unknown_person', count: 1 },
        ],
      },
    ]);
    expect(JSON.parse(access.get(answer.copy[0].file) ?? '')).toEqual({
      email: mara.email,
      boss: '[about somebody else]',
      score: 3,
      text: 'I wrote to [another person] and [another person, perhaps]',
    });
    const portable = await packageOf(await delivered('portability', mara.email, rows));
    const taken = JSON.parse(portable.get('portability.json') ?? '');
    expect(taken.excluded).toMatchObject([
      { store: crm, field: 'score', rows: 1, reason_code: 'inferred' },
      { store: crm, field: null, rows: 1, reason_code: 'other_person' },
    ]);
    expect(JSON.parse(portable.get(taken.files[0].json) ?? '')).not.toHaveProperty('score');
    for (const files of [access, portable]) {
      for (const [name, text] of files) {
        for (const others of [noah.email, noah.token, noah.subjectId, 'noah-alone', 'Wilhelmine', 'Ottokar']) {
          expect(text.toLowerCase().includes(others.toLowerCase()), `${others} in ${name}`).toBe(false);
        }
      }
    }
    const ajv = new Ajv2020({ strict: false });
    formats.default(ajv);
    const schemaOf = (files: Map<string, string>, name: string) => JSON.parse(files.get(`schema/${name}`) ?? '');
    expect(ajv.validate(schemaOf(access, 'answer.schema.json'), answer), ajv.errorsText()).toBe(true);
    expect(ajv.validate(schemaOf(portable, 'portability.schema.json'), taken), ajv.errorsText()).toBe(true);
  });

  test('are larger than one piece and come back byte for byte', async () => {
    const { email } = await newPerson();
    const random = createReadStream('/dev/urandom', { end: 3_000_000 });
    const rows: { id: number; text: string }[] = [];
    for await (const part of random) {
      // Letters alone: among three million random characters some digits look like a telephone number, and are masked.
      const letters = (part as Buffer).toString('hex').replaceAll(/\d/g, (digit) => 'ghijklmnop'[Number(digit)] ?? '');
      rows.push({ id: rows.length, text: letters });
    }
    const id = await delivered('access', email, rows);
    const { bytes, headers } = await call('GET', `/v1/requests/${id}/package`);
    expect(bytes.length).toBeGreaterThan(2_000_000);
    expect(Number(headers.get('content-length'))).toBe(bytes.length);
    const files = await entriesOf(bytes);
    const jsonl = [...files].find(([name]) => name.endsWith('.jsonl'))?.[1] ?? '';
    expect(
      jsonl
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(rows);
  });
});

describe('the certificate of a copy', () => {
  test('names the sealed file, is valid offline, reads as a page, and is proven by the log it names', async () => {
    const { email } = await newPerson();
    const id = await delivered('access', email, [{ id: 1 }]);
    const { bytes } = await call('GET', `/v1/requests/${id}/certificate`);
    const certificate = Certificate.parse(JSON.parse(Buffer.from(bytes).toString()));
    const sealed = (await call('GET', `/v1/requests/${id}/package`)).bytes;
    expect(certificate.package).toEqual({ sha256: sha256(sealed), complete: true });
    const { publicKey } = (await call('GET', '/v1/certificates/public-key')).body;
    expect(isValid(verifyCertificate(bytes, createPublicKey(publicKey)))).toBe(true);

    const page = await call('GET', `/v1/requests/${id}/certificate/page`);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(Buffer.from(page.bytes).toString()).toContain(certificate.subjectCommitment);

    const answer = await call('GET', `/v1/requests/${id}/certificate/log-proof`);
    expect(answer.status).toBe(200);
    const { extra, checkpoint } = parseTlogProof(Buffer.from(answer.bytes).toString());
    expect(checkpoint.split('\n')[0]).toBe(certificate.log.origin);
    expect(Buffer.from(extra ?? []).toString()).toContain(sha256(bytes));
  });
});

describe('the link of a person', () => {
  const open = (path: string, code: string) =>
    api.app.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ code }).toString(),
    });
  const made = async (json: object = {}) => {
    const { email } = await newPerson();
    const id = await delivered('access', email, [{ id: 1 }]);
    const { body, status } = await call('POST', `/v1/requests/${id}/package/link`, json);
    expect(status).toBe(201);
    return { id, ...(body as { path: string; code: string; expiresAt: string }) };
  };

  test('opens the copy for whoever has both parts, as often as it says, and each time is written down', async () => {
    const { id, path, code } = await made({ downloadsMax: 2 });
    const page = await api.app.request(path);
    expect([page.status, page.headers.get('content-security-policy')]).toEqual([
      200,
      expect.stringContaining("form-action 'self'"),
    ]);
    for (const typed of [code, ` ${code.toLowerCase().replace('-', ' ')} `]) {
      const answer = await open(path, typed);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/zip']);
      expect((await entriesOf(new Uint8Array(await answer.arrayBuffer()))).has('index.html')).toBe(true);
    }
    expect((await open(path, code)).status).toBe(410);
    const { items } = (await call('GET', `/v1/audit/entries?requestId=${id}&limit=1000`)).body as {
      items: { type: string; actor: string }[];
    };
    const downloads = items.filter(({ type }) => type === 'package.download');
    expect(downloads).toHaveLength(2);
    expect(downloads.every(({ actor }) => actor.startsWith('link:'))).toBe(true);
    expect(api.logged()).not.toContain(path.slice('/copies/'.length));
    const rows = JSON.stringify(items);
    expect(rows).not.toContain(code.replace('-', ''));
  });

  test('says nothing to whoever has one part, and locks after five wrong codes', async () => {
    const { path, code } = await made();
    const statuses = [];
    for (let tries = 0; tries < 6; tries += 1) statuses.push((await open(path, 'AAAAA-AAAAA')).status);
    expect(statuses).toEqual([403, 403, 403, 403, 403, 410]);
    expect((await open(path, code)).status).toBe(410);
    const unknown = `/copies/${Buffer.alloc(28, 7).toString('base64url')}`;
    for (const nothing of [unknown, '/copies/x', `${path}x`]) expect((await open(nothing, code)).status).toBe(410);
    const [real, invented] = [await api.app.request(path), await api.app.request(unknown)];
    expect(await real.text()).toBe(await invented.text());
  });

  test('ends with its days and with a new one; the package ends with its own, bytes and key', async () => {
    const first = await made({ days: 1 });
    const second = (await call('POST', `/v1/requests/${first.id}/package/link`, { days: 2 })).body;
    expect((await open(first.path, first.code)).status).toBe(410);
    laterMs += 2 * 86_400_000 + 1_000;
    expect((await open(second.path, second.code)).status).toBe(410);
    const third = (await call('POST', `/v1/requests/${first.id}/package/link`, { days: 30 })).body;
    const { sealed } = (await call('GET', `/v1/requests/${first.id}/package/review`)).body;
    expect(third.expiresAt).toBe(sealed.expiresAt);

    laterMs += 30 * 86_400_000;
    await look();
    expect((await open(third.path, third.code)).status).toBe(410);
    expect((await call('GET', `/v1/requests/${first.id}/package`)).status).toBe(404);
    expect((await call('POST', `/v1/requests/${first.id}/package/link`, {})).status).toBe(404);
    expect((await call('GET', `/v1/requests/${first.id}/package/review`)).body.sealed).toMatchObject({
      sha256: sealed.sha256,
    });
  });

  test('of another tenant’s copy cannot be made, nor opened under another tenant', async () => {
    const { id, path, code } = await made();
    const rival = await api.bearer(api.rival);
    expect((await call('POST', `/v1/requests/${id}/package/link`, {}, rival)).status).toBe(404);
    const token = Buffer.from(path.slice('/copies/'.length), 'base64url');
    token.writeUInt32BE(api.rival.id);
    expect((await open(`/copies/${token.toString('base64url')}`, code)).status).toBe(410);
  });
});
