import { expect, test } from 'vitest';
import { readSnapshot, renderOpenApi } from './openapi-snapshot.ts';

test('the reviewed snapshot says what the API does; `npm run openapi -w @vestige/api` renews it', async () => {
  expect(JSON.parse(await renderOpenApi())).toEqual(JSON.parse(await readSnapshot()));
});

const PROBLEM = { 'application/problem+json': expect.anything() };

test('every route has a summary, a tag, a scope and the one shape of failures', async () => {
  const { paths } = JSON.parse(await renderOpenApi());
  for (const [path, methods] of Object.entries<Record<string, Record<string, unknown>>>(paths)) {
    for (const [method, route] of Object.entries(methods)) {
      expect(route, `${method} ${path}`).toMatchObject({
        summary: expect.any(String),
        tags: [expect.any(String)],
        security: expect.arrayContaining([{ bearer: expect.any(Array) }]),
        'x-scope': expect.any(String),
        'x-roles': expect.arrayContaining(['owner']),
        // OpenDSR has an error object of its own.
        responses: { default: { content: path.startsWith('/opendsr/') ? expect.anything() : PROBLEM } },
      });
    }
  }
});
