import type { Action } from '@vestige/core/convention/attributes';
import type { TenantId } from '@vestige/core/ids';
import type { Secret } from '@vestige/core/secret';
import { type ClickHouse, openClickHouse } from '../clickhouse/client.ts';
import { COPY_SETTINGS, UNLOGGED } from '../clickhouse/settings.ts';
import { DAY_BY_DAY } from './day-by-day.ts';
import type { StoredSpan, Window } from './event-store.ts';
import type { JumpKey } from './jump-keys.ts';
import { FIELD_BYTES_MAX, pieces, textBytes } from './pieces.ts';
import { STORED_SPAN_COLUMNS, type StoredSpanRow, storedSpan } from './span-row.ts';
import { rangeNs } from './time-range.ts';

/**
 * Stored spans of older rule sets, to be derived again. ClickHouse.
 *
 * Promises:
 * - a span is left until {@link ReclassifyStore.replaceSpans} or {@link ReclassifyStore.stampSpans} wrote it under the new
 *   rule set, so what is left is the whole state of a run: a killed one goes on where it was;
 * - rows are copied inside ClickHouse with a few columns replaced: whatever else a row has, now or after a later
 *   migration, stays as it is, the day it was received and with it its retention included;
 * - doing anything twice is doing it once: rows have the key of those they replace, and a higher rule set.
 */
export interface ReclassifyStore {
  /** Days (`2026-11-23`) with spans under a rule set below `ruleSet`, oldest first, and how many. */
  days(tenant: TenantId, window: Window, ruleSet: number): Promise<{ day: string; spans: number }[]>;
  /** Spans of a day that are left, in the order of {@link SpanCursor}; `after` null for the first. */
  page(
    tenant: TenantId,
    day: string,
    window: Window,
    ruleSet: number,
    after: SpanCursor | null,
    limit: number,
  ): Promise<LeftSpan[]>;
  /** Whoever is tagged on any of the spans. At most `limit`. */
  subjectsOf(tenant: TenantId, spans: readonly SpanAt[], limit: number): Promise<string[]>;

  /** Gives the touches of spans to those of these subjects who are tagged on them, in the place of those they have. */
  replaceTouches(
    tenant: TenantId,
    ruleSet: number,
    spans: readonly NewTouches[],
    subjectIds: readonly string[],
  ): Promise<void>;
  addJumps(tenant: TenantId, spans: readonly NewJumps[]): Promise<void>;
  replaceSpans(tenant: TenantId, ruleSet: number, spans: readonly NewReading[]): Promise<void>;
  /** Nothing changes under the new rule set. */
  stampSpans(tenant: TenantId, ruleSet: number, spans: readonly SpanAt[]): Promise<void>;
  close(): Promise<void>;
}

export type LeftSpan = Omit<StoredSpan, 'subjectIds'>;
export type SpanAt = Pick<StoredSpan, 'traceId' | 'spanId' | 'startNs'>;
/** The order key of `spans`. */
export type SpanCursor = SpanAt;

export interface NewTouches extends SpanAt {
  /** All rows of the span and one subject: number, peer, action. */
  readonly rows: readonly { readonly touchNo: number; readonly peer: string; readonly action: Action }[];
}
export interface NewJumps extends SpanAt {
  readonly jumps: readonly JumpKey[];
}
export type NewReading = SpanAt &
  Pick<
    StoredSpan,
    'name' | 'self' | 'owner' | 'touches' | 'recordRefs' | 'derivedFrom' | 'recipientHost' | 'conversation'
  >;

/** `FINAL`, so that a span that was written again is not left: its older row may lie beside the newer for a while. */
const LEFT = `
  tenant = {tenant: UInt32}
  AND rule_set < {ruleSet: UInt16}
  AND ts >= fromUnixTimestamp64Nano({fromNs: Int64})
  AND ts < fromUnixTimestamp64Nano({toNs: Int64})`;
const DAYS = `
SELECT toString(toDate(ts)) AS day, count() AS spans
FROM spans FINAL
WHERE ${LEFT}
GROUP BY day
ORDER BY day`;

const PAGE = `
SELECT ${STORED_SPAN_COLUMNS}
FROM spans FINAL
WHERE ${LEFT}
  AND toDate(ts) = {day: Date}
  AND (trace_id, ts, span_id) > (
    toFixedString(unhex({afterTrace: String}), 16),
    fromUnixTimestamp64Nano({afterNs: Int64}),
    toFixedString(unhex({afterSpan: String}), 8)
  )
ORDER BY trace_id, ts, span_id
LIMIT {limit: UInt32}`;

/** The spans of a statement: `ids` run parallel to what else it is given, `n` is the place of a row's span in them. */
const THESE = `
  tenant = {tenant: UInt32}
  AND trace_id IN (SELECT toFixedString(unhex(substring(arrayJoin({ids: Array(String)}), 1, 32)), 16))
  AND ts >= fromUnixTimestamp64Nano({firstNs: Int64})
  AND ts <= fromUnixTimestamp64Nano({lastNs: Int64})
  AND n > 0`;
const PLACE = `indexOf({ids: Array(String)}, concat(lower(hex(trace_id)), lower(hex(span_id)))) AS n`;

const SUBJECTS_OF = `
SELECT DISTINCT UUIDNumToString(subject_id) AS subject
FROM (SELECT subject_id, ${PLACE} FROM touches WHERE ${THESE})
LIMIT {limit: UInt32}`;

/** Of several rows and copies of one span and subject the newest serves as the pattern: they differ in the touch only. */
const REPLACE_TOUCHES = `
INSERT INTO touches
SELECT * EXCEPT (n, new_no, new_peer, new_action)
  REPLACE (new_no AS touch_no, new_peer AS peer, new_action AS action, {ruleSet: UInt16} AS rule_set)
FROM (
  SELECT *, ${PLACE}
  FROM touches
  WHERE ${THESE}
    AND subject_id IN (SELECT UUIDStringToNum(arrayJoin({subjects: Array(String)})))
  ORDER BY subject_id, touches.ts, trace_id, span_id, via_link, rule_set DESC, touch_no
  LIMIT 1 BY subject_id, touches.ts, trace_id, span_id, via_link
)
ARRAY JOIN
  {numbers: Array(Array(UInt8))}[n] AS new_no,
  {peers: Array(Array(String))}[n] AS new_peer,
  {actions: Array(Array(String))}[n] AS new_action`;

const ADD_JUMPS = `
INSERT INTO record_touches (tenant, ref, ts, trace_id, span_id, action, received_on)
SELECT tenant, ref, ts, trace_id, span_id, action, received_on
FROM (
  SELECT tenant, ts, trace_id, span_id, received_on, ${PLACE}
  FROM spans
  WHERE ${THESE}
  ORDER BY trace_id, spans.ts, span_id, rule_set DESC
  LIMIT 1 BY trace_id, spans.ts, span_id
)
ARRAY JOIN {keys: Array(Array(String))}[n] AS ref, {actions: Array(Array(String))}[n] AS action`;

const REPLACE_SPANS = `
INSERT INTO spans
SELECT * EXCEPT (n)
  REPLACE (
    {names: Array(String)}[n] AS name,
    {selves: Array(String)}[n] AS self,
    {owners: Array(String)}[n] AS owner,
    {refs: Array(Array(String))}[n] AS record_refs,
    {sources: Array(Array(String))}[n] AS derived_from,
    {peers: Array(Array(String))}[n] AS touch_peer,
    {actions: Array(Array(String))}[n] AS touch_action,
    {rules: Array(Array(String))}[n] AS touch_rule,
    {hosts: Array(String)}[n] AS recipient_host,
    {conversations: Array(String)}[n] AS conversation,
    {ruleSet: UInt16} AS rule_set
  )
FROM (
  SELECT *, ${PLACE}
  FROM spans
  WHERE ${THESE} AND rule_set < {ruleSet: UInt16}
  ORDER BY trace_id, spans.ts, span_id, rule_set DESC
  LIMIT 1 BY trace_id, spans.ts, span_id
)`;

const STAMP_SPANS = `
INSERT INTO spans
SELECT * EXCEPT (n) REPLACE ({ruleSet: UInt16} AS rule_set)
FROM (
  SELECT *, ${PLACE}
  FROM spans
  WHERE ${THESE} AND rule_set < {ruleSet: UInt16}
  ORDER BY trace_id, spans.ts, span_id, rule_set DESC
  LIMIT 1 BY trace_id, spans.ts, span_id
)`;

const SUBJECTS_PER_STATEMENT = 1_500;
const ID_BYTES = 51;
const SPANS_PER_STATEMENT = Math.floor(FIELD_BYTES_MAX / ID_BYTES);

/**
 * @param writeUrl login that may insert and see (`collector`)
 * @param readUrl login that sees the rows of the tenant it names only (`api`)
 */
export function openReclassifyStore(config: { readonly writeUrl: Secret; readonly readUrl: Secret }): ReclassifyStore {
  const writer = openClickHouse(config.writeUrl);
  const reader = openClickHouse(config.readUrl);
  return {
    days: (tenant, window, ruleSet) =>
      reader.rows(
        tenant,
        { name: 'days to reclassify', sql: DAYS, settings: { ...DAY_BY_DAY, max_execution_time: 120 } },
        { tenant, ruleSet, ...rangeNs(window) },
      ),
    async page(tenant, day, window, ruleSet, after, limit) {
      const rows = await reader.rows<StoredSpanRow>(
        tenant,
        { name: 'spans to reclassify', sql: PAGE, settings: DAY_BY_DAY },
        {
          tenant,
          ruleSet,
          ...rangeNs(window),
          day,
          limit,
          afterTrace: after?.traceId ?? '',
          afterNs: String(after?.startNs ?? 0n),
          afterSpan: after?.spanId ?? '',
        },
      );
      return rows.map((row) => storedSpan(row, []));
    },
    async subjectsOf(tenant, spans, limit) {
      const subjects = new Set<string>();
      for (const some of pieces(spans, SPANS_PER_STATEMENT, () => 0)) {
        const rows = await reader.rows<{ subject: string }>(
          tenant,
          { name: 'subjects of spans', sql: SUBJECTS_OF, settings: UNLOGGED },
          { tenant, ...placesOf(some), limit: limit - subjects.size },
        );
        for (const { subject } of rows) subjects.add(subject);
        if (subjects.size >= limit) break;
      }
      return [...subjects];
    },
    async replaceTouches(tenant, ruleSet, spans, subjectIds) {
      for (const some of pieces(spans, SPANS_PER_STATEMENT, ({ rows }) => textBytes(rows.map(({ peer }) => peer)))) {
        for (let start = 0; start < subjectIds.length; start += SUBJECTS_PER_STATEMENT) {
          await copy(writer, tenant, 'replace touches', REPLACE_TOUCHES, {
            ...placesOf(some),
            ruleSet,
            subjects: subjectIds.slice(start, start + SUBJECTS_PER_STATEMENT),
            numbers: some.map(({ rows }) => rows.map(({ touchNo }) => touchNo)),
            peers: some.map(({ rows }) => rows.map(({ peer }) => peer)),
            actions: some.map(({ rows }) => rows.map(({ action }) => action)),
          });
        }
      }
    },
    async addJumps(tenant, spans) {
      for (const some of pieces(spans, SPANS_PER_STATEMENT, ({ jumps }) => textBytes(jumps.map(({ key }) => key)))) {
        await copy(writer, tenant, 'add jumps', ADD_JUMPS, {
          ...placesOf(some),
          keys: some.map(({ jumps }) => jumps.map(({ key }) => key)),
          actions: some.map(({ jumps }) => jumps.map(({ action }) => action)),
        });
      }
    },
    async replaceSpans(tenant, ruleSet, spans) {
      // Fields of a form are bounded one by one: the longest decides.
      const bytesOf = ({ touches, recordRefs, derivedFrom, ...texts }: NewReading) =>
        Math.max(
          textBytes([texts.name, texts.self, texts.owner, texts.recipientHost, texts.conversation]),
          textBytes(touches.map(({ peer }) => peer)),
          textBytes(recordRefs),
          textBytes(derivedFrom),
        );
      for (const some of pieces(spans, SPANS_PER_STATEMENT, bytesOf)) {
        await copy(writer, tenant, 'replace spans', REPLACE_SPANS, {
          ...placesOf(some),
          ruleSet,
          names: some.map(({ name }) => name),
          selves: some.map(({ self }) => self),
          owners: some.map(({ owner }) => owner),
          refs: some.map(({ recordRefs }) => recordRefs),
          sources: some.map(({ derivedFrom }) => derivedFrom),
          peers: some.map(({ touches }) => touches.map(({ peer }) => peer)),
          actions: some.map(({ touches }) => touches.map(({ action }) => action)),
          rules: some.map(({ touches }) => touches.map(({ rule }) => rule)),
          hosts: some.map(({ recipientHost }) => recipientHost),
          conversations: some.map(({ conversation }) => conversation),
        });
      }
    },
    async stampSpans(tenant, ruleSet, spans) {
      for (const some of pieces(spans, SPANS_PER_STATEMENT, () => 0)) {
        await copy(writer, tenant, 'stamp spans', STAMP_SPANS, { ...placesOf(some), ruleSet });
      }
    },
    async close() {
      await Promise.all([writer.close(), reader.close()]);
    },
  };
}

async function copy(
  writer: ClickHouse,
  tenant: TenantId,
  name: string,
  sql: string,
  params: Readonly<Record<string, unknown>>,
): Promise<void> {
  await writer.run(tenant, { name, sql, settings: { ...COPY_SETTINGS, ...UNLOGGED } }, { tenant, ...params });
}

function placesOf(spans: readonly SpanAt[]) {
  let [first, last] = [spans[0]?.startNs ?? 0n, spans[0]?.startNs ?? 0n];
  for (const { startNs } of spans) {
    if (startNs < first) first = startNs;
    if (startNs > last) last = startNs;
  }
  return {
    ids: spans.map(({ traceId, spanId }) => traceId + spanId),
    firstNs: String(first),
    lastNs: String(last),
  };
}
