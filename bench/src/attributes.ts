import type { WireAttribute, WireValue } from './otlp-schema.ts';

export type Plain = string | number | boolean | readonly string[];
export type Attributes = Readonly<Record<string, Plain>>;

/** As the OpenTelemetry SDKs put values on the wire: whole numbers as ints, others as doubles. */
export function wireAttributes(attributes: Attributes): WireAttribute[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: wireValue(value) }));
}

function wireValue(value: Plain): WireValue {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: value } : { doubleValue: value };
  return { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } };
}
