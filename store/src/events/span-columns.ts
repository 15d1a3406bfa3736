import {
  bytesStream,
  type Column,
  madeStream,
  type PlannedBlock,
  planBlock,
  type Stream,
} from '../clickhouse/native-block.ts';
import { ByteColumn } from '../clickhouse/native-bytes.ts';
import {
  byteOfKind,
  bytesOfKind,
  GrowingKinds,
  type KindedRows,
  type Lists,
  listsOfKind,
  longOfKind,
  sameNumber,
  smallOfKind,
  stringOfKind,
  textOfKind,
  textsOfKind,
} from '../clickhouse/native-shaped.ts';
import { ATTRS, enumType, fixed, INSTANT, INSTANTS, listOf, STRING, STRINGS, TEXT, TEXTS } from './native-types.ts';
import type { SpanProcess, SpanShape } from './span-shape.ts';

/**
 * Rows of `spans` of one day, as columns. A row is added in two parts: {@link add} takes what its shape
 * and its process say, the caller writes what is its own into the public columns.
 */
export class SpanColumns {
  readonly traceId: ByteColumn;
  /** DateTime64(9): nanoseconds as OTLP has them. */
  readonly ts: ByteColumn;
  readonly spanId: ByteColumn;
  readonly parentId: ByteColumn;
  readonly durationNs: ByteColumn;
  /** `String` each; as many a row as its shape says. */
  readonly recordRefs = new ByteColumn();
  readonly derivedFrom = new ByteColumn();
  readonly conversation = new ByteColumn();
  readonly linkTraceId = new ByteColumn();
  readonly linkSpanId = new ByteColumn();
  readonly attrValues: ByteColumn;
  readonly eventTs = new ByteColumn();
  readonly eventAttrValues = new ByteColumn();
  readonly #shapes = new GrowingKinds<SpanShape>();
  readonly #processes = new GrowingKinds<SpanProcess>();
  readonly #seq = new NumberColumn();
  readonly #recordCount = new NumberColumn();

  constructor(rowsExpected: number) {
    this.traceId = new ByteColumn(rowsExpected * 16);
    this.ts = new ByteColumn(rowsExpected * 8);
    this.spanId = new ByteColumn(rowsExpected * 8);
    this.parentId = new ByteColumn(rowsExpected * 8);
    this.durationNs = new ByteColumn(rowsExpected * 8);
    this.attrValues = new ByteColumn(rowsExpected * 128);
  }

  get rows(): number {
    return this.#shapes.rows;
  }

  /** @returns its number in this block, for {@link add} */
  takeShape(shape: SpanShape): number {
    return this.#shapes.take([shape]);
  }

  /** @returns its number in this block, for {@link add} */
  takeProcess(process: SpanProcess): number {
    return this.#processes.take([process]);
  }

  /**
   * @param shape and `process`: their numbers
   * @param seq and `recordCount`: -1 when unknown
   */
  add(shape: number, process: number, seq: number, recordCount: number): void {
    this.#shapes.add(shape);
    this.#processes.add(process);
    this.#seq.push(seq);
    this.#recordCount.push(recordCount);
  }

  /** About what the block will take. */
  get byteLength(): number {
    const own = this.attrValues.length + this.eventAttrValues.length + this.recordRefs.length + this.derivedFrom.length;
    return own + this.rows * 256;
  }

  /** Makes room for other rows; what {@link block} planned must be written before. */
  clear(): void {
    this.#shapes.clear();
    this.#processes.clear();
    this.#seq.clear();
    this.#recordCount.clear();
    for (const column of [
      this.traceId,
      this.ts,
      this.spanId,
      this.parentId,
      this.durationNs,
      this.recordRefs,
      this.derivedFrom,
      this.conversation,
      this.linkTraceId,
      this.linkSpanId,
      this.attrValues,
      this.eventTs,
      this.eventAttrValues,
    ]) {
      column.clear();
    }
  }

  /** The rows as one Native block. */
  block(tenant: number): PlannedBlock {
    const { rows } = this;
    const byShape = this.#shapes;
    const byProcess = this.#processes;
    const text = (of: (shape: SpanShape) => string): Stream[] => [textOfKind(byShape, of)];
    const byte = (of: (shape: SpanShape) => number): Stream[] => [byteOfKind(byShape, of)];
    const lists = (of: (shape: SpanShape) => number): Lists => listsOfKind(byShape, of);
    const texts = (within: Lists, of: (shape: SpanShape) => readonly string[]): Stream[] => [
      within.offsets,
      textsOfKind(byShape, within, of),
    ];
    const ofProcess = (of: (process: SpanProcess) => string): Stream[] => [textOfKind(byProcess, of)];
    const touches = lists(({ touchPeers }) => touchPeers.length);
    const links = lists((shape) => shape.links);
    const events = lists(({ eventNames }) => eventNames.length);
    const column = (name: string, type: string, ...streams: Stream[]): Column => ({ name, type, streams });

    return planBlock(rows, [
      column('tenant', 'UInt32', sameNumber(rows, tenant)),
      column('trace_id', fixed(16), bytesStream(this.traceId)),
      column('ts', INSTANT, bytesStream(this.ts)),
      column('span_id', fixed(8), bytesStream(this.spanId)),
      column('parent_id', fixed(8), bytesStream(this.parentId)),
      column('duration_ns', 'Int64', bytesStream(this.durationNs)),
      column('name', TEXT, ...text(({ name }) => name)),
      column('kind', enumType('kind'), ...byte(({ kind }) => kind)),
      column('outcome', enumType('outcome'), ...byte(({ outcome }) => outcome)),
      column('service', TEXT, ...ofProcess(({ service }) => service)),
      column('instance', TEXT, ...ofProcess(({ instance }) => instance)),
      column('scope', TEXT, ...text(({ scope }) => scope)),
      column('seq', 'Int64', this.#seq.stream()),
      column('self', TEXT, ...text(({ self }) => self)),
      column('owner', TEXT, ...text(({ owner }) => owner)),
      column('touch_peer', TEXTS, ...texts(touches, ({ touchPeers }) => touchPeers)),
      column(
        'touch_action',
        listOf(enumType('action')),
        touches.offsets,
        bytesOfKind(byShape, touches, ({ touchActions }) => touchActions),
      ),
      column('touch_rule', TEXTS, ...texts(touches, ({ touchRules }) => touchRules)),
      column(
        'rule_set',
        'UInt16',
        smallOfKind(byShape, ({ ruleSet }) => ruleSet),
      ),
      column('record_refs', STRINGS, lists(({ recordRefs }) => recordRefs).offsets, bytesStream(this.recordRefs)),
      column('record_count', 'Int64', this.#recordCount.stream()),
      column('derived_from', STRINGS, lists(({ derivedFrom }) => derivedFrom).offsets, bytesStream(this.derivedFrom)),
      column('conversation', STRING, bytesStream(this.conversation)),
      column('link_trace_id', listOf(fixed(16)), links.offsets, bytesStream(this.linkTraceId)),
      column('link_span_id', listOf(fixed(8)), links.offsets, bytesStream(this.linkSpanId)),
      column('attribution', enumType('attribution'), ...byte(({ attribution }) => attribution)),
      column('role', enumType('role'), ...byte(({ role }) => role)),
      column(
        'categories',
        TEXTS,
        ...texts(
          lists(({ categories }) => categories.length),
          ({ categories }) => categories,
        ),
      ),
      column('purpose', TEXT, ...text(({ purpose }) => purpose)),
      column('legal_basis', enumType('legal_basis'), ...byte(({ legalBasis }) => legalBasis)),
      column(
        'retention_until_ms',
        'Int64',
        longOfKind(byShape, ({ retentionUntilMs }) => retentionUntilMs),
      ),
      column('recipient_host', TEXT, ...text(({ recipientHost }) => recipientHost)),
      column('recipient_country', TEXT, ...text(({ recipientCountry }) => recipientCountry)),
      column(
        'request_id',
        STRING,
        stringOfKind(byShape, ({ requestId }) => requestId),
      ),
      column(
        'attrs',
        ATTRS,
        ...texts(
          lists(({ attrKeys }) => attrKeys.length),
          ({ attrKeys }) => attrKeys,
        ),
        bytesStream(this.attrValues),
      ),
      column('resource', TEXT, ...ofProcess(({ resource }) => resource)),
      column('event_ts', INSTANTS, events.offsets, bytesStream(this.eventTs)),
      column('event_name', TEXTS, ...texts(events, ({ eventNames }) => eventNames)),
      column('event_attrs', listOf(ATTRS), events.offsets, ...eventAttrs(byShape, events, this.eventAttrValues)),
    ]);
  }
}

/** One event of one shape. */
interface EventKind {
  readonly attrs: number;
  readonly keys: readonly string[];
}

/** Offsets per event, keys and values: the inside of `Array(Map(…))`. */
function eventAttrs(byShape: GrowingKinds<SpanShape>, events: Lists, values: ByteColumn): Stream[] {
  const byEvent = eventKinds(byShape, events.items);
  const within = listsOfKind(byEvent, ({ attrs }) => attrs);
  return [within.offsets, textsOfKind(byEvent, within, ({ keys }) => keys), bytesStream(values)];
}

/** Each event of each shape is a kind of its own. */
function eventKinds({ rows, kindOf, kinds }: GrowingKinds<SpanShape>, events: number): KindedRows<EventKind> {
  const eventKindOf = new Uint32Array(events);
  const made: EventKind[] = [];
  if (events === 0) return { rows: 0, kinds: made, kindOf: eventKindOf };
  const starts = [0];
  for (const { eventAttrCounts, eventAttrKeys } of kinds) {
    let from = 0;
    for (const attrs of eventAttrCounts) {
      made.push({ attrs, keys: eventAttrKeys.slice(from, from + attrs) });
      from += attrs;
    }
    starts.push(made.length);
  }
  let at = 0;
  for (let row = 0; row < rows; row++) {
    const shape = kindOf[row] as number;
    const end = starts[shape + 1] as number;
    for (let kind = starts[shape] as number; kind < end; kind++) eventKindOf[at++] = kind;
  }
  return { rows: events, kinds: made, kindOf: eventKindOf };
}

const TWO_32 = 4_294_967_296;

/** `Int64` of whole numbers below 2^53. */
class NumberColumn {
  #values = new Float64Array(16);
  #length = 0;

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const grown = new Float64Array(this.#length * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#length++] = value;
  }

  clear(): void {
    this.#length = 0;
  }

  stream(): Stream {
    const values = this.#values;
    const count = this.#length;
    return madeStream(count * 8, (out, start) => {
      const view = new DataView(out.buffer, out.byteOffset + start, count * 8);
      for (let row = 0; row < count; row++) {
        const value = values[row] as number;
        const low = value | 0;
        view.setInt32(row * 8, low, true);
        view.setInt32(row * 8 + 4, value === low ? low >> 31 : Math.floor(value / TWO_32), true);
      }
    });
  }
}
