import { VestigeError } from '@vestige/core/errors';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { RequestSelectors } from '@vestige/store/requests/request-store';
import type { ApiDeps } from '../deps.ts';

/** Whom the selectors of a request lead to. */
export interface People {
  /** The canonical subject first, then all ids linked to it; empty when nobody is known. */
  readonly subjectIds: readonly string[];
  /** The same of everybody, where they lead to more than one person. */
  readonly everybody: readonly string[];
  /** Given tokens, tokens of given identifiers, and every alias of the person found. */
  readonly tokens: readonly string[];
  /**
   * They lead to more than one person, or one of them is shared by several: a plan would disclose or erase somebody
   * else's data.
   */
  readonly ambiguous: boolean;
}

/** More aliases than this mean that somebody linked what should not be linked. */
const ALIASES_MAX = 1_000;

/**
 * The identity step of a request (design 02, invariant 1): identifiers are used to make tokens, and for nothing else.
 *
 * @throws VestigeError `bad_request` for identifiers alone where this server holds no key of the tenant
 */
export async function findPeople(
  deps: Pick<ApiDeps, 'aliases' | 'keyring'>,
  tenant: Tenant,
  selectors: RequestSelectors,
): Promise<People> {
  // A request that was reopened because its person came back has neither, until somebody gives it some.
  const onlyIdentifiers = selectors.tokens.length === 0 && selectors.identifiers.length > 0;
  if (onlyIdentifiers && !deps.keyring.has(tenant.name)) {
    throw new VestigeError(
      'bad_request',
      'this server holds no pseudonymisation key of the tenant: send tokens beside the identifiers',
    );
  }
  const versions = selectors.identifiers.map(({ type, value }) =>
    deps.keyring.tokensFor(tenant.name, type, value).map((token) => ({ type, token })),
  );
  for (const tokens of versions) await joinKeyVersions(deps, tenant, tokens);
  const typed = versions.flat();
  const given = [...new Set([...selectors.tokens, ...typed.map(({ token }) => token)])];
  const found = await deps.aliases.find(tenant.id, given);
  const known = typed.filter(({ token }) => found[given.indexOf(token)] != null);
  await deps.aliases.noteTypes(tenant.id, known);

  const people = new Map<string, readonly string[]>();
  const aliases = found.filter((alias) => alias !== null);
  for (const { subjectId } of aliases) {
    const person = await deps.aliases.canonical(tenant.id, subjectId);
    if (person) people.set(person.subjectId, person.members);
  }
  const [subjectIds = []] = people.values();
  return {
    subjectIds,
    everybody: [...people.values()].flat(),
    tokens: await allTokens(deps, tenant, subjectIds, given),
    ambiguous: people.size > 1 || aliases.some(({ shared }) => shared === true),
  };
}

/** One identifier under two keys is one person, by construction; only who knows the identifier can tell. */
async function joinKeyVersions(
  deps: Pick<ApiDeps, 'aliases'>,
  tenant: Tenant,
  versions: readonly { readonly token: string }[],
): Promise<void> {
  await deps.aliases.joinKeyVersions(
    tenant.id,
    versions.map(({ token }) => token),
    { type: 'alias.linked', actor: 'system:identity', object: { kind: 'subject', id: '-' } },
  );
}

/** The given tokens and every alias of these subjects, in one order. @throws VestigeError `conflict` beyond 1,000 */
export async function allTokens(
  deps: Pick<ApiDeps, 'aliases'>,
  tenant: Tenant,
  subjectIds: readonly string[],
  given: readonly string[],
): Promise<string[]> {
  const tokens = new Set(given);
  for (const subjectId of subjectIds) {
    for (const { token, link } of await deps.aliases.aliasesOf(tenant.id, subjectId)) {
      // A heuristic link is a proposal: it is no ground to disclose or erase what it points to.
      if (link !== 'heuristic') tokens.add(token);
    }
  }
  if (tokens.size > ALIASES_MAX) {
    throw new VestigeError('conflict', `the person has more than ${ALIASES_MAX} aliases; check the links between them`);
  }
  return [...tokens].sort();
}
