import type { Attrs, AttrValue } from '@vestige/core/model/span';
import type { TracesBuilder } from './decoded-traces.ts';
import { emptyAttrs } from './empty-attrs.ts';
import { at, type JsonObject, listField, objectOf, stringOf } from './json-field.ts';

const INT64 = /^-?\d{1,19}$/;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** Reads a list of `KeyValue` objects into `into`. The last of two equal keys wins; one without a key is nothing. */
export function readJsonAttributes(list: readonly unknown[], into: Attrs, cost: TracesBuilder, depth = 0): void {
  for (const item of list) {
    cost.countValue();
    const pair = objectOf(item);
    const key = stringOf(at(pair, 'key'));
    if (key !== '') into[key] = readAnyValue(at(pair, 'value'), cost, depth);
  }
}

/** `AnyValue` by the OTLP/JSON mapping; a value that is none reads as null, as an empty one does. */
function readAnyValue(value: unknown, cost: TracesBuilder, depth: number): AttrValue {
  if (typeof value !== 'object' || value === null) return null;
  const any = value as JsonObject;
  const text = at(any, 'stringValue', 'string_value');
  if (typeof text === 'string') return text.toWellFormed();
  const flag = at(any, 'boolValue', 'bool_value');
  if (typeof flag === 'boolean') return flag;
  const int = at(any, 'intValue', 'int_value');
  if (int !== undefined) return readInt64(int);
  const double = at(any, 'doubleValue', 'double_value');
  if (double !== undefined) return readDouble(double);
  const bytes = at(any, 'bytesValue', 'bytes_value');
  if (typeof bytes === 'string') return new Uint8Array(Buffer.from(bytes, 'base64'));
  return readNested(any, cost, depth);
}

function readNested(any: JsonObject, cost: TracesBuilder, depth: number): AttrValue {
  if (depth >= cost.limits.depthMax) return null;
  const array = at(any, 'arrayValue', 'array_value');
  if (array !== undefined) {
    return listField(objectOf(array), 'values').map((item) => {
      cost.countValue();
      return readAnyValue(item, cost, depth + 1);
    });
  }
  const kvlist = at(any, 'kvlistValue', 'kvlist_value');
  if (kvlist === undefined) return null;
  const values = emptyAttrs();
  readJsonAttributes(listField(objectOf(kvlist), 'values'), values, cost, depth + 1);
  return values;
}

/** An int64 comes as a string (proto3 JSON) or as a number (OpenTelemetry JS, exact up to 2^53). */
export function readInt64(value: unknown): AttrValue {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return value;
    return Number.isInteger(value) ? inRange(BigInt(value)) : null;
  }
  if (typeof value !== 'string' || !INT64.test(value)) return null;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number + 0 : inRange(BigInt(value));
}

function inRange(value: bigint): AttrValue {
  return value < INT64_MIN || value > INT64_MAX ? null : value;
}

/** OpenTelemetry JS writes NaN and the infinities as `null`: which one it was is lost, so null it is. */
export function readDouble(value: unknown): AttrValue {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.length > 40 || value.trim() === '') return null;
  if (value === 'NaN') return Number.NaN;
  const number = Number(value);
  return Number.isNaN(number) ? null : number;
}
