import type { Attrs, AttrValue } from '@vestige/core/model/span';
import type { TracesBuilder } from './decoded-traces.ts';
import { emptyAttrs } from './empty-attrs.ts';
import { eachField } from './message-fields.ts';
import { BYTES, FIXED64, field, VARINT, type WireReader } from './wire-reader.ts';

/** Messages of opentelemetry-proto common/v1/common.proto. */
const KEY_VALUE = { key: field(1, BYTES), value: field(2, BYTES) };
const ANY_VALUE = {
  string: field(1, BYTES),
  bool: field(2, VARINT),
  int: field(3, VARINT),
  double: field(4, FIXED64),
  array: field(5, BYTES),
  kvlist: field(6, BYTES),
  bytes: field(7, BYTES),
};
/** `ArrayValue` and `KeyValueList` have one field each, with the same number. */
const LIST_VALUES = field(1, BYTES);

/** Reads a `KeyValue` that ends at `end` into `into`. The last of two equal keys wins; one without a key is nothing. */
export function readKeyValue(reader: WireReader, end: number, into: Attrs, cost: TracesBuilder, depth = 0): void {
  cost.countValue();
  let key = '';
  let value: AttrValue = null;
  eachField(reader, end, (tag) => {
    if (tag === KEY_VALUE.key) key = reader.string(end);
    else if (tag === KEY_VALUE.value) value = readAnyValue(reader, reader.stop(end), cost, depth);
    else return false;
    return true;
  });
  if (key !== '') into[key] = value;
}

/** What lies below the depth limit is not descended into, so the stack stays as shallow as the limit. */
function readAnyValue(reader: WireReader, end: number, cost: TracesBuilder, depth: number): AttrValue {
  let value: AttrValue = null;
  const mayNest = depth < cost.limits.depthMax;
  eachField(reader, end, (tag) => {
    if (tag === ANY_VALUE.string) value = reader.string(end);
    else if (tag === ANY_VALUE.bool) value = reader.int64(end) !== 0;
    else if (tag === ANY_VALUE.int) value = reader.int64(end);
    else if (tag === ANY_VALUE.double) value = reader.double(end);
    else if (tag === ANY_VALUE.bytes) value = reader.bytes(end);
    else if (tag === ANY_VALUE.array && mayNest) value = readArray(reader, reader.stop(end), cost, depth + 1);
    else if (tag === ANY_VALUE.kvlist && mayNest) value = readList(reader, reader.stop(end), cost, depth + 1);
    else return false;
    return true;
  });
  return value;
}

function readArray(reader: WireReader, end: number, cost: TracesBuilder, depth: number): AttrValue[] {
  const values: AttrValue[] = [];
  eachField(reader, end, (tag) => {
    if (tag !== LIST_VALUES) return false;
    cost.countValue();
    values.push(readAnyValue(reader, reader.stop(end), cost, depth));
    return true;
  });
  return values;
}

function readList(reader: WireReader, end: number, cost: TracesBuilder, depth: number): Attrs {
  const values = emptyAttrs();
  eachField(reader, end, (tag) => {
    if (tag !== LIST_VALUES) return false;
    readKeyValue(reader, reader.stop(end), values, cost, depth);
    return true;
  });
  return values;
}
