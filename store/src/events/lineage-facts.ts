import type { TenantId } from '@vestige/core/ids';
import type { Facts, JumpHit, LinkHit, Needs, SpanFact } from '@vestige/core/lineage/facts';
import type { ClickHouse } from '../clickhouse/client.ts';
import type { FactLimits } from './event-store.ts';
import { chunks } from './key-chunks.ts';
import { datasetEdges } from './run-edges.ts';
import { SPAN_FACT_COLUMNS, type SpanFactRow, spanFacts } from './span-row.ts';

/**
 * One round of what the closure asked for: four narrow reads by primary key, side by side. Each asks for one row more
 * than its limit, which is how a cut is noticed.
 */
export async function lineageFacts(
  clickhouse: ClickHouse,
  tenant: TenantId,
  needs: Needs,
  limits: FactLimits,
): Promise<Facts> {
  const [spans, jumps, links, datasets] = await Promise.all([
    spansOf(clickhouse, tenant, needs.traces, limits.spansMax),
    jumpHits(clickhouse, tenant, needs.jumps, limits.hitsPerKeyMax),
    linksTo(clickhouse, tenant, needs.linksTo, limits.hitsPerKeyMax),
    datasetEdges(clickhouse, tenant, needs.datasets, limits.hitsPerKeyMax),
  ]);
  return {
    spans: spans.rows,
    jumps: jumps.rows,
    links: links.rows,
    datasets: datasets.rows,
    cut: spans.cut || jumps.cut || links.cut || datasets.cut,
  };
}

interface Answer<T> {
  readonly rows: T[];
  readonly cut: boolean;
}

const SPANS_OF = `
SELECT ${SPAN_FACT_COLUMNS}
FROM spans
WHERE tenant = {tenant: UInt32}
  AND trace_id IN (SELECT toFixedString(unhex(arrayJoin({traces: Array(String)})), 16))
ORDER BY trace_id, ts, span_id, rule_set DESC
LIMIT 1 BY trace_id, span_id
LIMIT {limit: UInt32}`;

async function spansOf(
  clickhouse: ClickHouse,
  tenant: TenantId,
  traces: readonly string[],
  spansMax: number,
): Promise<Answer<SpanFact>> {
  const rows: SpanFact[] = [];
  for (const some of chunks([...new Set(traces)])) {
    const wanted = spansMax + 1 - rows.length;
    if (wanted <= 0) break;
    const found = await clickhouse.columns<SpanFactRow>(
      tenant,
      { name: 'spans of traces', sql: SPANS_OF },
      { tenant, traces: some, limit: wanted },
    );
    for (const fact of spanFacts(found)) rows.push(fact);
  }
  return { rows: rows.slice(0, spansMax), cut: rows.length > spansMax };
}

/**
 * `froms` and `deletes` run parallel to `keys`: one key may be wanted later than another, or for its deletes alone. What
 * costs most, to look up a row's key among them, is done for rows of these keys only, not for whole granules (`PREWHERE`).
 */
const JUMP_HITS = `
SELECT key, lower(hex(trace_id)) AS traceId, lower(hex(span_id)) AS spanId, startUs, action
FROM (
  SELECT DISTINCT ref AS key, trace_id, span_id, toUnixTimestamp64Micro(ts) AS startUs, action
  FROM record_touches
  PREWHERE tenant = {tenant: UInt32}
    AND ref IN (SELECT arrayJoin({keys: Array(String)}))
    AND ts >= fromUnixTimestamp64Micro({earliestUs: Int64})
  WHERE toUnixTimestamp64Micro(ts) >= transform(ref, {keys: Array(String)}, {froms: Array(Int64)}, toInt64(0))
    AND (action = 'delete' OR transform(ref, {keys: Array(String)}, {deletes: Array(UInt8)}, 0) = 0)
)
ORDER BY key, startUs, trace_id, span_id, action
LIMIT {perKey: UInt32} BY key`;

async function jumpHits(
  clickhouse: ClickHouse,
  tenant: TenantId,
  jumps: Needs['jumps'],
  perKeyMax: number,
): Promise<Answer<JumpHit>> {
  const wanted = new Map<string, { fromUs: number; deletesOnly: boolean }>();
  for (const { key, fromUs, deletesOnly = false } of jumps) {
    const known = wanted.get(key) ?? { fromUs, deletesOnly };
    wanted.set(key, {
      fromUs: Math.min(fromUs, known.fromUs),
      deletesOnly: deletesOnly && known.deletesOnly,
    });
  }
  const parts: Answer<JumpHit>[] = [];
  for (const keys of chunks([...wanted.keys()])) {
    const froms = keys.map((key) => Math.max(0, Math.floor(wanted.get(key)?.fromUs ?? 0)));
    const deletes = keys.map((key) => (wanted.get(key)?.deletesOnly ? 1 : 0));
    const hits = await clickhouse.rows<JumpHit>(
      tenant,
      { name: 'jump hits', sql: JUMP_HITS },
      { tenant, keys, froms, deletes, earliestUs: froms.reduce((a, b) => Math.min(a, b)), perKey: perKeyMax + 1 },
    );
    parts.push(cutPerKey(hits, (hit) => hit.key, perKeyMax));
  }
  return joined(parts);
}

const LINKS_TO = `
SELECT
  lower(hex(linked_trace_id)) AS linkedTraceId,
  lower(hex(linked_span_id)) AS linkedSpanId,
  lower(hex(trace_id)) AS traceId,
  lower(hex(span_id)) AS spanId
FROM (
  SELECT DISTINCT linked_trace_id, linked_span_id, ts, trace_id, span_id
  FROM links_in
  WHERE tenant = {tenant: UInt32}
    AND linked_trace_id IN (SELECT toFixedString(unhex(arrayJoin({traces: Array(String)})), 16))
)
ORDER BY linked_trace_id, ts, linked_span_id, trace_id, span_id
LIMIT {perTrace: UInt32} BY linked_trace_id`;

async function linksTo(
  clickhouse: ClickHouse,
  tenant: TenantId,
  traces: readonly string[],
  perTraceMax: number,
): Promise<Answer<LinkHit>> {
  const parts: Answer<LinkHit>[] = [];
  for (const some of chunks([...new Set(traces)])) {
    const hits = await clickhouse.rows<LinkHit>(
      tenant,
      { name: 'links to traces', sql: LINKS_TO },
      { tenant, traces: some, perTrace: perTraceMax + 1 },
    );
    parts.push(cutPerKey(hits, (hit) => hit.linkedTraceId, perTraceMax));
  }
  return joined(parts);
}

/** Rows come grouped by key, at most one more than `max` of each. */
function cutPerKey<T>(rows: readonly T[], keyOf: (row: T) => string, max: number): Answer<T> {
  const seen = new Map<string, number>();
  const kept = rows.filter((row) => {
    const count = (seen.get(keyOf(row)) ?? 0) + 1;
    seen.set(keyOf(row), count);
    return count <= max;
  });
  return { rows: kept, cut: kept.length < rows.length };
}

function joined<T>(parts: readonly Answer<T>[]): Answer<T> {
  return { rows: parts.flatMap((part) => part.rows), cut: parts.some((part) => part.cut) };
}
