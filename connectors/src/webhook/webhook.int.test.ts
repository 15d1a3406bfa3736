import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { connectorContract, JANE, JOHN, jobFor } from '../connector-contract.ts';
import { checkSignature, contentDigest, signatureHeaders } from './http-signature.ts';
import { requestComponents, responseComponents, WebhookConfig, webhookConnector } from './webhook.ts';

const NODE = 'store:crm/contacts';
const SECRETS: Readonly<Record<string, string>> = { worker: 'w'.repeat(40), verifier: 'v'.repeat(40) };
const nowS = () => Math.floor(Date.now() / 1_000);
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

interface Contact {
  email: string;
  n: number;
  frozen: boolean;
  note?: string;
}

interface Asked {
  action: string;
  selectors: { value: string }[];
  corrections?: { type: string; value: string }[];
  verifies?: string;
}

interface Spoil {
  status?: number;
  answer?: unknown;
  nonce?: string;
  secret?: string;
  unsigned?: true;
}

/** A receiver as its author would write it: checks every call, remembers nonces, signs every answer. */
async function receiver(spoil: Spoil = {}) {
  let contacts: Contact[] = [JANE, ' Jane@Example.com', JOHN, JOHN].map((email, n) => ({ email, n, frozen: false }));
  const nonces = new Set<string>();
  const refused: string[] = [];
  const captured: { headers: IncomingMessage['headers']; body: Buffer }[] = [];
  const jobs = new Map<string, { state: string }>();
  let url = '';
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    captured.push({ headers: request.headers, body });
    const header = (name: string) => request.headers[name] as string | undefined;
    const key = header('idempotency-key') ?? '';
    const keyId = /keyid="([^"]+)"/.exec(header('signature-input') ?? '')?.[1] ?? '';
    const signed = checkSignature(SECRETS[keyId] ?? '', header, requestComponents(url, body, key), body, nowS());
    const fault = typeof signed === 'string' ? signed : nonces.has(signed.nonce) ? 'replayed' : null;
    if (typeof signed === 'string' || fault !== null) {
      refused.push(String(fault));
      return void response.writeHead(401).end();
    }
    nonces.add(signed.nonce);
    const done = work(JSON.parse(body.toString()), keyId, key);
    const answer = Buffer.from(JSON.stringify('answer' in spoil ? spoil.answer : done.answer));
    const status = spoil.status ?? done.status;
    const params = { created: nowS(), expires: nowS() + 60, nonce: spoil.nonce ?? signed.nonce, keyid: keyId };
    const secret = spoil.secret ?? SECRETS[keyId] ?? '';
    response.writeHead(status, {
      'content-digest': contentDigest(answer),
      ...(spoil.unsigned ? {} : signatureHeaders(secret, responseComponents(status, answer), params)),
    });
    response.end(answer);
  });
  function work(asked: Asked, keyId: string, key: string) {
    const own = contacts.filter(({ email }) =>
      asked.selectors.some(({ value }) => value.trim().toLowerCase() === email.trim().toLowerCase()),
    );
    const ok = (answer: object, status = 200) => ({ status, answer });
    switch (asked.action) {
      case 'check':
        return ok({ ready: true });
      case 'export':
        return ok({ rows: own });
      case 'erase':
        // The verifier's secret may only look.
        if (keyId === 'verifier') return ok({}, 403);
        if (later) {
          jobs.set(key, { state: 'working' });
          return ok({ reference: key, expectedAt: '2026-12-24T00:00:00Z' }, 202);
        }
        contacts = contacts.filter((contact) => !own.includes(contact));
        return ok({ found: own.length, erased: own.length, method: 'delete' });
      case 'restrict':
      case 'unrestrict':
      case 'rectify': {
        if (keyId === 'verifier') return ok({}, 403);
        const wrong = own.filter((contact) => isWrong(contact, asked.action, asked.corrections));
        for (const contact of wrong) {
          if (asked.action !== 'rectify') contact.frozen = asked.action === 'restrict';
          for (const { type, value } of asked.corrections ?? []) if (type === 'user.note') contact.note = value;
        }
        return ok({ found: own.length, changed: wrong.length, method: 'update' });
      }
      case 'verify':
        return ok({ found: own.filter((contact) => isWrong(contact, asked.verifies, asked.corrections)).length });
      case 'status':
        return ok({ ...jobs.get(key), expectedAt: '2026-12-24T00:00:00Z' });
      default:
        return ok({ found: own.length });
    }
  }
  /** What `verify` counts: whoever is still there, or is not as the change was to make them. */
  function isWrong(contact: Contact, action: string | undefined, corrections: Asked['corrections'] = []): boolean {
    if (action === 'rectify') {
      return corrections.some(({ type, value }) => type === 'user.note' && contact.note !== value);
    }
    return action === undefined || contact.frozen !== (action === 'restrict');
  }
  let later = false;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/erasure`;
  const connector = (more: object = {}) => {
    const config = WebhookConfig.parse({
      connector: 'webhook',
      node: NODE,
      url,
      secret: SECRETS['worker'],
      keyId: 'worker',
      verify: { secret: SECRETS['verifier'], keyId: 'verifier' },
      identifierTypes: ['email'],
      ...more,
    });
    later = config.answers === 'later';
    return webhookConnector(config);
  };
  return {
    connector,
    refused,
    captured,
    jobs,
    url,
    contacts: () => contacts,
    add: (email: string) => void contacts.push({ email, n: 9, frozen: false }),
  };
}

connectorContract(
  'webhook',
  async () => {
    const it = await receiver();
    return {
      connector: it.connector({ changes: ['restrict', 'rectify'] }),
      node: NODE,
      everything: async () => it.contacts().map((contact) => JSON.stringify(contact)),
      addJane: async () => it.add(JANE),
      bytesHold: async () => null,
      cleanUp: async () => {},
    };
  },
  { type: 'user.note', value: 'put right' },
);

test('a captured call is refused when it is sent again, or with another body', async () => {
  const it = await receiver();
  await it.connector().search(jobFor(NODE, JANE));
  const [call] = it.captured;
  const headers = Object.fromEntries(Object.entries(call?.headers ?? {}).map(([name, value]) => [name, String(value)]));
  const send = (url: string, body: string) => fetch(url, { method: 'POST', headers, body });
  const body = call?.body.toString() ?? '';
  expect((await send(it.url, body)).status).toBe(401);
  expect((await send(it.url, body.replace(JANE, JOHN))).status).toBe(401);
  expect((await send(it.url, body.replace('search', 'delete'))).status).toBe(401);
  expect(it.refused).toEqual(['replayed', 'bad_signature', 'bad_signature']);
});

test.each([
  ['404', { status: 404 }, 'needs_human', 'recipient_refused'],
  ['204 without a body', { status: 202 }, 'needs_human', 'recipient_refused'],
  ['a redirect', { status: 307 }, 'needs_human', 'recipient_refused'],
  ['403', { status: 403 }, 'permanent', 'permission_denied'],
  ['429', { status: 429 }, 'retryable', 'unreachable'],
  ['503', { status: 503 }, 'retryable', 'unreachable'],
  ['200 that nobody signed', { unsigned: true }, 'needs_human', 'unsigned'],
  ['200 signed with another secret', { secret: 'x'.repeat(40) }, 'needs_human', 'bad_signature'],
  ['200 that answers an older call', { nonce: 'older' }, 'needs_human', 'replayed_answer'],
  ['200 and an empty object', { answer: {} }, 'needs_human', 'no_evidence'],
  ['200 and "ok"', { answer: 'ok' }, 'needs_human', 'no_evidence'],
  ['a negative count', { answer: { found: -1, erased: -1, method: 'delete' } }, 'needs_human', 'no_evidence'],
] as const)('%s is no erasure', async (_name, spoil, failureClass, code) => {
  const it = await receiver(spoil as Spoil);
  await expect(it.connector().erase(jobFor(NODE, JANE))).rejects.toMatchObject({ class: failureClass, code });
});

test('a receiver that is not there is tried again', async () => {
  const it = await receiver();
  const connector = it.connector();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  await expect(connector.erase(jobFor(NODE, JANE))).rejects.toMatchObject({ class: 'retryable', code: 'unreachable' });
});

test('a secret the receiver does not know stops the worker', async () => {
  const it = await receiver();
  await expect(it.connector({ secret: 'z'.repeat(40) }).check()).rejects.toMatchObject({
    class: 'permanent',
    code: 'permission_denied',
  });
});

test('work that takes its time is handed over, and asked for by its reference', async () => {
  const it = await receiver();
  const connector = it.connector({ answers: 'later' });
  const handed = await connector.hand?.(jobFor(NODE, JANE));
  expect(handed).toMatchObject({ channel: 'webhook', reference: 'tenant:request:task:1', callbackUrl: null });
  const reference = handed?.reference ?? '';
  expect((await connector.ask?.({ reference }))?.heard).toBe('working');
  it.jobs.set(reference, { state: 'attested' });
  expect((await connector.ask?.({ reference }))?.heard).toBe('attested');
  it.jobs.set(reference, { state: 'done' });
  await expect(connector.ask?.({ reference })).rejects.toMatchObject({ code: 'no_evidence' });
});

test('a receiver that offers no marks and corrections is asked for none, and a part that stays goes to none that knows no parts', async () => {
  const it = await receiver();
  const { changes, keepsParts } = it.connector();
  expect(keepsParts).toBe(false);
  for (const call of [
    () => changes?.mark(jobFor(NODE, JANE), true),
    () => changes?.countWrongMarks(jobFor(NODE, JANE), true, 'verifier'),
    () => changes?.correct(jobFor(NODE, JANE), [{ type: 'email', value: JOHN }]),
    () => changes?.countWrongValues(jobFor(NODE, JANE), [], 'verifier'),
  ]) {
    await expect(call()).rejects.toMatchObject({ class: 'needs_human', code: 'not_offered' });
  }
  expect(it.captured).toEqual([]);
  const keeps = [{ categories: ['user.financial'], from: null, to: null }];
  await it.connector({ keepsParts: true }).search(jobFor(NODE, JANE, { keeps }));
  expect(JSON.parse(it.captured[0]?.body.toString() ?? '')).toMatchObject({ action: 'search', keeps });
});
