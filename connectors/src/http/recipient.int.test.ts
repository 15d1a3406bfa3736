import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { connectorContract, JANE, JOHN, jobFor } from '../connector-contract.ts';
import { httpConnector } from './recipient.ts';

const NODE = 'recipient:mail.example';

/** A mail company that keeps contacts in memory and honours its erasure call. */
async function mailCompany(answer?: (method: string) => number | undefined, more: object = { canary: JOHN }) {
  let contacts = [JANE, 'Jane@Example.com', JOHN, JOHN].map((email, i) => ({ email, n: i }));
  const seen: { method: string; signature: string | undefined; key: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const method = request.method ?? '';
    seen.push({
      method,
      signature: request.headers['vestige-signature'] as string | undefined,
      key: request.headers['idempotency-key'] as string | undefined,
    });
    const forced = answer?.(method);
    const email = decodeURIComponent((request.url ?? '').split('/').pop() ?? '').toLowerCase();
    const own = contacts.filter((contact) => contact.email.toLowerCase() === email);
    if (forced) response.writeHead(forced).end();
    else if (own.length === 0) response.writeHead(404).end();
    else if (method === 'DELETE') {
      contacts = contacts.filter((contact) => !own.includes(contact));
      response.writeHead(204).end();
    } else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(own));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const connector = httpConnector({
    connector: 'http',
    node: NODE,
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secret: 'a-shared-secret-of-length',
    search: { method: 'GET', path: '/contacts/{email}' },
    erase: { method: 'DELETE', path: '/contacts/{email}' },
    ...more,
  });
  return {
    connector,
    seen,
    contacts: () => contacts,
    add: (email: string) => void contacts.push({ email, n: 9 }),
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

connectorContract('http recipient', async () => {
  const company = await mailCompany();
  return {
    connector: company.connector,
    node: NODE,
    everything: async () => company.contacts().map((contact) => JSON.stringify(contact)),
    addJane: async () => company.add(JANE),
    bytesHold: async () => null,
    cleanUp: company.stop,
  };
});

test('every call is signed and carries the key that stays the same over attempts', async () => {
  const company = await mailCompany();
  await company.connector.erase(jobFor(NODE, JANE));

  expect(company.seen.length).toBeGreaterThan(1);
  for (const call of company.seen) {
    expect(call.signature).toMatch(/^sha256=[0-9a-f]{64}$/);
    expect(call.key).toBe('tenant:request:task:1');
  }
  await company.stop();
});

test.each([
  [503, 'retryable', 'unreachable'],
  [429, 'retryable', 'unreachable'],
  [403, 'permanent', 'permission_denied'],
  [400, 'needs_human', 'recipient_refused'],
])('an answer of %i is %s', async (status, failureClass, code) => {
  const company = await mailCompany(() => status);

  await expect(company.connector.erase(jobFor(NODE, JANE))).rejects.toMatchObject({ class: failureClass, code });
  await company.stop();
});

test('a delete that answers 2xx and keeps the data is not an erasure', async () => {
  const company = await mailCompany((method) => (method === 'DELETE' ? 204 : undefined));

  expect(await company.connector.erase(jobFor(NODE, JANE))).toMatchObject({ found: 2, erased: 0 });
  await company.stop();
});

describe('a 404', () => {
  const nobody = jobFor(NODE, 'nobody@example.com');

  test('says nothing of anybody where no canary tells it from a wrong address', async () => {
    const company = await mailCompany(undefined, {});
    for (const look of [company.connector.search, company.connector.verify, company.connector.erase]) {
      await expect(look(nobody)).rejects.toMatchObject({ class: 'needs_human', code: 'not_proven' });
    }
    await company.stop();
  });

  test('is a place that holds nothing where the canary is found under the same credential', async () => {
    const company = await mailCompany();
    expect(await company.connector.search(nobody)).toBe(0);
    expect(await company.connector.verify(nobody)).toBe(0);
    await company.stop();
  });

  test.each([
    ['at an address where nobody is found', { baseUrl: '/wrong' }],
    ['under a canary that is gone', { canary: 'gone@example.com' }],
  ])(
    '%s stops the worker at its start, and every task after it',
    async (_, { baseUrl, canary = JOHN }: { baseUrl?: string; canary?: string }) => {
      const company = await mailCompany(baseUrl ? () => 404 : undefined, { canary });
      for (const attempt of [
        company.connector.check(),
        company.connector.search(nobody),
        company.connector.verify(nobody),
      ]) {
        await expect(attempt).rejects.toMatchObject({ class: 'needs_human', code: 'canary_not_found' });
      }
      await company.stop();
    },
  );
});
