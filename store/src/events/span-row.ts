import type { Action, Attribution, LegalBasis, SubjectRole } from '@vestige/core/convention/attributes';
import type { SpanFact } from '@vestige/core/lineage/facts';
import type { Outcome, SpanKind } from '@vestige/core/model/span';
import { type Columns, nth } from '../clickhouse/columns.ts';
import type { StoredSpan } from './event-store.ts';

/** A row of `spans` as it leaves ClickHouse, and what it becomes. Columns and types stand together, so they change together. */

export const SPAN_FACT_COLUMNS = `
  lower(hex(trace_id)) AS traceId,
  lower(hex(span_id)) AS spanId,
  if(parent_id = toFixedString('', 8), '', lower(hex(parent_id))) AS parentId,
  kind,
  toUnixTimestamp64Micro(ts) AS startUs,
  intDiv(toUnixTimestamp64Nano(ts) + duration_ns, 1000) AS endUs,
  outcome,
  service,
  self,
  owner,
  touch_peer AS peers,
  touch_action AS actions,
  touch_rule AS rules,
  record_refs AS recordRefs,
  record_count AS recordCount,
  derived_from AS derivedFrom,
  conversation,
  attribution,
  role,
  categories,
  purpose,
  retention_until_ms AS retentionUntilMs,
  recipient_host AS recipientHost,
  recipient_country AS recipientCountry,
  request_id AS requestId,
  arrayMap(id -> lower(hex(id)), link_trace_id) AS linkTraces,
  arrayMap(id -> lower(hex(id)), link_span_id) AS linkSpans`;

export interface SpanFactRow {
  traceId: string;
  spanId: string;
  parentId: string;
  kind: SpanKind;
  startUs: number;
  endUs: number;
  outcome: Outcome;
  service: string;
  self: string;
  owner: string;
  peers: string[];
  actions: Action[];
  rules: string[];
  recordRefs: string[];
  recordCount: number;
  derivedFrom: string[];
  conversation: string;
  attribution: Attribution;
  role: SubjectRole;
  categories: string[];
  purpose: string;
  retentionUntilMs: number;
  recipientHost: string;
  recipientCountry: string;
  requestId: string;
  linkTraces: string[];
  linkSpans: string[];
}

/** Spelled out: an answer about somebody with many traces makes hundreds of thousands of these. */
export function* spanFacts(columns: Columns<SpanFactRow>): Generator<SpanFact> {
  const { peers, actions, rules, linkTraces, linkSpans } = columns;
  for (let i = 0; i < columns.traceId.length; i++) {
    const [action, rule, linkedSpan] = [nth(actions, i), nth(rules, i), nth(linkSpans, i)];
    yield {
      traceId: nth(columns.traceId, i),
      spanId: nth(columns.spanId, i),
      parentId: nth(columns.parentId, i),
      kind: nth(columns.kind, i),
      startUs: nth(columns.startUs, i),
      endUs: nth(columns.endUs, i),
      outcome: nth(columns.outcome, i),
      service: nth(columns.service, i),
      self: nth(columns.self, i),
      owner: nth(columns.owner, i),
      touches: nth(peers, i).map((peer, at) => ({ peer, action: nth(action, at), rule: nth(rule, at) })),
      recordRefs: nth(columns.recordRefs, i),
      recordCount: nth(columns.recordCount, i),
      derivedFrom: nth(columns.derivedFrom, i),
      conversation: nth(columns.conversation, i),
      attribution: nth(columns.attribution, i),
      role: nth(columns.role, i),
      categories: nth(columns.categories, i),
      purpose: nth(columns.purpose, i),
      retentionUntilMs: nth(columns.retentionUntilMs, i),
      recipientHost: nth(columns.recipientHost, i),
      recipientCountry: nth(columns.recipientCountry, i),
      requestId: nth(columns.requestId, i),
      links: nth(linkTraces, i).map((traceId, at) => ({ traceId, spanId: nth(linkedSpan, at) })),
    };
  }
}

/** What a person who explains a span wants besides. */
export const STORED_SPAN_COLUMNS = `${SPAN_FACT_COLUMNS},
  toString(toUnixTimestamp64Nano(ts)) AS startNs,
  toString(toUnixTimestamp64Nano(ts) + duration_ns) AS endNs,
  name,
  legal_basis AS legalBasis,
  instance,
  scope,
  seq,
  rule_set AS ruleSet,
  attrs,
  resource,
  arrayMap(at -> toString(toUnixTimestamp64Nano(at)), event_ts) AS eventTimes,
  event_name AS eventNames,
  event_attrs AS eventAttrs`;

export interface StoredSpanRow extends SpanFactRow {
  startNs: string;
  endNs: string;
  name: string;
  legalBasis: LegalBasis | '';
  instance: string;
  scope: string;
  seq: number;
  ruleSet: number;
  attrs: Record<string, string>;
  resource: string;
  eventTimes: string[];
  eventNames: string[];
  eventAttrs: Record<string, string>[];
}

export function storedSpan(row: StoredSpanRow, subjectIds: readonly string[]): StoredSpan {
  const { startNs, endNs, resource, eventTimes, eventNames, eventAttrs, ...rest } = row;
  const { startUs: _startUs, endUs: _endUs, ...span } = withTouchesAndLinks(rest);
  return {
    ...span,
    startNs: BigInt(startNs),
    endNs: BigInt(endNs),
    resource: JSON.parse(resource),
    events: eventTimes.map((time, index) => ({
      timeNs: BigInt(time),
      name: eventNames[index] ?? '',
      attrs: eventAttrs[index] ?? {},
    })),
    subjectIds,
  };
}

function withTouchesAndLinks<Row extends Pick<SpanFactRow, 'peers' | 'actions' | 'rules' | 'linkTraces' | 'linkSpans'>>(
  row: Row,
) {
  const { peers, actions, rules, linkTraces, linkSpans, ...rest } = row;
  return {
    ...rest,
    touches: peers.map((peer, index) => ({ peer, action: actions[index] ?? 'unknown', rule: rules[index] ?? '' })),
    links: linkTraces.map((traceId, index) => ({ traceId, spanId: linkSpans[index] ?? '' })),
  };
}
