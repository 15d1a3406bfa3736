import type { TenantId } from '@vestige/core/ids';
import type { AliasStore } from '@vestige/store/control/alias-store';
import { type SubjectCache, subjectAt, type TokenFact, withAnswer } from './subject-cache.ts';

/** A token and the event time of the span that carried it. */
export interface TokenAt {
  readonly token: string;
  readonly atMs: number;
}

/** The subject of a token at an instant; asked only for pairs that were resolved. */
export type SubjectOf = (token: string, atMs: number) => string | 'suppressed';

/** Tokens per call of the alias store. */
const CALL_TOKENS_MAX = 5000;

/**
 * Turns tokens into subjects with as few questions as possible: each token is asked for at its oldest instant first,
 * which answers for all later ones unless it is suppressed; what remains is asked instant by instant.
 *
 * @param version of the suppression list; what is cached under another one is not used
 * @param wanted every token at its oldest instant, perhaps at others too
 * @param sightings every token at every instant it will be asked for; listed only when somebody is suppressed
 */
export async function resolveTokens(
  aliases: Pick<AliasStore, 'resolve'>,
  cache: SubjectCache,
  tenant: TenantId,
  version: number,
  wanted: readonly TokenAt[],
  sightings: () => readonly TokenAt[] = () => wanted,
): Promise<SubjectOf> {
  const facts = new Map<string, TokenFact>();
  const factOf = (token: string): TokenFact => {
    const known = facts.get(token) ?? cache.get(tenant, version, token);
    facts.set(token, known);
    return known;
  };
  const ask = async (questions: readonly TokenAt[]): Promise<void> => {
    for (let start = 0; start < questions.length; start += CALL_TOKENS_MAX) {
      const slice = questions.slice(start, start + CALL_TOKENS_MAX);
      const answers = await aliases.resolve(tenant, slice);
      slice.forEach(({ token, atMs }, index) => {
        const answer = answers[index];
        if (answer === undefined) return;
        const fact = withAnswer(factOf(token), atMs, answer);
        facts.set(token, fact);
        cache.set(tenant, version, token, fact);
      });
    }
  };
  const isOpen = ({ token, atMs }: TokenAt) => subjectAt(factOf(token), atMs) === null;
  const isSuppressed = ({ token, atMs }: TokenAt) => subjectAt(factOf(token), atMs) === 'suppressed';

  await ask(oldestOfEach(wanted.filter(isOpen)));
  if (wanted.some(isSuppressed)) await ask(distinct(sightings().filter(isOpen)));
  return (token, atMs) => subjectAt(factOf(token), atMs) ?? 'suppressed';
}

function oldestOfEach(wanted: readonly TokenAt[]): TokenAt[] {
  const oldest = new Map<string, TokenAt>();
  for (const want of wanted) {
    const seen = oldest.get(want.token);
    if (seen === undefined || want.atMs < seen.atMs) oldest.set(want.token, want);
  }
  return [...oldest.values()];
}

function distinct(wanted: readonly TokenAt[]): TokenAt[] {
  return [...new Map(wanted.map((want) => [`${want.token} ${want.atMs}`, want])).values()];
}
