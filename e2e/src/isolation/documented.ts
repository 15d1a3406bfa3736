import { ROLE_NAMES, type Role, scopesOf } from '@vestige/core/access/roles';
import { SCOPES, type Scope } from '@vestige/core/access/scopes';

/** One operation of the OpenAPI document, as far as it says who may call it. */
export interface Operation {
  /** `GET /v1/subjects/{subjectId}` */
  readonly id: string;
  /** `x-scope`: one of these scopes, or `any` living key. Null where the document declares nothing. */
  readonly needs: 'any' | readonly Scope[] | null;
  /** `x-roles`, as the document prints them. */
  readonly roles: readonly string[];
  /** It asks why a person is looked at (`Vestige-Purpose`). */
  readonly asksPurpose: boolean;
}

/**
 * Operations that no API key opens, and what does instead. Reviewed: without its entry here such an operation fails, and
 * so does one that is documented without `...secured(scope)` (api/src/http/router.ts).
 */
export const WITHOUT_KEY: Readonly<Record<string, string>> = {};

interface Documented {
  readonly 'x-scope'?: string;
  readonly 'x-roles'?: string[];
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
}
type Document = Readonly<Record<string, Readonly<Record<string, Documented>>>>;

export function operationsOf(paths: Document): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { 'x-scope': scope, 'x-roles': roles = [], parameters = [] }]) => ({
      id: `${method.toUpperCase()} ${path}`,
      needs: scope === undefined ? null : scope === 'any' ? 'any' : scopesIn(scope),
      roles,
      asksPurpose: parameters.some((each) => each.in === 'header' && each.name === 'vestige-purpose'),
    })),
  );
}

function scopesIn(text: string): Scope[] {
  const scopes = text.split(' ');
  const unknown = scopes.filter((scope) => !(SCOPES as readonly string[]).includes(scope));
  if (unknown.length > 0) throw new Error(`no such scope: ${unknown.join(', ')}`);
  return scopes as Scope[];
}

/** What the table of roles says, to hold the document against it. */
export function rolesFor({ needs }: Operation): Role[] {
  if (needs === null) return [];
  if (needs === 'any') return [...ROLE_NAMES];
  return ROLE_NAMES.filter((role) => needs.some((scope) => scopesOf(role).includes(scope)));
}
