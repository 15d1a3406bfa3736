import { createPrivateKey } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { signedHeaders } from '@vestige/core/opendsr/signature';
import { openAuthority, type TestAuthority, type TestCertificate } from '@vestige/outbound/testing/certificates';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { JANE, jobFor } from '../conformance.ts';
import { performTask } from '../perform-task.ts';
import { opendsrConnector } from './processor.ts';

/** A processor of the specification, over TLS, whose every answer a test can spoil. */
const DOMAIN = 'opendsr.processor.example';
const NODE = 'recipient:processor.example';
const KEY = '7:0d3f5ef2-4c7a-4b6e-9b42-64cf5a6c1b11:5c2b7e5e-7f0e-4d0a-8a52-ff1c8f3f2d10:1';

let authority: TestAuthority;
let server: Server;
let port: number;
let signing: TestCertificate;
let served: string;
let spoil: {
  status?: number;
  unsigned?: true;
  signBy?: TestCertificate;
  domain?: string;
  change?: (body: Record<string, unknown>) => Record<string, unknown>;
  afterSigning?: (text: string) => string;
  certificateUrl?: string;
};
let requests: Map<string, { status: string; extensions?: object }>;
const calls: string[] = [];
const bodies: Record<string, unknown>[] = [];

beforeAll(async () => {
  authority = openAuthority();
  const tls = authority.issue({ names: [`DNS:${DOMAIN}`] });
  server = createServer({ cert: tls.certificate, key: tls.key }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    const url = request.url ?? '';
    calls.push(`${request.method} ${url}`);
    if (url === '/v2/cert.pem') return void response.end(served);
    const answer = answerTo(request.method ?? '', url, raw);
    const text = JSON.stringify(spoil.change && !url.endsWith('discovery') ? spoil.change(answer.body) : answer.body);
    const by = spoil.signBy ?? signing;
    const headers = spoil.unsigned
      ? {}
      : signedHeaders(Buffer.from(text), spoil.domain ?? DOMAIN, createPrivateKey(by.key));
    const sent = url.endsWith('discovery') ? text : (spoil.afterSigning?.(text) ?? text);
    response.writeHead(url.endsWith('discovery') ? 200 : (spoil.status ?? answer.status), headers).end(sent);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  authority.cleanUp();
});
beforeEach(() => {
  spoil = {};
  requests = new Map();
  calls.length = 0;
  bodies.length = 0;
  signing = authority.issue({ names: [`DNS:${DOMAIN}`] });
  served = signing.certificate;
});

function answerTo(method: string, url: string, raw: Buffer): { status: number; body: Record<string, unknown> } {
  if (url.endsWith('/discovery')) {
    const processor_certificate = spoil.certificateUrl ?? `https://${DOMAIN}:${port}/v2/cert.pem`;
    const body = {
      api_version: '2.0',
      supported_identities: [],
      supported_subject_request_types: [],
      processor_certificate,
    };
    return { status: 200, body };
  }
  const common = { controller_id: 'c-1', expected_completion_time: '2026-12-24T00:00:00Z' };
  if (method === 'POST') {
    const asked = JSON.parse(raw.toString());
    bodies.push(asked);
    requests.set(asked.subject_request_id, { status: 'pending' });
    const { subject_request_id } = asked;
    const encoded_request = raw.toString('base64');
    return {
      status: 201,
      body: { ...common, received_time: '2026-01-01T00:00:00Z', encoded_request, subject_request_id },
    };
  }
  const id = url.split('/').at(-1) ?? '';
  const known = requests.get(id);
  if (!known) return { status: 404, body: { error: { code: 404, message: 'unknown', errors: [] } } };
  const { status: request_status, extensions } = known;
  return {
    status: 200,
    body: { ...common, subject_request_id: id, request_status, ...(extensions && { extensions }) },
  };
}

const connector = (more: object = {}) =>
  opendsrConnector(
    {
      connector: 'opendsr',
      node: NODE,
      baseUrl: `https://${DOMAIN}:${port}/v2`,
      regulation: 'gdpr',
      callbackBase: 'https://vestige.example/opendsr/callbacks',
      ...more,
    },
    { privateHosts: [DOMAIN], extraAuthorities: [authority.certificate], resolve: async () => ['127.0.0.1'] },
  );
const job = (extra: object = {}) => jobFor(NODE, JANE, { idempotencyKey: KEY, ...extra });

test('an erasure is handed over once, and the task says so instead of counting', async () => {
  const it = connector();
  await it.check();
  const task = {
    id: '5c2b7e5e-7f0e-4d0a-8a52-ff1c8f3f2d10',
    requestId: '0d3f5ef2-4c7a-4b6e-9b42-64cf5a6c1b11',
    fence: 1,
    leaseUntil: '2026-01-01T00:00:00.000Z',
    action: 'erase',
    node: NODE,
    selectors: [{ type: 'email', value: JANE }],
    tokens: [],
    recordRefs: [],
    spared: [],
    attempt: 1,
    idempotencyKey: KEY,
    expected: null,
  } as const;
  const report = await performTask(
    it,
    task,
    new AbortController().signal,
    async () => {},
    async () => {},
  );

  expect(report).toMatchObject({
    found: 0,
    erased: 0,
    searched: false,
    handed: {
      channel: 'opendsr',
      processor: DOMAIN,
      expectedAt: '2026-12-24T00:00:00.000Z',
      callbackUrl: `https://vestige.example/opendsr/callbacks/7/${task.id}`,
    },
  });
  expect(report.handed?.reference).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(bodies).toMatchObject([
    {
      subject_request_type: 'erasure',
      subject_identities: [{ identity_type: 'email', identity_value: JANE, identity_format: 'raw' }],
    },
  ]);
  // The worker died before it could report, and the task is done again.
  expect(
    await performTask(
      it,
      { ...task, fence: 2, attempt: 2 },
      new AbortController().signal,
      async () => {},
      async () => {},
    ),
  ).toMatchObject({
    handed: { reference: report.handed?.reference },
  });
  expect(bodies).toHaveLength(1);
});

test('what the processor says is told as its word', async () => {
  const it = connector();
  const { reference } = await it.hand(job());
  expect((await it.ask({ reference })).heard).toBe('working');
  requests.set(reference, { status: 'in_progress' });
  expect((await it.ask({ reference })).heard).toBe('working');
  requests.set(reference, { status: 'completed' });
  expect((await it.ask({ reference })).heard).toBe('attested');
  requests.set(reference, { status: 'completed', extensions: { [DOMAIN]: { outcome: 'refused' } } });
  expect((await it.ask({ reference })).heard).toBe('refused');
  // Another domain's word about the outcome is nobody's.
  requests.set(reference, { status: 'completed', extensions: { 'other.example': { outcome: 'refused' } } });
  expect((await it.ask({ reference })).heard).toBe('attested');
});

test('a processor that forgot the request has not done it', async () => {
  const it = connector();
  const { reference } = await it.hand(job());
  requests.clear();
  await expect(it.ask({ reference })).rejects.toMatchObject({ class: 'needs_human', code: 'recipient_refused' });
});

test.each([
  ['an answer that is not signed', () => ({ unsigned: true }), 'unsigned_answer'],
  [
    'an answer signed by another key',
    () => ({ signBy: authority.issue({ names: [`DNS:${DOMAIN}`] }) }),
    'bad_signature',
  ],
  ['an answer in another domain’s name', () => ({ domain: 'other.example' }), 'unsigned_answer'],
  [
    'one byte changed after signing',
    () => ({ afterSigning: (text: string) => text.replace('c-1', 'c-2') }),
    'bad_signature',
  ],
  [
    'a receipt for other bytes',
    () => ({ change: (body: object) => ({ ...body, encoded_request: 'e30=' }) }),
    'other_request',
  ],
  ['a redirect', () => ({ status: 302 }), 'recipient_refused'],
  ['200 instead of 201', () => ({ status: 200 }), 'answer_not_understood'],
  ['400', () => ({ status: 400 }), 'recipient_refused'],
  ['403', () => ({ status: 403 }), 'permission_denied'],
  ['503', () => ({ status: 503 }), 'unreachable'],
] as const)('%s hands nothing over', async (_name, how, code) => {
  const it = connector();
  await it.check();
  spoil = how() as typeof spoil;
  await expect(it.hand(job())).rejects.toMatchObject({ code });
});

test('a certificate that is self-signed, over, another’s or vouched for by another host is not trusted', async () => {
  const refused = async (certificate: TestCertificate) => {
    signing = certificate;
    served = certificate.certificate;
    await expect(connector().check()).rejects.toMatchObject({ class: 'permanent', code: 'untrusted_processor' });
    await expect(connector().hand(job())).rejects.toMatchObject({ code: 'untrusted_processor' });
  };
  await refused(authority.issue({ names: [`DNS:${DOMAIN}`], selfSigned: true }));
  await refused(authority.issue({ names: [`DNS:${DOMAIN}`], notAfter: '20210101000000Z' }));
  await refused(authority.issue({ names: ['DNS:other.example'] }));
  signing = authority.issue({ names: [`DNS:${DOMAIN}`] });
  served = signing.certificate;
  spoil = { certificateUrl: `https://other.example:${port}/v2/cert.pem` };
  await expect(connector().check()).rejects.toMatchObject({ code: 'untrusted_processor' });
});

test('a processor that renewed its certificate is understood without waiting for a cache', async () => {
  const it = connector();
  const { reference } = await it.hand(job());
  signing = authority.issue({ names: [`DNS:${DOMAIN}`] });
  served = signing.certificate;
  expect((await it.ask({ reference })).heard).toBe('working');
});

test('the certificate is fetched once for many answers', async () => {
  const it = connector();
  const { reference } = await it.hand(job());
  for (let time = 0; time < 3; time += 1) await it.ask({ reference });
  expect(calls.filter((call) => call.endsWith('/cert.pem'))).toHaveLength(1);
});

test('a person it cannot be told about is an error, and it is never asked to look', async () => {
  const it = connector();
  const unknown = job({ selectors: [{ type: 'cookie_id', value: 'c-1' }] });
  await expect(it.hand(unknown)).rejects.toMatchObject({ code: 'no_usable_selector' });
  for (const work of [() => it.search(job()), () => it.verify(job()), () => it.erase(job())]) {
    await expect((async () => work())()).rejects.toMatchObject({ class: 'permanent', code: 'cannot_look' });
  }
  expect(calls.filter((call) => call.startsWith('POST'))).toEqual([]);
});

test('without the reach a test has, a private address is never called', async () => {
  const open = opendsrConnector(
    { connector: 'opendsr', node: NODE, baseUrl: `https://${DOMAIN}:${port}/v2`, regulation: 'gdpr' },
    { extraAuthorities: [authority.certificate], resolve: async () => ['127.0.0.1'] },
  );
  await expect(open.hand(job())).rejects.toMatchObject({ code: 'address_refused' });
  expect(calls).toEqual([]);
});
