import type { TenantId } from '@vestige/core/ids';
import type { ClickHouse } from '../clickhouse/client.ts';
import { UNLOGGED } from '../clickhouse/settings.ts';
import type { Bounded, Window } from './event-store.ts';
import type { SeenNode } from './installation-reads.ts';
import { chunks } from './key-chunks.ts';
import { rangeNs } from './time-range.ts';

/** A node acts as what runs the span, is named as the owner, or is touched. */
const NODES_SEEN = `
SELECT DISTINCT node.1 AS id, node.2 AS host
FROM (
  SELECT arrayJoin(arrayConcat(
    arrayMap(peer -> (toString(peer), toString(recipient_host)), touch_peer),
    [(toString(self), ''), (toString(owner), ''), (toString(service), '')]
  )) AS node
  FROM (
    SELECT DISTINCT touch_peer, recipient_host, self, owner, service
    FROM spans
    WHERE tenant = {tenant: UInt32}
      AND ts >= fromUnixTimestamp64Nano({fromNs: Int64})
      AND ts < fromUnixTimestamp64Nano({toNs: Int64})
  )
)
WHERE id != ''
ORDER BY id, host
LIMIT {limit: UInt32}`;

export async function nodesSeen(
  clickhouse: ClickHouse,
  tenant: TenantId,
  window: Window,
  limit: number,
): Promise<Bounded<SeenNode>> {
  const rows = await clickhouse.rows<SeenNode>(
    tenant,
    { name: 'nodes seen', sql: NODES_SEEN },
    { tenant, ...rangeNs(window), limit: limit + 1 },
  );
  return { rows: rows.slice(0, limit), cut: rows.length > limit };
}

/** How long before the window a span may have begun that still ran in it: a read arrives when the span ends. */
const RUN_INTO_US = 3_600_000_000;

const TRACES_AT = `
SELECT lower(hex(trace_id)) AS traceId
FROM spans
WHERE tenant = {tenant: UInt32}
  AND ts >= fromUnixTimestamp64Nano({earliestNs: Int64})
  AND ts < fromUnixTimestamp64Nano({toNs: Int64})
  AND toUnixTimestamp64Nano(ts) + duration_ns >= {fromNs: Int64}
  AND (hasAny(touch_peer, {nodes: Array(String)})
    OR self IN (SELECT arrayJoin({nodes: Array(String)}))
    OR owner IN (SELECT arrayJoin({nodes: Array(String)}))
    OR service IN (SELECT arrayJoin({nodes: Array(String)})))
GROUP BY trace_id
ORDER BY min(ts), trace_id
LIMIT {limit: UInt32}`;

export async function tracesAt(
  clickhouse: ClickHouse,
  tenant: TenantId,
  nodes: readonly string[],
  window: Window,
  limit: number,
): Promise<Bounded<string>> {
  const { fromNs, toNs } = rangeNs(window);
  const earlier = window.fromUs === null ? null : Math.max(0, window.fromUs - RUN_INTO_US);
  const earliestNs = rangeNs({ fromUs: earlier, toUs: null }).fromNs;
  const found = new Set<string>();
  for (const some of chunks(nodes)) {
    const rows = await clickhouse.rows<{ traceId: string }>(
      tenant,
      { name: 'traces at nodes', sql: TRACES_AT },
      { tenant, nodes: some, fromNs, toNs, earliestNs, limit: limit + 1 },
    );
    for (const { traceId } of rows) found.add(traceId);
  }
  return { rows: [...found].slice(0, limit), cut: found.size > limit };
}

/** A bloom filter on the trace picks the granules; `touches` is ordered by subject. */
const SUBJECTS_OF_TRACES = `
SELECT DISTINCT UUIDNumToString(subject_id) AS subject
FROM touches
WHERE tenant = {tenant: UInt32}
  AND trace_id IN (SELECT toFixedString(unhex(arrayJoin({traces: Array(String)})), 16))
  AND role != 'actor'
ORDER BY subject
LIMIT {limit: UInt32}`;

export async function subjectsOfTraces(
  clickhouse: ClickHouse,
  tenant: TenantId,
  traceIds: readonly string[],
  limit: number,
): Promise<Bounded<string>> {
  const found = new Set<string>();
  for (const some of chunks(traceIds)) {
    const rows = await clickhouse.rows<{ subject: string }>(
      tenant,
      { name: 'subjects of traces', sql: SUBJECTS_OF_TRACES, settings: UNLOGGED },
      { tenant, traces: some, limit: limit + 1 },
    );
    for (const { subject } of rows) found.add(subject);
    if (found.size > limit) break;
  }
  return { rows: [...found].slice(0, limit), cut: found.size > limit };
}
