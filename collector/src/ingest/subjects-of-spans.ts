import type { TenantId } from '@vestige/core/ids';
import type { ReadSpan } from '@vestige/core/model/span';
import type { AliasStore } from '@vestige/store/control/alias-store';
import type { ResolvedSpan } from '@vestige/store/events/event-store';
import { resolveTokens, type SubjectOf, type TokenAt } from './resolve-tokens.ts';
import type { SubjectCache } from './subject-cache.ts';

/** What became of the subjects of some spans. Spans that are not in `spans` were dropped as suppressed. */
export interface SubjectsOfSpans {
  readonly spans: ResolvedSpan[];
  readonly suppressedSpans: number;
  readonly suppressedTags: number;
  readonly unknownSets: number;
}

/**
 * Tokens and subject sets → subjects.
 *
 * An erased person's tag is dropped and counted. A span all of whose subjects are erased is dropped whole: its records
 * and its place in the trace would lead back to what was erased. One that has other subjects too is kept for them,
 * without the tag. A span that names nobody is kept: it is nobody's.
 *
 * @param version of the suppression list that this is read under
 */
export async function subjectsOfSpans(
  aliases: Pick<AliasStore, 'resolve' | 'subjectsOfSet'>,
  cache: SubjectCache,
  tenant: TenantId,
  version: number,
  spans: readonly ReadSpan[],
): Promise<SubjectsOfSpans> {
  const subjectOf = await resolveTokens(aliases, cache, tenant, version, spans.flatMap(tokensOf));
  const sets = new SubjectSets(aliases, tenant);
  const result = { spans: [] as ResolvedSpan[], suppressedSpans: 0, suppressedTags: 0, unknownSets: 0 };
  for (const span of spans) {
    const atMs = eventMs(span);
    const own = pick(span.tokens, atMs, subjectOf);
    const linked = pick(span.linkTokens, atMs, subjectOf);
    const members = span.subjectSet === '' ? NO_SET : await sets.at(span.subjectSet, atMs);
    if (members === null) result.unknownSets += 1;
    const subjectIds = [...new Set([...own.subjects, ...(members ?? [])])];
    const suppressed = own.suppressed + linked.suppressed;
    result.suppressedTags += suppressed;
    const isAnybody = subjectIds.length > 0 || linked.subjects.length > 0;
    // A registered set without living members: all of them are suppressed, for a set is never empty.
    const wasSomebody = suppressed > 0 || (span.subjectSet !== '' && members !== null);
    if (wasSomebody && !isAnybody) result.suppressedSpans += 1;
    else result.spans.push({ span, subjectIds, linkSubjectIds: linked.subjects });
  }
  return result;
}

const NO_SET: readonly string[] = [];

/** Suppression goes by when the span began (compliance.md §3.7): a call that began before the erasure is of before. */
function eventMs(span: ReadSpan): number {
  return Number(span.startNs / 1_000_000n);
}

function tokensOf(span: ReadSpan): TokenAt[] {
  const atMs = eventMs(span);
  return [...span.tokens, ...span.linkTokens].map((token) => ({ token, atMs }));
}

function pick(
  tokens: readonly string[],
  atMs: number,
  subjectOf: SubjectOf,
): { subjects: string[]; suppressed: number } {
  const answers = [...new Set(tokens)].map((token) => subjectOf(token, atMs));
  const subjects = answers.filter((answer) => answer !== 'suppressed');
  return { subjects: [...new Set(subjects)], suppressed: answers.length - subjects.length };
}

/** Members of sets, asked once per set and instant; an import names one set on thousands of spans. */
class SubjectSets {
  readonly #aliases: Pick<AliasStore, 'subjectsOfSet'>;
  readonly #tenant: TenantId;
  readonly #known = new Map<string, readonly string[] | null>();

  constructor(aliases: Pick<AliasStore, 'subjectsOfSet'>, tenant: TenantId) {
    this.#aliases = aliases;
    this.#tenant = tenant;
  }

  async at(setId: string, atMs: number): Promise<readonly string[] | null> {
    const key = `${setId} ${atMs}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const members = await this.#aliases.subjectsOfSet(this.#tenant, setId, atMs);
    this.#known.set(key, members);
    return members;
  }
}
