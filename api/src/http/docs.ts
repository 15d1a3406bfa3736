import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { VestigeError } from '@vestige/core/errors';
import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import type { ApiEnv } from './env.ts';

/** Browsable reference over `/openapi.json`. Every byte comes from this server: a compliance tool calls nobody else. */
export function docsRoutes(): Hono<ApiEnv> {
  return new Hono<ApiEnv>()
    .use(
      '/docs/*',
      secureHeaders({
        contentSecurityPolicy: {
          defaultSrc: ["'none'"],
          scriptSrc: ["'self'"],
          styleSrc: ["'self'"],
          imgSrc: ["'self'", 'data:'],
          connectSrc: ["'self'"],
          baseUri: ["'none'"],
          formAction: ["'none'"],
          frameAncestors: ["'none'"],
        },
      }),
    )
    .get('/docs', (c) => c.redirect('/docs/'))
    .get('/docs/', (c) => c.html(PAGE))
    .get('/docs/start.js', (c) => c.body(START, 200, { 'content-type': 'text/javascript; charset=utf-8' }))
    .get('/docs/:file', async (c) => {
      const type = FILES.get(c.req.param('file'));
      if (!type) throw new VestigeError('not_found', 'no such page');
      const bytes = await readFile(require.resolve(`swagger-ui-dist/${c.req.param('file')}`));
      return c.body(new Uint8Array(bytes), 200, { 'content-type': type, 'cache-control': 'public, max-age=3600' });
    });
}

const require = createRequire(import.meta.url);

const FILES = new Map([
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  ['favicon-32x32.png', 'image/png'],
]);

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vestige API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="reference"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

/** Apart from the page, because the policy forbids inline scripts. The key a reader types in is not kept. */
const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  persistAuthorization: false,
  validatorUrl: null,
  deepLinking: true,
});
`;
