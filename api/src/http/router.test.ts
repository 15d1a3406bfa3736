import { createRoute, z } from '@hono/zod-openapi';
import type { Caller, Scope } from '@vestige/store/control/tenant-store';
import { describe, expect, test } from 'vitest';
import { problemResponse, problems } from './problem.ts';
import { newRouter, purposeOf, secured } from './router.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/look',
  ...secured('lineage:read'),
  request: { body: { content: { 'application/json': { schema: z.object({ purpose: z.string().optional() }) } } } },
  responses: { 200: { description: 'the purpose', content: { 'text/plain': { schema: z.string() } } }, ...problems },
});

const callerWith = (...scopes: Scope[]): Caller => ({ scopes }) as unknown as Caller;

function app(caller: Caller) {
  const router = newRouter();
  router.use(async (c, next) => {
    c.set('caller', caller);
    await next();
  });
  router.openapi(route, (c) => c.text(purposeOf(c), 200));
  router.onError((error) => problemResponse(error, '00000000-0000-4000-8000-000000000001'));
  return router;
}

const look = (body: unknown, headers: Record<string, string> = {}, caller = callerWith('lineage:read')) =>
  app(caller).request('/v1/look', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

describe('a scope', () => {
  test('is needed to the letter: no other scope stands in for it, not even admin', async () => {
    expect((await look({ purpose: 'support' }, {}, callerWith('admin', 'identify'))).status).toBe(403);
    expect((await look({ purpose: 'support' }, {}, callerWith())).status).toBe(403);
    expect((await look({ purpose: 'support' })).status).toBe(200);
  });
});

describe('a purpose', () => {
  test('comes from the header, else from the body', async () => {
    expect(await (await look({ purpose: 'body' }, { 'vestige-purpose': ' header ' })).text()).toBe('header');
    expect(await (await look({ purpose: 'body' })).text()).toBe('body');
  });

  test('may be encoded in the header as RFC 8187 says, and is judged by what it says', async () => {
    const said = (header: string) => look({}, { 'vestige-purpose': header });
    expect(await (await said("UTF-8''Auskunft%20f%C3%BCr%20%C5%81%C3%B3d%C5%BA")).text()).toBe('Auskunft für Łódź');
    expect((await said("UTF-8''jane%40example.com")).status).toBe(400);
    expect((await said("UTF-8''%C3")).status).toBe(400);
  });

  test.each([{}, { purpose: '' }, { purpose: '   ' }])('%j is none', async (body) => {
    expect(await (await look(body)).json()).toMatchObject({ code: 'purpose_required' });
  });

  test.each([
    'mail from jane@example.com',
    'call +44 20 7946 0018',
    'card 4111-1111-1111-1111',
    'a\nb',
    'x'.repeat(201),
  ])('%j is refused and not repeated', async (purpose) => {
    const response = await look({ purpose });
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain(purpose);
  });

  test.each([
    'Art. 15 request 2026-000114',
    'request 5f1b2a34-0000-4000-8000-000000000001',
    'audit of März, case #12 (second look)',
    '問い合わせ',
  ])('%j is taken', async (purpose) => {
    expect(await (await look({ purpose })).text()).toBe(purpose);
  });
});
