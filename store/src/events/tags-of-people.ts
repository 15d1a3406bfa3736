import type { TenantId } from '@vestige/core/ids';
import type { PersonTag } from '@vestige/core/lineage/facts';
import type { ClickHouse } from '../clickhouse/client.ts';
import { type Columns, nth } from '../clickhouse/columns.ts';
import { UNLOGGED } from '../clickhouse/settings.ts';
import type { Bounded } from './event-store.ts';
import { chunks } from './key-chunks.ts';

/** Of several rows of one span the span's own tag comes first, before one that came on a link. */
const TAG_COLUMNS = `
  UUIDNumToString(subject_id) AS subjectId,
  lower(hex(trace_id)) AS traceId,
  lower(hex(span_id)) AS spanId,
  toUnixTimestamp64Micro(ts) AS startUs,
  attribution,
  role,
  via_link AS viaLink`;
const ONE_A_SPAN = `
ORDER BY subject_id, touches.ts, trace_id, span_id, via_link
LIMIT 1 BY subject_id, trace_id, span_id
LIMIT {limit: UInt32}`;

/** `touches` is ordered by subject, so this reads everybody's trace ids, less what a bloom filter skips. */
const TAGS_OF_TRACES = `
SELECT ${TAG_COLUMNS}
FROM touches
WHERE tenant = {tenant: UInt32}
  AND trace_id IN (SELECT toFixedString(unhex(arrayJoin({traces: Array(String)})), 16))
${ONE_A_SPAN}`;

export function tagsOfTraces(
  clickhouse: ClickHouse,
  tenant: TenantId,
  traceIds: readonly string[],
  limit: number,
): Promise<Bounded<PersonTag>> {
  return gather(chunks(traceIds), limit, (traces, wanted) =>
    clickhouse.columns<PersonTag>(
      tenant,
      { name: 'tags of traces', sql: TAGS_OF_TRACES, settings: UNLOGGED },
      { tenant, traces, limit: wanted },
    ),
  );
}

const TAGS_OF_SUBJECTS = `
SELECT ${TAG_COLUMNS}
FROM touches
WHERE tenant = {tenant: UInt32}
  AND subject_id IN (SELECT UUIDStringToNum(arrayJoin({subjects: Array(String)})))
${ONE_A_SPAN}`;

/** What `subject tags` reads of one person, of many at once; by subject, oldest first. */
export function tagsOfSubjects(
  clickhouse: ClickHouse,
  tenant: TenantId,
  subjectIds: readonly string[],
  limit: number,
): Promise<Bounded<PersonTag>> {
  return gather(chunks(subjectIds), limit, (subjects, wanted) =>
    clickhouse.columns<PersonTag>(
      tenant,
      { name: 'tags of subjects', sql: TAGS_OF_SUBJECTS, settings: UNLOGGED },
      { tenant, subjects, limit: wanted },
    ),
  );
}

/** Copies of a span count as often as they lie there: an upper bound, for who decides in which order to look. */
const TAGGED_SPANS = `
SELECT UUIDNumToString(subject_id) AS subjectId, count() AS spans
FROM touches
WHERE tenant = {tenant: UInt32}
  AND subject_id IN (SELECT UUIDStringToNum(arrayJoin({subjects: Array(String)})))
GROUP BY subject_id`;

export async function taggedSpans(
  clickhouse: ClickHouse,
  tenant: TenantId,
  subjectIds: readonly string[],
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const subjects of chunks(subjectIds)) {
    const rows = await clickhouse.rows<{ subjectId: string; spans: number }>(
      tenant,
      { name: 'tagged spans', sql: TAGGED_SPANS, settings: UNLOGGED },
      { tenant, subjects },
    );
    for (const { subjectId, spans } of rows) counts.set(subjectId, spans);
  }
  return counts;
}

async function gather(
  keys: readonly string[][],
  limit: number,
  read: (some: readonly string[], wanted: number) => Promise<Columns<PersonTag>>,
): Promise<Bounded<PersonTag>> {
  const rows: PersonTag[] = [];
  for (const some of keys) {
    const wanted = limit + 1 - rows.length;
    if (wanted <= 0) break;
    const found = await read(some, wanted);
    for (let i = 0; i < found.subjectId.length; i++) {
      rows.push({
        subjectId: nth(found.subjectId, i),
        traceId: nth(found.traceId, i),
        spanId: nth(found.spanId, i),
        startUs: nth(found.startUs, i),
        attribution: nth(found.attribution, i),
        role: nth(found.role, i),
        viaLink: nth(found.viaLink, i),
      });
    }
  }
  return { rows: rows.slice(0, limit), cut: rows.length > limit };
}
