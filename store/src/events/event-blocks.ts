import { ACTIONS, ATTRIBUTIONS, LEGAL_BASES, SUBJECT_ROLES } from '@vestige/core/convention/attributes';
import type { TenantId } from '@vestige/core/ids';
import type { DatasetEdge } from '@vestige/core/lineage/facts';
import { type Outcome, type ReadSpan, SPAN_KINDS } from '@vestige/core/model/span';
import { EVENT_STATES } from '@vestige/core/openlineage/lineage-event';
import type { InsertBlock } from '../clickhouse/client.ts';
import { RowBinaryWriter } from '../clickhouse/row-binary.ts';
import type { ResolvedSpan } from './event-store.ts';
import { jumpKeys } from './jump-keys.ts';

/**
 * Spans → insert blocks, one row writer per table: the whole write path of the event tables.
 *
 * A block holds rows of one partition's time (a day of spans, a month of the rest), so that it becomes one part. The same
 * batch gives the same blocks; a retry after half of them were written writes all of them again, and the copies collapse
 * by the order keys, in merges and in every read (ADR 0013).
 */

const ROWS_PER_BLOCK_MAX = 50_000;
const BYTES_PER_BLOCK_MAX = 32 * 1024 * 1024;

const OUTCOMES = ['ok', 'failed', 'no_effect'] as const satisfies readonly Outcome[];

/** Values of the Enum8 columns; a test holds them against the migrations. */
export const ENUMS = {
  kind: indexes(SPAN_KINDS),
  outcome: indexes(OUTCOMES),
  action: indexes(ACTIONS),
  attribution: indexes(ATTRIBUTIONS),
  role: indexes(SUBJECT_ROLES),
  legal_basis: indexes(['', ...LEGAL_BASES] as const),
  state: indexes(EVENT_STATES),
  lifecycle: indexes(['', 'drop', 'truncate', 'overwrite'] as const satisfies readonly DatasetEdge['lifecycle'][]),
} as const;

function indexes<T extends string>(values: readonly T[]): Readonly<Record<T, number>> {
  return Object.fromEntries(values.map((value, index) => [value, index])) as Record<T, number>;
}

export const SPAN_COLUMNS = [
  'tenant',
  'trace_id',
  'ts',
  'span_id',
  'parent_id',
  'duration_ns',
  'name',
  'kind',
  'outcome',
  'service',
  'instance',
  'scope',
  'seq',
  'self',
  'owner',
  'touch_peer',
  'touch_action',
  'touch_rule',
  'rule_set',
  'record_refs',
  'record_count',
  'derived_from',
  'conversation',
  'link_trace_id',
  'link_span_id',
  'attribution',
  'role',
  'categories',
  'purpose',
  'legal_basis',
  'retention_until_ms',
  'recipient_host',
  'recipient_country',
  'request_id',
  'attrs',
  'resource',
  'event_ts',
  'event_name',
  'event_attrs',
];

/** `spans`: no subject is among the columns. */
export function spanBlocks(tenant: TenantId, spans: readonly ResolvedSpan[]): InsertBlock[] {
  const blocks = new Blocks('spans', SPAN_COLUMNS, dayOf);
  const resources = new WeakMap<object, string>();
  for (const { span } of spans) {
    const row = blocks.row(span.startNs);
    row.u32(tenant);
    row.hex(span.traceId, 16);
    row.i64(instant(span.startNs));
    row.hex(span.spanId, 8);
    row.hex(span.parentId, 8);
    row.i64(instant(span.endNs) - instant(span.startNs));
    row.string(span.name);
    row.u8(ENUMS.kind[span.kind]);
    row.u8(ENUMS.outcome[span.outcome]);
    row.string(span.service);
    row.string(span.instance);
    row.string(span.scope);
    row.int(span.seq);
    row.string(span.self);
    row.string(span.owner);
    row.array(span.touches, (touch) => row.string(touch.peer));
    row.array(span.touches, (touch) => row.u8(ENUMS.action[touch.action]));
    row.array(span.touches, (touch) => row.string(touch.rule));
    row.u16(span.ruleSet);
    row.strings(span.recordRefs);
    row.int(span.recordCount);
    row.strings(span.derivedFrom);
    row.string(span.conversation);
    row.array(span.links, (link) => row.hex(link.traceId, 16));
    row.array(span.links, (link) => row.hex(link.spanId, 8));
    row.u8(ENUMS.attribution[span.attribution]);
    row.u8(ENUMS.role[span.role]);
    row.strings(span.categories);
    row.string(span.purpose);
    row.u8(ENUMS.legal_basis[span.legalBasis]);
    row.int(span.retentionUntilMs);
    row.string(span.recipientHost);
    row.string(span.recipientCountry);
    row.string(span.requestId);
    row.map(span.attrs);
    // One resource object serves all spans of its process, and the column is a dictionary: written out once.
    let resource = resources.get(span.resource);
    if (resource === undefined) {
      resource = JSON.stringify(span.resource);
      resources.set(span.resource, resource);
    }
    row.string(resource);
    row.array(span.events, (event) => row.i64(instant(event.timeNs)));
    row.array(span.events, (event) => row.string(event.name));
    row.array(span.events, (event) => row.map(event.attrs));
  }
  return blocks.end();
}

export const TOUCH_COLUMNS = [
  'tenant',
  'subject_id',
  'ts',
  'trace_id',
  'span_id',
  'via_link',
  'touch_no',
  'peer',
  'action',
  'attribution',
  'role',
  'categories',
  'purpose',
  'legal_basis',
  'rule_set',
];
const NO_TOUCH = { peer: '', action: 'none', rule: '' } as const;

/**
 * `touches`: a row per (span, subject, touch), and one for a subject of a span that touched nothing.
 *
 * A subject that came on a link only is tagged like an ambient one (ruling 16) and as a data subject: the role on the
 * span speaks of the span's own tokens.
 */
export function touchBlocks(tenant: TenantId, spans: readonly ResolvedSpan[]): InsertBlock[] {
  const blocks = new Blocks('touches', TOUCH_COLUMNS, monthOf);
  for (const { span, subjectIds, linkSubjectIds } of spans) {
    const own = new Set(subjectIds);
    const linked = new Set(linkSubjectIds);
    for (const subject of own) writeTouches(blocks, tenant, span, subject, false);
    for (const subject of linked) if (!own.has(subject)) writeTouches(blocks, tenant, span, subject, true);
  }
  return blocks.end();
}

function writeTouches(blocks: Blocks, tenant: TenantId, span: ReadSpan, subjectId: string, viaLink: boolean): void {
  const subject = subjectId.replaceAll('-', '');
  const first = span.touches.length === 0 ? 0 : 1;
  for (const [index, touch] of (first === 0 ? [NO_TOUCH] : span.touches).entries()) {
    const row = blocks.row(span.startNs);
    row.u32(tenant);
    row.hex(subject, 16);
    row.i64(instant(span.startNs));
    row.hex(span.traceId, 16);
    row.hex(span.spanId, 8);
    row.u8(viaLink ? 1 : 0);
    row.u8(Math.min(255, first + index));
    row.string(touch.peer);
    row.u8(ENUMS.action[touch.action]);
    row.u8(ENUMS.attribution[viaLink ? 'ambient' : span.attribution]);
    row.u8(ENUMS.role[viaLink ? 'data_subject' : span.role]);
    row.strings(span.categories);
    row.string(span.purpose);
    row.u8(ENUMS.legal_basis[span.legalBasis]);
    row.u16(span.ruleSet);
  }
}

export const RECORD_TOUCH_COLUMNS = ['tenant', 'ref', 'ts', 'trace_id', 'span_id', 'action'];

export function recordTouchBlocks(tenant: TenantId, spans: readonly ResolvedSpan[]): InsertBlock[] {
  const blocks = new Blocks('record_touches', RECORD_TOUCH_COLUMNS, monthOf);
  for (const { span } of spans) {
    for (const { key, action } of jumpKeys(span)) {
      const row = blocks.row(span.startNs);
      row.u32(tenant);
      row.string(key);
      row.i64(instant(span.startNs));
      row.hex(span.traceId, 16);
      row.hex(span.spanId, 8);
      row.u8(ENUMS.action[action]);
    }
  }
  return blocks.end();
}

export const LINK_COLUMNS = ['tenant', 'linked_trace_id', 'linked_span_id', 'ts', 'trace_id', 'span_id'];

export function linkBlocks(tenant: TenantId, spans: readonly ResolvedSpan[]): InsertBlock[] {
  const blocks = new Blocks('links_in', LINK_COLUMNS, monthOf);
  for (const { span } of spans) {
    for (const link of span.links) {
      const row = blocks.row(span.startNs);
      row.u32(tenant);
      row.hex(link.traceId, 16);
      row.hex(link.spanId, 8);
      row.i64(instant(span.startNs));
      row.hex(span.traceId, 16);
      row.hex(span.spanId, 8);
    }
  }
  return blocks.end();
}

/** The last instant that an open window, whose end is exclusive, still includes (year 2262). */
const INSTANT_MAX = 2n ** 63n - 2n;

/** A clock that says the year 2554 must not make a whole batch unwritable. */
function instant(ns: bigint): bigint {
  return ns > INSTANT_MAX ? INSTANT_MAX : ns;
}

const DAY_NS = 86_400_000_000_000n;

export function dayOf(ns: bigint): string {
  return String(ns / DAY_NS);
}

export function monthOf(ns: bigint): string {
  return new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 7);
}

/** Collects the rows of one table, a block per span of time, cut by rows and by bytes. */
export class Blocks {
  readonly #table: string;
  readonly #columns: readonly string[];
  readonly #periodOf: (ns: bigint) => string;
  readonly #open = new Map<string, { writer: RowBinaryWriter; rows: number }>();
  readonly #done: InsertBlock[] = [];

  constructor(table: string, columns: readonly string[], periodOf: (ns: bigint) => string) {
    this.#table = table;
    this.#columns = columns;
    this.#periodOf = periodOf;
  }

  /** The writer for the next row, whose time is `ns`. The caller writes every column, in order. */
  row(ns: bigint): RowBinaryWriter {
    const period = this.#periodOf(ns);
    let block = this.#open.get(period);
    if (block !== undefined && (block.rows >= ROWS_PER_BLOCK_MAX || block.writer.byteLength >= BYTES_PER_BLOCK_MAX)) {
      this.#close(block.writer);
      block = undefined;
    }
    if (block === undefined) {
      block = { writer: new RowBinaryWriter(), rows: 0 };
      this.#open.set(period, block);
    }
    block.rows += 1;
    return block.writer;
  }

  end(): InsertBlock[] {
    for (const { writer } of this.#open.values()) this.#close(writer);
    this.#open.clear();
    return this.#done;
  }

  #close(writer: RowBinaryWriter): void {
    const body = writer.bytes();
    this.#done.push({ table: this.#table, columns: this.#columns, body });
  }
}
