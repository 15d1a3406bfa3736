import type { TenantId } from '@vestige/core/ids';
import type { SubjectTag } from '@vestige/core/lineage/facts';
import type { ClickHouse } from '../clickhouse/client.ts';
import { nth } from '../clickhouse/columns.ts';
import { UNLOGGED } from '../clickhouse/settings.ts';
import type { Bounded, SubjectSummary, SubjectTagQuery } from './event-store.ts';
import { rangeNs } from './time-range.ts';

/**
 * The order key of `touches` up to the span, then the span's own tag before one that came on a link: the first row of a
 * (span) is its strongest, copies and further touches fall away.
 */
const SUBJECT_TAGS = `
SELECT
  lower(hex(trace_id)) AS traceId,
  lower(hex(span_id)) AS spanId,
  toUnixTimestamp64Micro(ts) AS startUs,
  attribution,
  role,
  via_link AS viaLink
FROM touches
WHERE tenant = {tenant: UInt32}
  AND subject_id IN (SELECT UUIDStringToNum(arrayJoin({subjects: Array(String)})))
  AND ts >= fromUnixTimestamp64Nano({fromNs: Int64})
  AND ts < fromUnixTimestamp64Nano({toNs: Int64})
ORDER BY touches.ts, trace_id, span_id, via_link
LIMIT 1 BY trace_id, span_id
LIMIT {limit: UInt32}`;

/** Spans tagged with any of the subjects, one row a span, oldest first. */
export async function subjectTags(
  clickhouse: ClickHouse,
  tenant: TenantId,
  query: SubjectTagQuery,
): Promise<Bounded<SubjectTag>> {
  if (query.subjectIds.length === 0) return { rows: [], cut: false };
  const columns = await clickhouse.columns<SubjectTag>(
    tenant,
    { name: 'subject tags', sql: SUBJECT_TAGS, settings: UNLOGGED },
    { tenant, subjects: query.subjectIds, ...rangeNs(query), limit: query.limit + 1 },
  );
  const { traceId, spanId, startUs, attribution, role, viaLink } = columns;
  const rows = traceId.slice(0, query.limit).map(
    (id, i): SubjectTag => ({
      traceId: id,
      spanId: nth(spanId, i),
      startUs: nth(startUs, i),
      attribution: nth(attribution, i),
      role: nth(role, i),
      viaLink: nth(viaLink, i),
    }),
  );
  return { rows, cut: traceId.length > query.limit };
}

/** Distinct spans, so that copies and several touches of one span count once. */
const SUBJECT_SUMMARY = `
SELECT
  toUnixTimestamp64Micro(min(ts)) AS firstSeenUs,
  toUnixTimestamp64Micro(max(ts)) AS lastSeenUs,
  uniqExact(trace_id, span_id) AS spans,
  arraySort(groupUniqArrayArray(1000)(categories)) AS categories,
  arraySort(groupUniqArrayIf(1000)(purpose, purpose != '')) AS purposes
FROM touches
WHERE tenant = {tenant: UInt32}
  AND subject_id IN (SELECT UUIDStringToNum(arrayJoin({subjects: Array(String)})))`;

export async function subjectSummary(
  clickhouse: ClickHouse,
  tenant: TenantId,
  subjectIds: readonly string[],
): Promise<SubjectSummary | null> {
  if (subjectIds.length === 0) return null;
  const [summary] = await clickhouse.rows<SubjectSummary>(
    tenant,
    { name: 'subject summary', sql: SUBJECT_SUMMARY, settings: UNLOGGED },
    { tenant, subjects: subjectIds },
  );
  return summary === undefined || summary.spans === 0 ? null : summary;
}
