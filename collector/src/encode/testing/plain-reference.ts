import type { TenantId } from '@vestige/core/ids';
import type { ReadSpan } from '@vestige/core/model/span';
import type { ReadContext } from '@vestige/core/recognise/read-context';
import { readResource } from '@vestige/core/recognise/read-resource';
import { readSpan } from '@vestige/core/recognise/read-span';
import { ScrubLog } from '@vestige/core/scrub/scrub-log';
import type { InsertBlock } from '@vestige/store/clickhouse/client';
import { linkBlocks, recordTouchBlocks, spanBlocks, touchBlocks } from '@vestige/store/events/event-blocks';
import type { ResolvedSpan } from '@vestige/store/events/event-store';
import type { Resolution } from '../../drain/drain-record.ts';
import type { DecodeLimits } from '../../otlp/limits.ts';
import { readJsonTraces } from '../../otlp/read-json.ts';
import { readProtobufTraces } from '../../otlp/read-protobuf.ts';
import type { SpansForm } from '../request-encoder.ts';

/**
 * A request into rows the plain way: objects, one recogniser call for each, a row writer. What the encoder does in one
 * pass must come out as this.
 */
export interface PlainRows {
  readonly spans: number;
  readonly blocks: InsertBlock[];
  readonly rejected: Readonly<Record<string, number>>;
  readonly scrubbed: Readonly<Record<string, number>>;
  readonly newestMs: Readonly<Record<string, number>>;
  readonly suppressedSpans: number;
  readonly suppressedTags: number;
  readonly unknownSets: number;
}

export function plainRows(
  tenant: TenantId,
  context: ReadContext,
  body: Uint8Array,
  form: SpansForm,
  nowMs: number,
  resolution: Resolution,
  limits?: DecodeLimits,
): PlainRows {
  const decoded = form === 'json' ? readJsonTraces(body, nowMs, limits) : readProtobufTraces(body, nowMs, limits);
  // Without a prototype: a client may call a key `toString`.
  const scrubbed: Record<string, number> = Object.create(null);
  const rejected: Record<string, number> = { ...decoded.refusedCount };
  const newestMs: Record<string, number> = {};
  const spans: ReadSpan[] = [];
  const add = (counts: Readonly<Record<string, number>>) => {
    for (const [key, count] of Object.entries(counts)) scrubbed[key] = (scrubbed[key] ?? 0) + count;
  };
  const resources = new Set(
    [...decoded.spans, ...decoded.refused.map(({ span }) => span)].map(({ resource }) => resource),
  );
  for (const resource of resources) {
    const log = new ScrubLog();
    readResource(resource, log);
    add(log.counts());
  }
  for (const span of decoded.spans) {
    const read = readSpan(span, context);
    add(read.scrubbed);
    if ('span' in read) {
      spans.push(read.span);
      const service = read.span.service.slice('service:'.length);
      newestMs[service] = Math.max(newestMs[service] ?? 0, Number(read.span.endNs / 1_000_000n));
    } else rejected['not_understood'] = (rejected['not_understood'] ?? 0) + 1;
  }
  const sum = { suppressedSpans: 0, suppressedTags: 0, unknownSets: 0 };
  const kept = spans.flatMap((span) => resolved(tenant, span, resolution, sum));
  const blocks = [
    ...spanBlocks(tenant, kept),
    ...recordTouchBlocks(tenant, kept),
    ...linkBlocks(tenant, kept),
    ...touchBlocks(tenant, kept),
  ];
  return { spans: spans.length, blocks, rejected, scrubbed, newestMs, ...sum };
}

/** The rules of suppression, written once more: see `subjects-of-spans.ts`. */
function resolved(
  tenant: TenantId,
  span: ReadSpan,
  resolution: Resolution,
  sum: { suppressedSpans: number; suppressedTags: number; unknownSets: number },
): ResolvedSpan[] {
  const atMs = Number(span.startNs / 1_000_000n);
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
  const wasSomebody = suppressed > 0 || (span.subjectSet !== '' && members !== null);
  if (wasSomebody && !isAnybody) {
    sum.suppressedSpans += 1;
    return [];
  }
  return [{ span, subjectIds, linkSubjectIds: linked.subjects }];
}
