import { OpenAPIHono } from '@hono/zod-openapi';
import { ROLE_NAMES, rolesWith, scopesOf } from '@vestige/core/access/roles';
import type { Scope } from '@vestige/core/access/scopes';
import { VestigeError } from '@vestige/core/errors';
import { mask } from '@vestige/core/scrub/mask';
import type { Context, MiddlewareHandler } from 'hono';
import type { ApiEnv } from './env.ts';
import { validationFailure } from './validation-failure.ts';

/**
 * A router for a group of routes. Paths are written whole (`/v1/subjects/{subjectId}`); `createApp` mounts it at `/`.
 *
 * What the schemas refuse becomes a `bad_request` that names fields, never values.
 */
export function newRouter(): OpenAPIHono<ApiEnv> {
  return new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (!result.success) throw validationFailure(result.target, result.error);
    },
  });
}

/** The extension of the OpenAPI document that names who may call an operation: a scope, or `any` living key. */
export const SCOPE_EXTENSION = 'x-scope';
export const ROLES_EXTENSION = 'x-roles';

/**
 * Declares the scope of a route, for the reader of the OpenAPI document and for the door in one stroke:
 * `createRoute({ method: 'get', path: '/v1/…', ...secured('lineage:read'), responses: {…} })`.
 *
 * A route without it makes `createApp` throw, and the matrix of roles and tenants (e2e) tries every route that has it.
 */
export function secured(scope: Scope) {
  const middleware: MiddlewareHandler<ApiEnv> = async (c, next) => {
    if (!c.var.caller.scopes.includes(scope)) {
      throw new VestigeError('forbidden', `this call needs the scope ${scope}`, { scope });
    }
    await next();
  };
  return {
    security: [{ bearer: [scope] }] as [{ bearer: [Scope] }],
    [SCOPE_EXTENSION]: scope,
    [ROLES_EXTENSION]: rolesWith(scope),
    middleware,
  };
}

/** For calls whose scopes depend on what is asked for: one of these is needed, and the handler looks which. */
export function securedByOneOf(...scopes: [Scope, ...Scope[]]) {
  const middleware: MiddlewareHandler<ApiEnv> = async (c, next) => {
    if (!scopes.some((scope) => c.var.caller.scopes.includes(scope))) {
      throw new VestigeError('forbidden', `this call needs one of the scopes ${scopes.join(', ')}`, {
        scope: scopes.join(' '),
      });
    }
    await next();
  };
  return {
    security: scopes.map((scope) => ({ bearer: [scope] })) as { bearer: string[] }[],
    [SCOPE_EXTENSION]: scopes.join(' '),
    [ROLES_EXTENSION]: ROLE_NAMES.filter((role) => scopes.some((scope) => scopesOf(role).includes(scope))),
    middleware,
  };
}

/** For what a key may ask about itself: any living key, and nothing of anybody else is in the answer. */
export function securedForAll() {
  return {
    security: [{ bearer: [] }] as [{ bearer: string[] }],
    [SCOPE_EXTENSION]: 'any',
    [ROLES_EXTENSION]: [...ROLE_NAMES],
  };
}

/** 1 to 200 printable characters. */
const PURPOSE = /^[\p{L}\p{N}\p{P}\p{Zs}\p{S}]{1,200}$/u;

/**
 * Why the caller looks at a person: header `Vestige-Purpose`, else the field `purpose` of the validated body.
 *
 * @throws VestigeError `purpose_required` when there is none; `bad_request` when it is no text of at most 200 characters
 *   or holds what looks like an identifier, because it is kept in the audit trail
 */
export function purposeOf(c: Context<ApiEnv>): string {
  const purpose = (headerPurpose(c) ?? bodyPurpose(c))?.trim();
  if (!purpose) {
    throw new VestigeError('purpose_required', 'say why in the header Vestige-Purpose or in the body field `purpose`');
  }
  if (!PURPOSE.test(purpose)) throw new VestigeError('bad_request', 'the purpose is a text of 1 to 200 characters');
  refuseIdentifiers('purpose', purpose);
  return purpose;
}

/**
 * For free text that is kept: it must not hold what the collector would mask (ruling 27).
 *
 * @throws VestigeError `bad_request`
 */
export function refuseIdentifiers(field: string, text: string): void {
  if (mask(text) !== text) {
    throw new VestigeError('bad_request', `the field ${field} must not hold an e-mail address, phone or card number`);
  }
}

/** A browser can put nothing but Latin-1 into a header, so other letters come as RFC 8187 encodes them. */
function headerPurpose(c: Context<ApiEnv>): string | undefined {
  const given = c.req.header('vestige-purpose')?.trim();
  const encoded = /^UTF-8''([!-~]*)$/i.exec(given ?? '')?.[1];
  if (encoded === undefined) return given;
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new VestigeError('bad_request', 'the header Vestige-Purpose is not encoded as RFC 8187 says');
  }
}

function bodyPurpose(c: Context<ApiEnv>): string | undefined {
  const body: unknown = c.req.valid('json' as never);
  if (body === null || typeof body !== 'object' || !('purpose' in body)) return undefined;
  return typeof body.purpose === 'string' ? body.purpose : undefined;
}
