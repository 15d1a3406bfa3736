import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { ExemptionBody } from '@vestige/core/request/exemption';
import {
  CreateRequestBody,
  ExemptBody,
  LiftRestrictionBody,
  PlaceHoldBody,
  RefuseBody,
  ReopenBody,
} from '@vestige/core/request/request-bodies';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

const MAIN = join(import.meta.dirname, '..', 'main.ts');
const LIST = `sha256:${'0'.repeat(64)}`;
const ExemptionsBody = z.strictObject({ items: z.array(ExemptionBody), replaces: z.literal(LIST) });
const ID = '00000000-0000-4000-8000-000000000000';

/** Takes down what the command line sends; what the API makes of it is tested where the API is. */
let api: Server;
/** What is exempt already, when it is asked. */
let items: readonly object[] = [];
let heard: { readonly path: string; readonly body: unknown }[] = [];
beforeAll(async () => {
  api = createServer(async (request, response) => {
    const hasBody = Number(request.headers['content-length'] ?? 0) > 0;
    const isJson = request.headers['content-type'] === 'application/json';
    const body = hasBody ? await (isJson ? json(request) : text(request)) : null;
    heard.push({ path: `${request.method} ${request.url}`, body });
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        id: ID,
        action: 'erase',
        node: 'store:a',
        type: 'erasure',
        state: 'pending',
        attention: null,
        receivedAt: '2026-11-20T09:00:00Z',
        progress: {},
        clock: { due: '2026-12-20T23:59:59Z', paused: false },
        items,
        hash: LIST,
      }),
    );
  });
  api.listen(0, '127.0.0.1');
  await once(api, 'listening');
});
afterAll(() => api.close());

async function said(...args: string[]) {
  heard = [];
  const { port } = api.address() as AddressInfo;
  const env = { PATH: process.env['PATH'], VESTIGE_API_KEY: 'vst_0123456789abcdef_x' };
  const child = spawn(process.execPath, [MAIN, ...args, '--json'], {
    env: { ...env, VESTIGE_API_URL: `http://127.0.0.1:${port}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  return { code, err, heard: heard[0], last: heard.at(-1) };
}

test('a request is reopened about whom was named, for the reason that was said', async () => {
  const { code, heard: sent } = await said('request', 'reopen', ID, 'customer_id=C-17', '--reason', 'new_identifier');
  expect(code).toBe(0);
  expect(sent?.path).toBe(`POST /v1/requests/${ID}/reopen`);
  expect(ReopenBody.parse(sent?.body)).toMatchObject({
    reason: 'new_identifier',
    identifiers: [{ type: 'customer_id', value: 'C-17' }],
  });
});

test('a refusal for want of a reason carries what shows it', async () => {
  const code = 'eu-gdpr:JustificationA12ManifestlyExcessive';
  const given = ['--code', code, '--complaint-authority', 'State commissioner'];
  const sent = await said('request', 'refuse', ID, ...given, '--evidence', 'the fifth this month');
  expect(RefuseBody.parse(sent.heard?.body)).toMatchObject({ code, evidence: 'the fifth this month' });
});

test('an objection names what it objects to, and a rectification what is right', async () => {
  const objection = await said('request', 'create', 'objection', 'ada@example.com', '--object-to', 'marketing');
  expect(CreateRequestBody.parse(objection.heard?.body)).toMatchObject({ type: 'objection', purposes: ['marketing'] });
  const right = await said('request', 'create', 'rectification', 'ada@example.com', '--correct', 'user.name=Ada L.');
  expect(CreateRequestBody.parse(right.heard?.body).corrections).toEqual([{ type: 'user.name', value: 'Ada L.' }]);
});

test('a hold on everything has to be said, and one on a place names it', async () => {
  const matter = ['--matter', 'Case 12', '--review-at', '2027-01-31'];
  expect(await said('hold', 'place', ...matter)).toMatchObject({ heard: undefined });
  const sent = await said('hold', 'place', ...matter, '--node', 'store:crm/*');
  expect(sent).toMatchObject({ code: 0, heard: { path: 'POST /v1/holds' } });
  expect(PlaceHoldBody.parse(sent.heard?.body)).toMatchObject({ nodes: ['store:crm/*'] });
});

test('a restriction is lifted with the record that the person was told', async () => {
  const notice = ['--told-on', '2026-11-20', '--channel', 'letter', '--reason', 'settled'];
  const sent = await said('restriction', 'lift', ID, ...notice);
  expect(sent.heard?.path).toBe(`POST /v1/restrictions/${ID}/lift`);
  expect(LiftRestrictionBody.parse(sent.heard?.body)).toMatchObject({ channel: 'letter' });
});

test('a place is exempted with its reason, basis and day of review', async () => {
  const exemption = { code: 'vestige:not-a-store', basis: 'Case 12', reviewAt: '2027-01-31' };
  const { code, basis, reviewAt } = exemption;
  const sent = await said('task', 'exempt', ID, '--code', code, '--basis', basis, '--review-at', reviewAt);
  expect(sent).toMatchObject({ code: 0, heard: { path: `POST /v1/tasks/${ID}/exempt` } });
  expect(ExemptBody.parse(sent.heard?.body)).toEqual(exemption);
});

test('a task that was given up is tried again', async () => {
  expect(await said('task', 'retry', ID)).toMatchObject({ code: 0, heard: { path: `POST /v1/tasks/${ID}/retry` } });
});

test('what the person showed is attached as what the file is, and a file of another kind is not sent', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vestige-proof-'));
  await writeFile(join(folder, 'answers.TXT'), 'born in Ulm');
  await writeFile(join(folder, 'ada.exe'), 'x');
  const given = ['--kind', 'knowledge', '--assurance', 'substantial'];
  const sent = await said('request', 'identity-proof', 'add', ID, join(folder, 'answers.TXT'), ...given);
  expect(sent).toMatchObject({ code: 0, heard: { body: 'born in Ulm' } });
  expect(sent.heard?.path).toBe(`POST /v1/requests/${ID}/identity-proofs?kind=knowledge&assurance=substantial`);
  const refused = await said('request', 'identity-proof', 'add', ID, join(folder, 'ada.exe'), ...given);
  expect(refused).toMatchObject({ code: 2, heard: undefined });
  const missing = await said('request', 'identity-proof', 'add', ID, join(folder, 'eve.pdf'), ...given);
  expect(missing.heard).toBeUndefined();
  // The name of the file may be the person's.
  expect(refused.err + missing.err).not.toMatch(/ada|eve/);
  await rm(folder, { recursive: true });
});

test('a proof is read with a purpose into a file of one’s own, and destroyed by its id', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vestige-proof-'));
  const out = join(folder, 'proof');
  const read = await said('request', 'identity-proof', 'read', ID, ID, '--out', out, '--purpose', 'dsr-identity');
  expect(read).toMatchObject({ code: 0, heard: { path: `GET /v1/requests/${ID}/identity-proofs/${ID}` } });
  expect((await stat(out)).mode & 0o777).toBe(0o600);
  const removed = await said('request', 'identity-proof', 'remove', ID, ID);
  expect(removed.heard?.path).toBe(`DELETE /v1/requests/${ID}/identity-proofs/${ID}`);
  expect(await said('request', 'identity-proof', 'remove', ID, '../x')).toMatchObject({ code: 2, heard: undefined });
  await rm(folder, { recursive: true });
});

test('an exemption is added to those that are there, with its reason, and taken back by its place', async () => {
  const there = {
    node: 'store:crm/orders',
    categories: ['user.financial'],
    from: '2020-01-01',
    to: null,
    code: 'eu-gdpr:JustificationA17LegallyRequired',
    basis: 'tax law',
    reviewAt: '2036-01-01',
  };
  items = [{ ...there, by: 'key:officer' }];
  const given = [
    '--node',
    'store:mail',
    '--code',
    'vestige:not-a-store',
    '--basis',
    'a name',
    '--review-at',
    '2027-01-31',
  ];
  const added = await said('request', 'exemption', 'add', ID, ...given);
  expect(added.last?.path).toBe(`PUT /v1/requests/${ID}/exemptions`);
  const sent = ExemptionsBody.parse(added.last?.body).items;
  expect(sent).toMatchObject([there, { node: 'store:mail', categories: [], from: null, to: null }]);
  const removed = await said('request', 'exemption', 'remove', ID, '--node', 'store:crm/orders');
  expect(removed.last?.body).toEqual({ items: [], replaces: LIST });
  const nothing = await said('request', 'exemption', 'remove', ID, '--node', 'store:nowhere');
  expect(nothing.last?.path).toBe(`GET /v1/requests/${ID}/exemptions`);
  expect(nothing.code).not.toBe(0);
  items = [];
});
