import { VestigeError } from '@vestige/core/errors';
import type { Alias } from '@vestige/store/control/alias-store';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { ApiDeps } from '../deps.ts';

/** Either raw identifiers or tokens made elsewhere. */
export interface WhoIs {
  readonly identifiers?: readonly { readonly type: string; readonly value: string }[] | undefined;
  readonly tokens?: readonly string[] | undefined;
}

export interface Resolved {
  readonly answer: {
    subjectId: string | null;
    aliases: AliasView[];
    /** More than one person was meant: whom, and by which part of the call (ruling 31). */
    ambiguous: { subjectId: string; by: string[] }[];
  };
  /** For the audit trail: every person the answer tells of; one null when it tells of nobody. */
  readonly looked: readonly (string | null)[];
}

/** An alias without its token: the token is for the machine that made it. */
export type AliasView = Pick<Alias, 'kid' | 'type' | 'firstSeen' | 'link' | 'shared'>;

/**
 * The identity step: the one place of the API where a raw identifier is used, to make its tokens and for nothing else.
 *
 * @throws VestigeError `bad_request` for identifiers where this server holds no key of the tenant, or of the wrong form
 */
export async function resolvePeople(
  deps: Pick<ApiDeps, 'aliases' | 'keyring'>,
  tenant: Tenant,
  who: WhoIs,
  actor: string,
): Promise<Resolved> {
  const asked = askedTokens(deps, tenant, who);
  await joinVersions(deps, tenant, asked, actor);
  const found = await deps.aliases.find(
    tenant.id,
    asked.map(({ token }) => token),
  );

  // Under another key it is the same identifier, which as many people use.
  const sharedParts = new Set(asked.filter((_, n) => found[n]?.shared === true).map(({ pointer }) => pointer));

  const people = new Map<string, Set<string>>();
  const shared = new Map<string, Set<string>>();
  const typed: { token: string; type: string }[] = [];
  for (const [position, { token, type, pointer }] of asked.entries()) {
    const alias = found[position];
    if (!alias) continue;
    if (type !== null) typed.push({ token, type });
    // What several people use says whom it may mean, and decides nothing.
    const isShared = sharedParts.has(pointer);
    for (const subjectId of isShared ? await mayMean(deps, tenant, alias.subjectId) : [alias.subjectId]) {
      const person = await deps.aliases.canonical(tenant.id, subjectId);
      const into = isShared ? shared : people;
      if (person) into.set(person.subjectId, (into.get(person.subjectId) ?? new Set()).add(pointer));
    }
  }
  await deps.aliases.noteTypes(tenant.id, typed);

  const [only, ...others] = people.keys();
  if (others.length > 0 || (only === undefined && shared.size > 0)) {
    const whom = others.length > 0 ? people : shared;
    const ambiguous = [...whom].map(([subjectId, by]) => ({ subjectId, by: [...by] }));
    return { answer: { subjectId: null, aliases: [], ambiguous }, looked: [...whom.keys()] };
  }
  const aliases = only === undefined ? [] : await deps.aliases.aliasesOf(tenant.id, only);
  return {
    answer: { subjectId: only ?? null, aliases: aliases.map(withoutToken), ambiguous: [] },
    looked: [only ?? null],
  };
}

export function withoutToken({ kid, type, firstSeen, link, shared }: Alias): AliasView {
  return { kid, type, firstSeen, link, shared };
}

/** One identifier under two keys is one person, by construction; only who knows the identifier can tell. */
async function joinVersions(
  deps: Pick<ApiDeps, 'aliases'>,
  tenant: Tenant,
  asked: readonly AskedToken[],
  actor: string,
): Promise<void> {
  const versions = Map.groupBy(
    asked.filter(({ type }) => type !== null),
    ({ pointer }) => pointer,
  );
  for (const tokens of versions.values()) {
    await deps.aliases.joinKeyVersions(
      tenant.id,
      tokens.map(({ token }) => token),
      { type: 'alias.linked', actor, object: { kind: 'subject', id: '-' } },
    );
  }
}

/** The subject of a shared identifier, and everybody who was proposed to be one of those who use it. */
async function mayMean(deps: Pick<ApiDeps, 'aliases'>, tenant: Tenant, subjectId: string): Promise<string[]> {
  const { links } = await deps.aliases.links(tenant.id, subjectId);
  return [...new Set([subjectId, ...links.flatMap(({ subjectIds }) => subjectIds)])];
}

interface AskedToken {
  readonly token: string;
  readonly type: string | null;
  /** JSON pointer into the call, which names the identifier without repeating it. */
  readonly pointer: string;
}

function askedTokens({ keyring }: Pick<ApiDeps, 'keyring'>, tenant: Tenant, who: WhoIs): AskedToken[] {
  if (who.tokens) return who.tokens.map((token, n) => ({ token, type: null, pointer: `/tokens/${n}` }));
  if (!keyring.has(tenant.name)) {
    throw new VestigeError(
      'bad_request',
      'this server holds no pseudonymisation key of the tenant: send tokens instead of identifiers',
    );
  }
  return (who.identifiers ?? []).flatMap(({ type, value }, n) =>
    keyring.tokensFor(tenant.name, type, value).map((token) => ({ token, type, pointer: `/identifiers/${n}` })),
  );
}
