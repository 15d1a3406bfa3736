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
  /** They lead to more than one person: a plan over both would disclose or erase somebody else's data. */
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
  if (selectors.tokens.length === 0 && !deps.keyring.has(tenant.name)) {
    throw new VestigeError(
      'bad_request',
      'this server holds no pseudonymisation key of the tenant: send tokens beside the identifiers',
    );
  }
  const typed = selectors.identifiers.flatMap(({ type, value }) =>
    deps.keyring.tokensFor(tenant.name, type, value).map((token) => ({ type, token })),
  );
  const given = [...new Set([...selectors.tokens, ...typed.map(({ token }) => token)])];
  const found = await deps.aliases.find(tenant.id, given);
  const known = typed.filter(({ token }) => found[given.indexOf(token)] != null);
  await deps.aliases.noteTypes(tenant.id, known);

  const people = new Map<string, readonly string[]>();
  for (const { subjectId } of found.filter((alias) => alias !== null)) {
    const person = await deps.aliases.canonical(tenant.id, subjectId);
    if (person) people.set(person.subjectId, person.members);
  }
  const [subjectIds = []] = people.values();
  return {
    subjectIds,
    everybody: [...people.values()].flat(),
    tokens: await allTokens(deps, tenant, subjectIds, given),
    ambiguous: people.size > 1,
  };
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
