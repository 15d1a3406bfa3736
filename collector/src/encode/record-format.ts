import type { ReadSpan } from '@vestige/core/model/span';
import { linkBlocks, recordTouchBlocks, spanBlocks, touchBlocks } from '@vestige/store/events/event-blocks';
import type { RejectedSpan, ResolvedSpan } from '@vestige/store/events/event-store';
import { rejectedBlocks } from '@vestige/store/events/rejected-blocks';
import type { AssembledBlocks, DrainRecord, RecordFormat, Resolution } from '../drain/drain-record.ts';
import { resolvedRejected } from '../ingest/rejected-spans.ts';
import { type Payload, readPayload } from './payload.ts';

interface OpenRecord extends DrainRecord {
  readonly payload: Payload;
}

/** Reads what an encoder of this folder wrote. */
export const recordFormat: RecordFormat = {
  open(bytes): OpenRecord {
    const payload = readPayload(bytes);
    const tagged = [...payload.spans.map((span) => ({ ...span, atMs: eventMs(span) })), ...payload.rejected];
    return {
      payload,
      tenant: payload.tenant,
      spans: payload.spans.length,
      wanted: tagged.flatMap(({ tokens, linkTokens, atMs }) =>
        [...tokens, ...linkTokens].map((token) => ({ token, atMs })),
      ),
      sets: tagged
        .filter(({ subjectSet }) => subjectSet !== '')
        .map(({ subjectSet, atMs }) => ({ setId: subjectSet, atMs })),
    };
  },

  assemble(records, resolution) {
    const sum = { accepted: 0, suppressedSpans: 0, suppressedTags: 0, unknownSets: 0 };
    const first = [];
    const last = [];
    for (const { payload } of records as readonly OpenRecord[]) {
      const spans = resolved(payload, resolution, sum);
      const { tenant } = payload;
      first.push(...spanBlocks(tenant, spans), ...recordTouchBlocks(tenant, spans), ...linkBlocks(tenant, spans));
      first.push(...rejectedBlocks(tenant, rejectedOf(payload, resolution)));
      last.push(...touchBlocks(tenant, spans));
    }
    return { blocks: { first, last }, ...sum };
  },
};

type Sum = { -readonly [Key in keyof Omit<AssembledBlocks, 'blocks'>]: number };

/**
 * An erased person's tag is dropped and counted. A span all of whose subjects are erased is dropped whole: its records
 * and its place in the trace would lead back to what was erased. One that has other subjects too is kept for them,
 * without the tag. A span that names nobody is kept: it is nobody's.
 */
function resolved({ tenant, spans }: Payload, resolution: Resolution, sum: Sum): ResolvedSpan[] {
  const kept: ResolvedSpan[] = [];
  for (const span of spans) {
    const atMs = eventMs(span);
    const pick = (tokens: readonly string[]) => {
      const answers = [...new Set(tokens)].map((token) => resolution.subjectOf(tenant, token, atMs));
      const subjects = answers.filter((answer) => answer !== 'suppressed');
      return { subjects: [...new Set(subjects)], suppressed: answers.length - subjects.length };
    };
    const own = pick(span.tokens);
    const linked = pick(span.linkTokens);
    const members = span.subjectSet === '' ? [] : resolution.membersOf(tenant, span.subjectSet, atMs);
    if (members === null) sum.unknownSets += 1;
    const subjectIds = [...new Set([...own.subjects, ...(members ?? [])])];
    const suppressed = own.suppressed + linked.suppressed;
    sum.suppressedTags += suppressed;
    const isAnybody = subjectIds.length > 0 || linked.subjects.length > 0;
    // A registered set without living members: all of them are suppressed, for a set is never empty.
    const wasSomebody = suppressed > 0 || (span.subjectSet !== '' && members !== null);
    if (wasSomebody && !isAnybody) sum.suppressedSpans += 1;
    else kept.push({ span, subjectIds, linkSubjectIds: linked.subjects });
  }
  sum.accepted += kept.length;
  return kept;
}

/** Those that are still somebody's, or were nobody's. */
function rejectedOf({ tenant, rejected }: Payload, resolution: Resolution): RejectedSpan[] {
  return rejected
    .map((span) =>
      resolvedRejected(
        span,
        (token, atMs) => resolution.subjectOf(tenant, token, atMs),
        (setId, atMs) => resolution.membersOf(tenant, setId, atMs),
      ),
    )
    .filter((span) => span !== null);
}

/** Suppression goes by when the span began (compliance.md §3.7): a call that began before the erasure is of before. */
function eventMs(span: ReadSpan): number {
  return Number(span.startNs / 1_000_000n);
}
