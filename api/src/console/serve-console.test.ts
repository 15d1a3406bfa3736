import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiEnv } from '../http/env.ts';
import { readConsoleFiles } from './console-files.ts';
import { serveConsole } from './serve-console.ts';

const PAGE = '<!doctype html><title>Vestige</title>';
const SCRIPT = `console.log(${JSON.stringify('x'.repeat(4_000))})`;

let folder: string;
let app: Hono<ApiEnv>;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vestige-serve-'));
  const dist = path.join(folder, 'dist');
  await mkdir(path.join(dist, 'assets'), { recursive: true });
  await writeFile(path.join(folder, 'secret.json'), '"of the server"');
  await writeFile(path.join(dist, 'index.html'), PAGE);
  await writeFile(path.join(dist, 'mark.svg'), '<svg/>');
  await writeFile(path.join(dist, 'notes.md'), 'no type, so not served');
  await writeFile(path.join(dist, 'assets/main-1a2b.js'), SCRIPT);
  app = withFiles(await readConsoleFiles(dist));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const withFiles = (files: Awaited<ReturnType<typeof readConsoleFiles>>) =>
  new Hono<ApiEnv>().use(serveConsole(files)).all('*', (c) => c.text('the API', 404));

const asBrowser = { accept: 'text/html,application/xhtml+xml', 'accept-encoding': 'gzip, deflate, br, zstd' };
const get = (path: string, headers: Record<string, string> = asBrowser, method = 'GET') =>
  app.request(path, { method, headers });
const unpacked = async (answer: Response) => brotliDecompressSync(Buffer.from(await answer.arrayBuffer())).toString();

describe('the page', () => {
  test.each(['/', '/requests', '/people/0198f3c2-0000-7000-8000-000000000000', '/audit/entries/7'])(
    'is what a browser finds at %s',
    async (at) => {
      const answer = await get(at);
      expect([answer.status, await answer.text()]).toEqual([200, PAGE]);
      expect(answer.headers.get('cache-control')).toBe('no-cache');
    },
  );

  test('allows this origin alone, nothing inline, and no frame around it', async () => {
    const policy = Object.fromEntries(
      ((await get('/')).headers.get('content-security-policy') ?? '')
        .split('; ')
        .map((directive) => [directive.split(' ')[0], directive.split(' ').slice(1).join(' ')]),
    );
    expect(policy).toEqual({
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': "'self'",
      'img-src': "'self' data: blob:",
      'font-src': "'self'",
      'connect-src': "'self'",
      'worker-src': "'self'",
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
    });
    const { headers } = await get('/');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
  });

  test('is not what a program finds', async () => {
    expect((await get('/requests', { accept: 'application/json' })).status).toBe(404);
    expect((await get('/requests', {})).status).toBe(404);
  });

  test.each(['/v1/requests', '/docs', '/openapi.json', '/livez', '/metrics', '/session', '/copies/abc'])(
    'leaves %s to the API, for browsers too',
    async (at) => expect(await (await get(at)).text()).toBe('the API'),
  );

  test.each(['POST', 'PUT', 'DELETE'])('takes no %s', async (method) => {
    expect(await (await get('/', asBrowser, method)).text()).toBe('the API');
  });

  test('says how to build it where nobody did', async () => {
    const answer = await withFiles(await readConsoleFiles(path.join(folder, 'nowhere'))).request('/', {
      headers: asBrowser,
    });
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('npm run build -w web')]);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  });
});

describe('its files', () => {
  test('are kept for a year where the name changes with the content, and asked about otherwise', async () => {
    expect((await get('/assets/main-1a2b.js')).headers.get('cache-control')).toContain('immutable');
    expect((await get('/mark.svg')).headers.get('cache-control')).toBe('no-cache');
  });

  test('come compressed to whom takes it, plain to others, and caches tell the two apart', async () => {
    const small = await get('/assets/main-1a2b.js');
    expect(small.headers.get('content-encoding')).toBe('br');
    expect(await unpacked(small)).toBe(SCRIPT);
    const plain = await get('/assets/main-1a2b.js', { 'accept-encoding': 'gzip' });
    expect([plain.headers.get('content-encoding'), await plain.text()]).toEqual([null, SCRIPT]);
    for (const { headers } of [small, plain]) expect(headers.get('vary')).toContain('accept-encoding');
  });

  test('of a build that is gone are not found, rather than answered with a page', async () => {
    expect((await get('/assets/main-old.js', { accept: '*/*' })).status).toBe(404);
  });

  test('answer HEAD with the headers of GET and no body', async () => {
    const answer = await get('/assets/main-1a2b.js', asBrowser, 'HEAD');
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(answer.headers.get('content-type')).toContain('text/javascript');
  });

  test.each([
    '/../secret.json',
    '/%2e%2e/secret.json',
    '/..%2fsecret.json',
    '/assets/..%2f..%2fsecret.json',
    '/assets/....//....//secret.json',
    '//secret.json',
    '/C:%5csecret.json',
    '/secret.json%00.js',
    '/notes.md',
  ])('are the only ones: %s reaches none outside', async (at) => {
    const answer = await get(at, { accept: '*/*' });
    expect([answer.status, await answer.text()]).toEqual([404, 'the API']);
  });
});
