import type { TenantId } from '@vestige/core/ids';
import type { KeptSpan, UnreadReason } from '@vestige/core/model/kept-span';
import type { DecodedSpan } from '@vestige/core/model/span';
import type { ReadContext } from '@vestige/core/recognise/read-context';
import { bareRemains, type RejectedRemains, rejectSpan } from '@vestige/core/recognise/reject-span';
import type { AliasStore } from '@vestige/store/control/alias-store';
import type { RejectedSpan } from '@vestige/store/events/event-store';
import type { RejectReason } from '../otlp/reject-reason.ts';
import { resolveTokens, type SubjectOf } from './resolve-tokens.ts';
import type { SubjectCache } from './subject-cache.ts';

/**
 * A rejected span on its way into the store: scrubbed, and still with its tokens. Plain JSON, so it may lie in the log;
 * it never lies in ClickHouse, where {@link resolvedRejected} has put subjects in the place of tokens.
 */
export interface UnresolvedRejected extends Pick<RejectedSpan, 'receivedAtMs' | 'reason' | 'service' | 'span'> {
  readonly tokens: readonly string[];
  readonly linkTokens: readonly string[];
  readonly subjectSet: string;
  /** Event time at which the tokens are resolved; 0 when the span has none that could be believed. */
  readonly atMs: number;
}

const NOT_READ_TO_THE_END: ReadonlySet<string> = new Set<RejectReason>(['too_large', 'malformed']);

/** A refused span as it may be kept; when our own scrubbing fails too, numbers only. Throws nothing. */
export function keepRejected(
  span: DecodedSpan,
  context: ReadContext,
  reason: RejectReason | UnreadReason,
  receivedAtMs: number,
): UnresolvedRejected {
  try {
    return unresolved(rejectSpan(span, context, NOT_READ_TO_THE_END.has(reason)), reason, receivedAtMs);
  } catch {
    return unresolved(bareRemains(span), reason, receivedAtMs);
  }
}

export function unresolved(
  { service, kept, tokens, linkTokens, subjectSet, atMs }: RejectedRemains,
  reason: RejectReason | UnreadReason,
  receivedAtMs: number,
): UnresolvedRejected {
  return { receivedAtMs, reason, service, span: JSON.stringify(kept), tokens, linkTokens, subjectSet, atMs };
}

/** A row that many people would have to be searched for; such a span comes from an import of a whole set. */
const SUBJECTS_MAX = 1_000;

/**
 * Tokens → subjects, by the rules of any span (`AssembledBlocks`): an erased person's tag goes, and with the last of
 * them the whole span, for its content would lead back to what was erased.
 *
 * @returns null for a span all of whose subjects are suppressed
 */
export function resolvedRejected(
  rejected: UnresolvedRejected,
  subjectOf: SubjectOf,
  membersOf: (setId: string, atMs: number) => readonly string[] | null,
): RejectedSpan | null {
  const { receivedAtMs, reason, service, span, subjectSet, atMs } = rejected;
  const own = living(rejected.tokens, atMs, subjectOf);
  const linked = living(rejected.linkTokens, atMs, subjectOf);
  const members = subjectSet === '' ? null : membersOf(subjectSet, atMs);
  const subjectIds = [...new Set([...own, ...(members ?? [])])];
  const linkSubjectIds = linked.filter((subject) => !subjectIds.includes(subject));
  const wasSomebody = rejected.tokens.length + rejected.linkTokens.length > 0 || members !== null;
  if (wasSomebody && subjectIds.length + linkSubjectIds.length === 0) return null;
  if (subjectIds.length + linkSubjectIds.length > SUBJECTS_MAX) {
    return { receivedAtMs, reason, service, span: emptied(span), subjectIds: [], linkSubjectIds: [] };
  }
  return { receivedAtMs, reason, service, span, subjectIds, linkSubjectIds };
}

/** Resolves the tokens and sets of some rejected spans, and drops those that are nobody's any more. */
export async function subjectsOfRejected(
  aliases: Pick<AliasStore, 'resolve' | 'subjectsOfSet'>,
  cache: SubjectCache,
  tenant: TenantId,
  version: number,
  rejected: readonly UnresolvedRejected[],
): Promise<RejectedSpan[]> {
  const wanted = rejected.flatMap(({ tokens, linkTokens, atMs }) =>
    [...tokens, ...linkTokens].map((token) => ({ token, atMs })),
  );
  const subjectOf = await resolveTokens(aliases, cache, tenant, version, wanted);
  const resolved: RejectedSpan[] = [];
  for (const span of rejected) {
    const members = span.subjectSet === '' ? null : await aliases.subjectsOfSet(tenant, span.subjectSet, span.atMs);
    const kept = resolvedRejected(span, subjectOf, () => members);
    if (kept !== null) resolved.push(kept);
  }
  return resolved;
}

/** Without people nobody could ask for its erasure, so nothing of theirs may stay in it. */
function emptied(text: string): string {
  const span: KeptSpan = JSON.parse(text);
  const empty: KeptSpan = { ...span, name: '', resource: {}, attributes: {}, events: [], links: [], cut: true };
  return JSON.stringify(empty);
}

function living(tokens: readonly string[], atMs: number, subjectOf: SubjectOf): string[] {
  return [...new Set(tokens.map((token) => subjectOf(token, atMs)).filter((subject) => subject !== 'suppressed'))];
}
