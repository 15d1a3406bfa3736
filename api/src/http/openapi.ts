import type { OpenAPIHono } from '@hono/zod-openapi';
import { SCOPE_MEANINGS } from '@vestige/core/access/scopes';
import { VestigeError } from '@vestige/core/errors';
import type { ApiEnv } from './env.ts';
import { CREATING_PATHS } from './idempotent.ts';
import { SCOPE_EXTENSION } from './router.ts';

export type OpenApiDocument = ReturnType<OpenAPIHono<ApiEnv>['getOpenAPI31Document']>;

/** The OpenAPI 3.1 document of what is mounted, from the schemas that also check the calls. */
export function openApiDocument(app: OpenAPIHono<ApiEnv>): OpenApiDocument {
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'vst_<key id>_<secret>',
    description: `An API key of one tenant. Scopes: ${Object.entries(SCOPE_MEANINGS)
      .map(([scope, meaning]) => `\`${scope}\` ${meaning}`)
      .join('; ')}.`,
  });
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Vestige',
      version: '1',
      description:
        'Where did a person’s data go, all of it, and its erasure with proof. Every call belongs to the tenant of its ' +
        'key; what belongs to another tenant does not exist. Every look at a person needs a purpose and is audited. ' +
        'Failures are problem details (RFC 9457).',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: '/' }],
  });
  for (const path of CREATING_PATHS) {
    const post = document.paths?.[path]?.post;
    if (post) post.parameters = [...(post.parameters ?? []), IDEMPOTENCY_KEY];
  }
  return document;
}

/** Pages that need no key and tell of no tenant. Reviewed: whoever adds one says here why it may stand open. */
const OPEN_PATHS = [
  /^\/(livez|readyz)$/,
  // Two ages, the oldest over all tenants.
  /^\/metrics$/,
  /^\/openapi\.json$/,
  /^\/docs(\/|$)/,
  // Takes a key and gives a cookie that holds it; only the console’s own pages can call it.
  /^\/session$/,
  // Its address and a code that came another way are the key; without both it tells nothing.
  /^\/copies\//,
  // Tells that this is an OpenDSR processor, and the certificate that its answers are checked with.
  /^\/opendsr\/(v[12]\/discovery|certificate\.pem)$/,
  // The signature of the processor that a task was handed to is the key; whoever else calls is told nothing.
  /^\/opendsr\/callbacks\//,
];

/**
 * Deny by default: a route that declares no scope, or is not part of the document, stops the process from starting.
 *
 * @throws VestigeError `misconfigured` that names the routes
 */
export function refuseOpenRoutes(app: OpenAPIHono<ApiEnv>): void {
  const closed = new Set<string>();
  for (const definition of app.openAPIRegistry.definitions) {
    if (definition.type !== 'route') continue;
    const { method, path, [SCOPE_EXTENSION]: scope } = definition.route;
    if (typeof scope === 'string') closed.add(`${method.toUpperCase()} ${path.replaceAll(/\{([^}]+)\}/g, ':$1')}`);
  }
  const open = app.routes
    .filter(({ method, path }) => method !== 'ALL' && !OPEN_PATHS.some((pattern) => pattern.test(path)))
    .map(({ method, path }) => `${method} ${path}`)
    .filter((route) => !closed.has(route));
  if (open.length > 0) {
    throw new VestigeError('misconfigured', `routes without a scope: ${[...new Set(open)].join(', ')}`);
  }
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header' as const,
  required: false,
  description:
    'Up to 200 characters. Repeating the call with the same key and body answers what the first call answered, for 24 ' +
    'hours; another body under the key is refused (`idempotency_mismatch`).',
  schema: { type: 'string' as const, maxLength: 200 },
};
