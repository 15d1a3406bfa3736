import type { TenantId } from '@vestige/core/ids';
import { mayAct } from '@vestige/core/node/may-act';
import type { ClickHouse } from '../clickhouse/client.ts';
import { nth } from '../clickhouse/columns.ts';
import { UNLOGGED } from '../clickhouse/settings.ts';
import { ONE_SHARD_A_TRACE } from './attributed-traces.ts';
import type { Bounded, Window } from './event-store.ts';
import type { PersonInTrace, SeenNode } from './installation-reads.ts';
import { chunks, KEYS_OF_FIELDS, wideChunks } from './key-chunks.ts';
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
const RUN_INTO_US = 86_400_000_000;
/** A span may end up to the resolution of its clock later than it says (core/src/lineage/clock.ts). */
const RESOLUTION_US = 1_000;

/**
 * A touch is of the span that tells it. Who acts is told by one span for all that run inside it, some of which may go on
 * after it has ended, and which may have begun long before: an agent that runs for weeks acts in each of them.
 */
const TRACES_AT = `
SELECT lower(hex(trace_id)) AS traceId
FROM spans
WHERE tenant = {tenant: UInt32}
  AND ts >= fromUnixTimestamp64Nano({anyNs: Int64})
  AND ts < fromUnixTimestamp64Nano({toNs: Int64})
  AND (ts >= fromUnixTimestamp64Nano({earliestNs: Int64})
      AND hasAny(touch_peer, {nodes: Array(String)}) AND toUnixTimestamp64Nano(ts) + duration_ns >= {fromNs: Int64}
    OR (self IN (SELECT arrayJoin({nodes: Array(String)}))
      OR owner IN (SELECT arrayJoin({nodes: Array(String)}))
      OR service IN (SELECT arrayJoin({nodes: Array(String)})))
    AND trace_id IN (
      SELECT trace_id
      FROM spans
      WHERE tenant = {tenant: UInt32}
        AND ts >= fromUnixTimestamp64Nano({earliestNs: Int64})
        AND ts < fromUnixTimestamp64Nano({toNs: Int64})
        AND toUnixTimestamp64Nano(ts) + duration_ns >= {fromNs: Int64}
    ))
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
  const { toNs } = rangeNs(window);
  const endsFromUs = window.fromUs === null ? null : Math.max(0, window.fromUs - RESOLUTION_US);
  const { fromNs } = rangeNs({ fromUs: endsFromUs, toUs: null });
  const earlier = window.fromUs === null ? null : Math.max(0, window.fromUs - RUN_INTO_US);
  const earliestNs = rangeNs({ fromUs: earlier, toUs: null }).fromNs;
  const anyNs = nodes.some(mayAct) ? '0' : earliestNs;
  const found = new Set<string>();
  for (const some of chunks(nodes)) {
    const rows = await clickhouse.rows<{ traceId: string }>(
      tenant,
      { name: 'traces at nodes', sql: TRACES_AT, settings: ONE_SHARD_A_TRACE },
      { tenant, nodes: some, fromNs, toNs, earliestNs, anyNs, limit: limit + 1 },
    );
    for (const { traceId } of rows) found.add(traceId);
  }
  return { rows: [...found].slice(0, limit), cut: found.size > limit };
}

/** `touches` is ordered by subject: for more than a few traces all of it is read, however many they are. */
const PEOPLE_OF_TRACES = `
SELECT DISTINCT lower(hex(trace_id)) AS traceId, UUIDNumToString(subject_id) AS subjectId
FROM touches
WHERE tenant = {tenant: UInt32}
  AND trace_id IN (SELECT toFixedString(unhex(arrayJoin(${KEYS_OF_FIELDS})), 16))
  AND role != 'actor'
ORDER BY traceId, subjectId
LIMIT {limit: UInt32}`;

export async function peopleOfTraces(
  clickhouse: ClickHouse,
  tenant: TenantId,
  traceIds: readonly string[],
  limit: number,
): Promise<Bounded<PersonInTrace>> {
  const rows: PersonInTrace[] = [];
  for (const traces of wideChunks(traceIds)) {
    const wanted = limit + 1 - rows.length;
    if (wanted <= 0) break;
    const { traceId, subjectId } = await clickhouse.columns<PersonInTrace>(
      tenant,
      { name: 'people of traces', sql: PEOPLE_OF_TRACES, settings: UNLOGGED },
      { tenant, ...traces, limit: wanted },
    );
    for (let i = 0; i < traceId.length; i++) rows.push({ traceId: nth(traceId, i), subjectId: nth(subjectId, i) });
  }
  return { rows: rows.slice(0, limit), cut: rows.length > limit };
}

/** Conversations of which a span lies in a trace in which one of the nodes acted. */
const CONVERSATIONS_AT = `
SELECT DISTINCT conversation
FROM spans
WHERE tenant = {tenant: UInt32}
  AND ts < fromUnixTimestamp64Nano({toNs: Int64})
  AND conversation != ''
  AND trace_id IN (
    SELECT trace_id
    FROM spans
    WHERE tenant = {tenant: UInt32}
      AND ts < fromUnixTimestamp64Nano({toNs: Int64})
      AND (self IN (SELECT arrayJoin({nodes: Array(String)}))
        OR owner IN (SELECT arrayJoin({nodes: Array(String)}))
        OR service IN (SELECT arrayJoin({nodes: Array(String)})))
  )
ORDER BY conversation
LIMIT {limit: UInt32}`;

export async function conversationsAt(
  clickhouse: ClickHouse,
  tenant: TenantId,
  nodes: readonly string[],
  toUs: number,
  limit: number,
): Promise<Bounded<string>> {
  const { toNs } = rangeNs({ fromUs: null, toUs });
  const found = new Set<string>();
  for (const some of chunks(nodes)) {
    const rows = await clickhouse.rows<{ conversation: string }>(
      tenant,
      { name: 'conversations at nodes', sql: CONVERSATIONS_AT, settings: ONE_SHARD_A_TRACE },
      { tenant, nodes: some, toNs, limit: limit + 1 },
    );
    for (const { conversation } of rows) found.add(conversation);
  }
  return { rows: [...found].slice(0, limit), cut: found.size > limit };
}
