import { readFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import { expect, test } from 'vitest';

/** The generated client is checked in, so that nobody has to generate before they can build; this keeps it true. */
test('the types of the client are what `npm run client -w web` makes of the OpenAPI document', async () => {
  const document = new URL('../../../api/openapi.json', import.meta.url);
  const [written, made] = await Promise.all([
    readFile(new URL('./schema.d.ts', import.meta.url), 'utf8'),
    openapiTS(document).then((nodes) => astToString(nodes)),
  ]);
  expect(written.slice(written.indexOf('export interface paths'))).toBe(
    made.slice(made.indexOf('export interface paths')),
  );
});
