import { bytesStream, type Column, madeStream, nativeBlock, type Stream } from '../clickhouse/native-block.ts';
import { ByteColumn } from '../clickhouse/native-bytes.ts';
import {
  byteOfKind,
  bytesOfKind,
  type KindedRows,
  type Lists,
  listsOfKind,
  numberOfKind,
  stringOfKind,
  textOfKind,
  textsOfKind,
} from '../clickhouse/native-shaped.ts';
import { ATTRS, enumType, fixed, INSTANT, INSTANTS, listOf, STRING, STRINGS, TEXT, TEXTS } from './native-types.ts';
import type { SpanProcess, SpanShape } from './span-shape.ts';

const ROWS_EXPECTED = 512;

/**
 * Rows of `spans` of one tenant and one day, as columns. A row is added in two parts: {@link add} takes what its shape
 * and its process say, the caller writes what is its own into the public columns.
 */
export class SpanColumns {
  rows = 0;
  readonly traceId = new ByteColumn(ROWS_EXPECTED * 16);
  /** DateTime64(9): nanoseconds as OTLP has them. */
  readonly ts = new ByteColumn(ROWS_EXPECTED * 8);
  readonly spanId = new ByteColumn(ROWS_EXPECTED * 8);
  readonly parentId = new ByteColumn(ROWS_EXPECTED * 8);
  readonly durationNs = new ByteColumn(ROWS_EXPECTED * 8);
  /** `String` each; as many a row as its shape says. */
  readonly recordRefs = new ByteColumn();
  readonly derivedFrom = new ByteColumn();
  readonly conversation = new ByteColumn(ROWS_EXPECTED * 2);
  readonly linkTraceId = new ByteColumn();
  readonly linkSpanId = new ByteColumn();
  readonly attrValues = new ByteColumn(ROWS_EXPECTED * 128);
  readonly eventTs = new ByteColumn();
  readonly eventAttrValues = new ByteColumn();
  readonly #tenant: number;
  readonly #shapes: SpanShape[] = [];
  readonly #shapeNumbers = new Map<SpanShape, number>();
  readonly #processes: SpanProcess[] = [];
  readonly #processNumbers = new Map<SpanProcess, number>();
  #shapeOf = new Uint32Array(ROWS_EXPECTED);
  #processOf = new Uint32Array(ROWS_EXPECTED);
  #seq = new Float64Array(ROWS_EXPECTED);
  #recordCount = new Float64Array(ROWS_EXPECTED);
  #lastProcess: SpanProcess | null = null;
  #lastProcessNumber = 0;

  constructor(tenant: number) {
    this.#tenant = tenant;
  }

  /** @param seq and `recordCount`: -1 when unknown */
  add(shape: SpanShape, process: SpanProcess, seq: number, recordCount: number): void {
    const row = this.rows;
    if (row === this.#shapeOf.length) this.#grow();
    this.#shapeOf[row] = this.#shapeNumber(shape);
    if (process !== this.#lastProcess) this.#takeProcess(process);
    this.#processOf[row] = this.#lastProcessNumber;
    this.#seq[row] = seq;
    this.#recordCount[row] = recordCount;
    this.rows = row + 1;
  }

  /** About what the block will take. */
  get byteLength(): number {
    const own = this.attrValues.length + this.eventAttrValues.length + this.recordRefs.length + this.derivedFrom.length;
    return own + this.rows * 256;
  }

  #shapeNumber(shape: SpanShape): number {
    let number = this.#shapeNumbers.get(shape);
    if (number === undefined) {
      number = this.#shapes.push(shape) - 1;
      this.#shapeNumbers.set(shape, number);
    }
    return number;
  }

  #takeProcess(process: SpanProcess): void {
    let number = this.#processNumbers.get(process);
    if (number === undefined) {
      number = this.#processes.push(process) - 1;
      this.#processNumbers.set(process, number);
    }
    this.#lastProcess = process;
    this.#lastProcessNumber = number;
  }

  #grow(): void {
    const grown = <T extends Uint32Array | Float64Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    const rows = this.rows * 2;
    this.#shapeOf = grown(this.#shapeOf, new Uint32Array(rows));
    this.#processOf = grown(this.#processOf, new Uint32Array(rows));
    this.#seq = grown(this.#seq, new Float64Array(rows));
    this.#recordCount = grown(this.#recordCount, new Float64Array(rows));
  }

  /** The rows as one Native block. */
  block(): Buffer {
    const { rows } = this;
    const shapes = this.#shapes;
    const byShape: KindedRows = { rows, kindOf: this.#shapeOf };
    const byProcess: KindedRows = { rows, kindOf: this.#processOf };
    const text = (of: (shape: SpanShape) => string): Stream[] => [textOfKind(byShape, shapes.map(of))];
    const byte = (of: (shape: SpanShape) => number): Stream[] => [byteOfKind(byShape, shapes.map(of))];
    const lists = (of: (shape: SpanShape) => number): Lists => listsOfKind(byShape, shapes.map(of));
    const texts = (within: Lists, of: (shape: SpanShape) => readonly string[]): Stream[] => [
      within.offsets,
      textsOfKind(byShape, within, shapes.map(of)),
    ];
    const ofProcess = (of: (process: SpanProcess) => string): Stream[] => [
      textOfKind(byProcess, this.#processes.map(of)),
    ];
    const touches = lists(({ touchPeers }) => touchPeers.length);
    const links = lists((shape) => shape.links);
    const events = lists(({ eventNames }) => eventNames.length);
    const column = (name: string, type: string, ...streams: Stream[]): Column => ({ name, type, streams });

    return nativeBlock(rows, [
      column(
        'tenant',
        'UInt32',
        numberOfKind(
          byShape,
          4,
          shapes.map(() => this.#tenant),
        ),
      ),
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
      column('seq', 'Int64', int64Stream(this.#seq, rows)),
      column('self', TEXT, ...text(({ self }) => self)),
      column('owner', TEXT, ...text(({ owner }) => owner)),
      column('touch_peer', TEXTS, ...texts(touches, ({ touchPeers }) => touchPeers)),
      column(
        'touch_action',
        listOf(enumType('action')),
        touches.offsets,
        bytesOfKind(
          byShape,
          touches,
          shapes.map(({ touchActions }) => touchActions),
        ),
      ),
      column('touch_rule', TEXTS, ...texts(touches, ({ touchRules }) => touchRules)),
      column(
        'rule_set',
        'UInt16',
        numberOfKind(
          byShape,
          2,
          shapes.map(({ ruleSet }) => ruleSet),
        ),
      ),
      column('record_refs', STRINGS, lists(({ recordRefs }) => recordRefs).offsets, bytesStream(this.recordRefs)),
      column('record_count', 'Int64', int64Stream(this.#recordCount, rows)),
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
        numberOfKind(
          byShape,
          8,
          shapes.map(({ retentionUntilMs }) => retentionUntilMs),
        ),
      ),
      column('recipient_host', TEXT, ...text(({ recipientHost }) => recipientHost)),
      column('recipient_country', TEXT, ...text(({ recipientCountry }) => recipientCountry)),
      column(
        'request_id',
        STRING,
        stringOfKind(
          byShape,
          shapes.map(({ requestId }) => requestId),
        ),
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
      column('event_attrs', listOf(ATTRS), events.offsets, ...this.#eventAttrs(byShape, events)),
    ]);
  }

  /** Offsets per event, keys and values: the inside of `Array(Map(…))`. */
  #eventAttrs({ rows, kindOf }: KindedRows, events: Lists): Stream[] {
    const eventsOf: KindedRows = { rows: events.items, kindOf: new Uint32Array(events.items) };
    // Each event of each shape is a kind of its own.
    const starts: number[] = [];
    const counts: number[] = [];
    const keys: (readonly string[])[] = [];
    for (const { eventAttrCounts, eventAttrKeys } of this.#shapes) {
      starts.push(counts.length);
      let from = 0;
      for (const count of eventAttrCounts) {
        counts.push(count);
        keys.push(eventAttrKeys.slice(from, from + count));
        from += count;
      }
    }
    let at = 0;
    for (let row = 0; row < rows && at < events.items; row++) {
      const shape = kindOf[row] as number;
      const start = starts[shape] as number;
      const end = starts[shape + 1] ?? counts.length;
      for (let kind = start; kind < end; kind++) eventsOf.kindOf[at++] = kind;
    }
    const within = listsOfKind(eventsOf, counts);
    return [within.offsets, textsOfKind(eventsOf, within, keys), bytesStream(this.eventAttrValues)];
  }
}

const TWO_32 = 4_294_967_296;

/** `Int64` from whole numbers below 2^53. */
function int64Stream(values: Float64Array, rows: number): Stream {
  return madeStream(rows * 8, (out, start) => {
    const words = new Int32Array(rows * 2);
    for (let row = 0; row < rows; row++) {
      const value = values[row] as number;
      words[row * 2] = value | 0;
      if (value !== (value | 0)) {
        // `| 0` is the low word modulo 2^32 for any whole number, the floor of the quotient the high one.
        words[row * 2 + 1] = Math.floor(value / TWO_32) | 0;
      } else words[row * 2 + 1] = value >> 31;
    }
    out.set(new Uint8Array(words.buffer), start);
  });
}
