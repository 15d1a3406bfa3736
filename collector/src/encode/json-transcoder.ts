import { isVestigeError } from '@vestige/core/errors';
import { SPAN_KINDS } from '@vestige/core/model/span';
import {
  at,
  enumOf,
  hexOf,
  type JsonObject,
  listField,
  nanosecondsOf,
  objectOf,
  uint32Of,
} from '../otlp/json-field.ts';
import { readDouble, readInt64 } from '../otlp/json-value.ts';
import { KIND_NAMES, STATUS_NAMES } from '../otlp/read-json.ts';
import { DROPPED_ATTRIBUTES, DROPPED_EVENTS, DROPPED_LINKS } from './span-tags.ts';

/** What three bytes of length can say. */
const MESSAGE_BYTES_MAX = 0x1f_ffff;
const TRACE_ID_HEX = /^[0-9a-f]{32}$/;
const SPAN_ID_HEX = /^[0-9a-f]{16}$/;

/**
 * Writes a span of OTLP/JSON as the protobuf message it stands for, so that both forms are read in one way. Says false
 * to whatever is not plainly a span (odd ids, a list where an object should be): the JSON reader tells what that is.
 */
export class JsonTranscoder {
  bytes = Buffer.allocUnsafeSlow(4_096);
  view = new DataView(this.bytes.buffer);
  length = 0;
  readonly #depthMax: number;
  #fits = true;

  constructor(depthMax: number) {
    this.#depthMax = depthMax;
  }

  /** @returns whether `bytes`, up to `length`, are the span now */
  span(item: unknown): boolean {
    this.length = 0;
    this.#fits = true;
    try {
      return this.#span(objectOf(item)) && this.#fits;
    } catch (error) {
      if (isVestigeError(error, 'bad_request')) return false;
      throw error;
    }
  }

  #span(from: JsonObject): boolean {
    const traceId = hexOf(at(from, 'traceId', 'trace_id'));
    const spanId = hexOf(at(from, 'spanId', 'span_id'));
    const parentId = hexOf(at(from, 'parentSpanId', 'parent_span_id'));
    if (!TRACE_ID_HEX.test(traceId) || !SPAN_ID_HEX.test(spanId)) return false;
    if (parentId !== '' && !SPAN_ID_HEX.test(parentId)) return false;
    this.#hex(0x0a, traceId);
    this.#hex(0x12, spanId);
    if (parentId !== '') this.#hex(0x22, parentId);
    this.#text(0x2a, at(from, 'name'));
    const kind = enumOf(at(from, 'kind'), KIND_NAMES);
    this.#byte(0x30);
    this.#byte(SPAN_KINDS[kind] === undefined ? 0 : kind);
    this.#fixed64(0x39, nanosecondsOf(at(from, 'startTimeUnixNano', 'start_time_unix_nano')));
    this.#fixed64(0x41, nanosecondsOf(at(from, 'endTimeUnixNano', 'end_time_unix_nano')));
    this.#attributes(0x4a, from);
    this.#count(DROPPED_ATTRIBUTES, at(from, 'droppedAttributesCount', 'dropped_attributes_count'));
    for (const item of listField(from, 'events')) this.#event(objectOf(item));
    this.#count(DROPPED_EVENTS, at(from, 'droppedEventsCount', 'dropped_events_count'));
    for (const item of listField(from, 'links')) if (!this.#link(objectOf(item))) return false;
    this.#count(DROPPED_LINKS, at(from, 'droppedLinksCount', 'dropped_links_count'));
    this.#status(objectOf(at(from, 'status')));
    return true;
  }

  #event(from: JsonObject): void {
    const start = this.#open(0x5a);
    this.#fixed64(0x09, nanosecondsOf(at(from, 'timeUnixNano', 'time_unix_nano')));
    this.#text(0x12, at(from, 'name'));
    this.#attributes(0x1a, from);
    this.#close(start);
  }

  #link(from: JsonObject): boolean {
    const traceId = hexOf(at(from, 'traceId', 'trace_id'));
    const spanId = hexOf(at(from, 'spanId', 'span_id'));
    if (!TRACE_ID_HEX.test(traceId) || !SPAN_ID_HEX.test(spanId)) return false;
    const start = this.#open(0x6a);
    this.#hex(0x0a, traceId);
    this.#hex(0x12, spanId);
    this.#attributes(0x22, from);
    this.#close(start);
    return true;
  }

  #status(from: JsonObject): void {
    const code = enumOf(at(from, 'code'), STATUS_NAMES);
    const message = at(from, 'message');
    const start = this.#open(0x7a);
    if (typeof message === 'string' && message !== '') this.#text(0x12, message);
    this.#byte(0x18);
    this.#byte(code === 1 || code === 2 ? code : 0);
    this.#close(start);
  }

  #attributes(tag: number, from: JsonObject, name = 'attributes', depth = 0): void {
    for (const item of listField(from, name)) {
      const pair = objectOf(item);
      const start = this.#open(tag);
      this.#text(0x0a, at(pair, 'key'));
      this.#value(0x12, at(pair, 'value'), depth);
      this.#close(start);
    }
  }

  /** An `AnyValue` by the rules of `json-value.ts`: what is no value is an empty one. */
  #value(tag: number, value: unknown, depth: number): void {
    const start = this.#open(tag);
    if (typeof value === 'object' && value !== null) this.#anyValue(value as JsonObject, depth);
    this.#close(start);
  }

  #anyValue(any: JsonObject, depth: number): void {
    const text = at(any, 'stringValue', 'string_value');
    if (typeof text === 'string') {
      this.#text(0x0a, text);
      return;
    }
    const flag = at(any, 'boolValue', 'bool_value');
    if (typeof flag === 'boolean') {
      this.#byte(0x10);
      this.#byte(flag ? 1 : 0);
      return;
    }
    const int = at(any, 'intValue', 'int_value');
    if (int !== undefined) {
      this.#int(readInt64(int));
      return;
    }
    const double = at(any, 'doubleValue', 'double_value');
    if (double !== undefined) {
      this.#double(readDouble(double));
      return;
    }
    const bytes = at(any, 'bytesValue', 'bytes_value');
    if (typeof bytes === 'string') this.#bytes(0x3a, Buffer.from(bytes, 'base64'));
    else if (depth < this.#depthMax) this.#nested(any, depth + 1);
  }

  #nested(any: JsonObject, depth: number): void {
    const array = at(any, 'arrayValue', 'array_value');
    if (array !== undefined) {
      const start = this.#open(0x2a);
      for (const item of listField(objectOf(array), 'values')) this.#value(0x0a, item, depth);
      this.#close(start);
      return;
    }
    const kvlist = at(any, 'kvlistValue', 'kvlist_value');
    if (kvlist === undefined) return;
    const start = this.#open(0x32);
    this.#attributes(0x0a, objectOf(kvlist), 'values', depth);
    this.#close(start);
  }

  #count(tag: number, value: unknown): void {
    const count = uint32Of(value);
    if (count === 0) return;
    this.#byte(tag);
    this.#varint(count);
  }

  #int(value: unknown): void {
    if (typeof value !== 'number' && typeof value !== 'bigint') return;
    this.#byte(0x18);
    if (typeof value === 'number' && value >= 0 && value <= 0x7fff_ffff) {
      this.#varint(value);
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 0x80n; rest >>= 7n) this.#byte(Number(rest & 0x7fn) | 0x80);
    this.#byte(Number(rest));
  }

  #double(value: unknown): void {
    if (typeof value !== 'number') return;
    this.#reserve(9);
    this.bytes[this.length] = 0x21;
    this.view.setFloat64(this.length + 1, value, true);
    this.length += 9;
  }

  #hex(tag: number, hex: string): void {
    this.#reserve(2 + hex.length);
    this.bytes[this.length] = tag;
    this.bytes[this.length + 1] = hex.length / 2;
    this.length += 2 + this.bytes.write(hex, this.length + 2, 'hex');
  }

  #fixed64(tag: number, value: bigint): void {
    this.#reserve(9);
    this.bytes[this.length] = tag;
    this.view.setBigUint64(this.length + 1, value, true);
    this.length += 9;
  }

  /** Lone surrogates become U+FFFD, as the JSON reader has them. What is no string is left out, as an empty one. */
  #text(tag: number, value: unknown): void {
    if (typeof value !== 'string' || value === '') {
      if (value === '' && tag === 0x0a) this.#bytes(tag, EMPTY);
      return;
    }
    const count = Buffer.byteLength(value);
    this.#reserve(6 + count);
    this.bytes[this.length++] = tag;
    this.#varint(count);
    this.length += this.bytes.write(value, this.length, count, 'utf8');
  }

  #bytes(tag: number, value: Buffer): void {
    this.#reserve(6 + value.length);
    this.bytes[this.length++] = tag;
    this.#varint(value.length);
    this.length += value.copy(this.bytes, this.length);
  }

  #varint(value: number): void {
    this.#reserve(5);
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) this.bytes[this.length++] = (rest & 0x7f) | 0x80;
    this.bytes[this.length++] = rest;
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.bytes[this.length++] = value;
  }

  /** Begins a message, with room for its length: three bytes always, which protobuf allows. */
  #open(tag: number): number {
    this.#reserve(4);
    this.bytes[this.length] = tag;
    this.length += 4;
    return this.length;
  }

  #close(start: number): void {
    const count = this.length - start;
    if (count > MESSAGE_BYTES_MAX) this.#fits = false;
    this.bytes[start - 3] = (count & 0x7f) | 0x80;
    this.bytes[start - 2] = ((count >>> 7) & 0x7f) | 0x80;
    this.bytes[start - 1] = count >>> 14;
  }

  #reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.length + count, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}

const EMPTY = Buffer.alloc(0);
