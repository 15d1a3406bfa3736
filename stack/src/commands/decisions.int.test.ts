import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import {
  CreateRequestBody,
  ExemptBody,
  LiftRestrictionBody,
  PlaceHoldBody,
  RefuseBody,
  ReopenBody,
} from '@vestige/core/request/request-bodies';
import { afterAll, beforeAll, expect, test } from 'vitest';

const MAIN = join(import.meta.dirname, '..', 'main.ts');
const ID = '00000000-0000-4000-8000-000000000000';

/** Takes down what the command line sends; what the API makes of it is tested where the API is. */
let api: Server;
let heard: { readonly path: string; readonly body: unknown }[] = [];
beforeAll(async () => {
  api = createServer(async (request, response) => {
    const hasBody = Number(request.headers['content-length'] ?? 0) > 0;
    heard.push({ path: `${request.method} ${request.url}`, body: hasBody ? await json(request) : null });
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ id: ID, action: 'erase', node: 'store:a', state: 'pending', progress: {}, clock: {} }),
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
  return { code, err, heard: heard[0] };
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
