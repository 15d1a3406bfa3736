import type { TenantId } from '@vestige/core/ids';
import type { KeySpan } from '@vestige/core/lineage/key-span';
import type { ClickHouse } from '../clickhouse/client.ts';
import { nth } from '../clickhouse/columns.ts';
import type { Bounded } from './event-store.ts';
import type { Teller } from './installation-reads.ts';
import { chunks } from './key-chunks.ts';

/** A third of the columns of a span, of the spans through which a trace may have got data from others; most are not. */
const KEY_SPANS = `
SELECT
  lower(hex(trace_id)) AS traceId,
  attribution,
  role,
  touch_action AS actions,
  record_refs AS recordRefs,
  derived_from AS derivedFrom,
  conversation,
  arrayFilter(peer -> startsWith(peer, 'memory:'), touch_peer) AS memories,
  arrayMap(id -> lower(hex(id)), link_trace_id) AS linkedTraces
FROM spans
WHERE tenant = {tenant: UInt32}
  AND trace_id IN (SELECT toFixedString(unhex(arrayJoin({traces: Array(String)})), 16))
  AND (notEmpty(record_refs) OR notEmpty(derived_from) OR conversation != '' OR notEmpty(link_trace_id)
    OR arrayExists(peer -> startsWith(peer, 'memory:'), touch_peer))
ORDER BY trace_id, ts, span_id, rule_set DESC
LIMIT 1 BY trace_id, span_id
LIMIT {limit: UInt32}`;

type KeySpanRow = { -readonly [Name in keyof KeySpan]: KeySpan[Name] };

/**
 * Whoever may have left something under these keys before an instant. A delete leaves nothing; a read does where a span of
 * its trace declares whom it reads of, and which of them is the same read nobody decides here.
 */
const TELLERS = `
SELECT DISTINCT ref AS key, lower(hex(trace_id)) AS traceId
FROM record_touches
PREWHERE tenant = {tenant: UInt32} AND ref IN (SELECT arrayJoin({keys: Array(String)}))
WHERE ts < fromUnixTimestamp64Micro({toUs: Int64})
  AND action != 'delete'
  AND (action NOT IN ('read', 'receive') OR trace_id IN (
    SELECT trace_id
    FROM spans
    WHERE tenant = {tenant: UInt32}
      AND attribution = 'declared'
      AND hasAny(touch_action, ['read', 'receive'])
      AND trace_id IN (
        SELECT trace_id
        FROM record_touches
        PREWHERE tenant = {tenant: UInt32} AND ref IN (SELECT arrayJoin({keys: Array(String)}))
        WHERE action IN ('read', 'receive')
      )
  ))
ORDER BY key, traceId
LIMIT {limit: UInt32}`;

/** Keys and traces lie on different shards: what is found of the one is sent to where the other is looked for. */
const FROM_ALL_SHARDS = { distributed_product_mode: 'global' } as const;

export async function tellers(
  clickhouse: ClickHouse,
  tenant: TenantId,
  keys: readonly string[],
  toUs: number,
  limit: number,
): Promise<Bounded<Teller>> {
  const rows: Teller[] = [];
  for (const some of chunks(keys)) {
    const wanted = limit + 1 - rows.length;
    if (wanted <= 0) break;
    const { key, traceId } = await clickhouse.columns<Teller>(
      tenant,
      { name: 'tellers of keys', sql: TELLERS, settings: FROM_ALL_SHARDS },
      { tenant, keys: some, toUs: Math.ceil(toUs), limit: wanted },
    );
    for (let i = 0; i < key.length; i++) rows.push({ key: nth(key, i), traceId: nth(traceId, i) });
  }
  return { rows: rows.slice(0, limit), cut: rows.length > limit };
}

export async function keySpans(
  clickhouse: ClickHouse,
  tenant: TenantId,
  traceIds: readonly string[],
  limit: number,
): Promise<Bounded<KeySpan>> {
  const rows: KeySpan[] = [];
  for (const traces of chunks(traceIds)) {
    const wanted = limit + 1 - rows.length;
    if (wanted <= 0) break;
    const found = await clickhouse.columns<KeySpanRow>(
      tenant,
      { name: 'keys of traces', sql: KEY_SPANS },
      { tenant, traces, limit: wanted },
    );
    for (let i = 0; i < found.traceId.length; i++) {
      rows.push({
        traceId: nth(found.traceId, i),
        attribution: nth(found.attribution, i),
        role: nth(found.role, i),
        actions: nth(found.actions, i),
        recordRefs: nth(found.recordRefs, i),
        derivedFrom: nth(found.derivedFrom, i),
        conversation: nth(found.conversation, i),
        memories: nth(found.memories, i),
        linkedTraces: nth(found.linkedTraces, i),
      });
    }
  }
  return { rows: rows.slice(0, limit), cut: rows.length > limit };
}
