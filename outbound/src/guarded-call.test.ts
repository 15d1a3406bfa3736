import { createServer as createPlain } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { guardedCall, judgeUrl, type OutboundPolicy } from './guarded-call.ts';
import { openAuthority, type TestAuthority } from './testing/certificates.ts';

let authority: TestAuthority;
let server: Server;
let port: number;
const seen: string[] = [];

beforeAll(async () => {
  authority = openAuthority();
  const { certificate, key } = authority.issue({ names: ['DNS:hooks.example.com'] });
  server = createServer({ cert: certificate, key }, (request, response) => {
    seen.push(`${request.method} ${request.url}`);
    if (request.url === '/redirect') response.writeHead(302, { location: 'https://169.254.169.254/latest' }).end();
    else if (request.url === '/large') response.end(Buffer.alloc(5_000));
    else if (request.url === '/never') response.writeHead(200).write('a');
    else request.pipe(response.writeHead(200, { 'x-seen': '1' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  authority.cleanUp();
});

const HOST = 'hooks.example.com';
const policy = (extra: Partial<OutboundPolicy> = {}): OutboundPolicy => ({
  hosts: [HOST],
  privateHosts: [HOST],
  extraAuthorities: [authority.certificate],
  resolve: async () => ['127.0.0.1'],
  ...extra,
});
const call = (path: string, extra: Partial<OutboundPolicy> = {}) =>
  guardedCall(policy(extra), { method: 'POST', url: `https://${HOST}:${port}${path}`, body: 'hello' });

test('an allowed host is called at the address that was checked, by its own name', async () => {
  const answer = await call('/echo');

  expect(answer).toMatchObject({ ok: true, status: 200, headers: { 'x-seen': '1' } });
  expect(answer.ok && answer.body.toString()).toBe('hello');
});

test('a host that is not on the list is not even resolved', async () => {
  let asked = 0;
  const resolve = async () => {
    asked += 1;
    return ['127.0.0.1'];
  };
  expect(await call('/', { hosts: ['other.example.com'], resolve })).toEqual({
    ok: false,
    failure: 'host_not_allowed',
  });
  expect(asked).toBe(0);
});

test('a public name with a private address is refused, unless the operator opened that very host', async () => {
  const before = seen.length;
  expect(await call('/', { privateHosts: [] })).toEqual({ ok: false, failure: 'address_refused' });
  expect(await call('/', { privateHosts: ['example.com'] })).toEqual({ ok: false, failure: 'address_refused' });
  expect(seen.length).toBe(before);
});

test.each(['169.254.169.254', '::ffff:127.0.0.1', '::ffff:169.254.169.254', 'fe80::1', '0.0.0.0'])(
  '%s stays refused for an opened host too',
  async (address) => {
    expect(await call('/', { resolve: async () => [address] })).toEqual({ ok: false, failure: 'address_refused' });
  },
);

test('one private address among public ones refuses the whole name', async () => {
  const resolve = async () => ['8.8.8.8', '127.0.0.1'];
  expect(await call('/', { privateHosts: [], resolve })).toEqual({ ok: false, failure: 'address_refused' });
});

test('a name server that changes its answer after the check is not asked again', async () => {
  const answers = ['127.0.0.1', '169.254.169.254'];
  let asked = 0;
  const resolve = async () => [answers[asked++] ?? '169.254.169.254'];

  expect(await call('/echo', { resolve })).toMatchObject({ ok: true, status: 200 });
  expect(asked).toBe(1);
});

test('a redirect is an answer and is not followed', async () => {
  expect(await call('/redirect')).toMatchObject({ ok: true, status: 302 });
});

test('an answer over the limit is cut off', async () => {
  expect(await call('/large', { answerBytesMax: 4_999 })).toEqual({ ok: false, failure: 'too_large' });
  expect(await call('/large', { answerBytesMax: 5_000 })).toMatchObject({ ok: true });
});

test('a server that never finishes is given up', async () => {
  expect(await call('/never', { timeoutMs: 200 })).toEqual({ ok: false, failure: 'timeout' });
});

test('a name server that never answers is given up', async () => {
  const resolve = () => new Promise<string[]>(() => {});
  expect(await call('/', { timeoutMs: 100, resolve })).toEqual({ ok: false, failure: 'timeout' });
});

test('a certificate of another name, or of an unknown authority, is not trusted', async () => {
  const other = 'other.example.com';
  const extra = { hosts: [other], privateHosts: [other] };
  const wrongName = await guardedCall(policy(extra), { method: 'GET', url: `https://${other}:${port}/` });
  expect(wrongName).toEqual({ ok: false, failure: 'untrusted_certificate' });
  expect(await call('/', { extraAuthorities: [] })).toEqual({ ok: false, failure: 'untrusted_certificate' });
});

test('a call that its caller gave up says so', async () => {
  const answer = await guardedCall(policy(), {
    method: 'GET',
    url: `https://${HOST}:${port}/never`,
    signal: AbortSignal.timeout(50),
  });
  expect(answer).toEqual({ ok: false, failure: 'aborted' });
});

test.each([
  ['http://hooks.example.com/', 'plaintext'],
  ['ftp://hooks.example.com/', 'bad_url'],
  ['file:///etc/passwd', 'bad_url'],
  ['https://user:secret@hooks.example.com/', 'bad_url'],
  ['//hooks.example.com/', 'bad_url'],
  ['https://hooks.example.com.evil.example/', 'host_not_allowed'],
  ['https://0x7f.1/', 'host_not_allowed'],
])('%s is %s', (url, expected) => expect(judgeUrl(policy(), url)).toBe(expected));

test('numbers in disguise are judged as the address they are, also where any public host is allowed', async () => {
  for (const host of ['0x7f.1', '2130706433', '017700000001', '[::1]', '[::ffff:7f00:1]', '169.254.169.254']) {
    const answer = await guardedCall({ hosts: ['*'] }, { method: 'GET', url: `https://${host}:${port}/` });
    expect(answer, host).toEqual({ ok: false, failure: 'address_refused' });
  }
});

test('a wildcard covers what lies below a name, not the name and not its look-alikes', () => {
  const below = policy({ hosts: ['*.example.com'] });
  expect(judgeUrl(below, 'https://a.example.com/')).toBeInstanceOf(URL);
  expect(judgeUrl(below, 'https://example.com/')).toBe('host_not_allowed');
  expect(judgeUrl(below, 'https://badexample.com/')).toBe('host_not_allowed');
});

test('a host named for plain http is called in the clear, and only that host', async () => {
  const plain = createPlain((_request, response) => void response.end('ok'));
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  const url = `http://localhost:${(plain.address() as AddressInfo).port}/`;
  const open = { hosts: ['localhost'], privateHosts: ['localhost'], resolve: async () => ['127.0.0.1'] };

  expect(await guardedCall({ ...open, plaintextHosts: ['localhost'] }, { method: 'GET', url })).toMatchObject({
    ok: true,
    status: 200,
  });
  expect(await guardedCall(open, { method: 'GET', url })).toEqual({ ok: false, failure: 'plaintext' });
  await new Promise((resolve) => plain.close(resolve));
});
