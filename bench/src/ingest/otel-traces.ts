import {
  bigintOf,
  type Long,
  type WireAttribute,
  type WireRequest,
  type WireSpan,
  type WireValue,
} from '../otlp-schema.ts';

/** The table of the OpenTelemetry Collector's ClickHouse exporter 0.161, as it creates it. */
export const OTEL_TRACES_DDL = `
  CREATE TABLE otel_traces (
    Timestamp DateTime64(9) CODEC(Delta, ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    ParentSpanId String CODEC(ZSTD(1)),
    TraceState String CODEC(ZSTD(1)),
    SpanName LowCardinality(String) CODEC(ZSTD(1)),
    SpanKind LowCardinality(String) CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    SpanAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    Duration UInt64 CODEC(ZSTD(1)),
    StatusCode LowCardinality(String) CODEC(ZSTD(1)),
    StatusMessage String CODEC(ZSTD(1)),
    Events Nested (
      Timestamp DateTime64(9), Name LowCardinality(String), Attributes Map(LowCardinality(String), String)
    ) CODEC(ZSTD(1)),
    Links Nested (
      TraceId String, SpanId String, TraceState String, Attributes Map(LowCardinality(String), String)
    ) CODEC(ZSTD(1)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_res_attr_key mapKeys(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_res_attr_value mapValues(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_span_attr_key mapKeys(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_span_attr_value mapValues(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_duration Duration TYPE minmax GRANULARITY 1
  )
  ENGINE = MergeTree
  PARTITION BY toDate(Timestamp)
  ORDER BY (ServiceName, SpanName, toDateTime(Timestamp))
  SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1`;

const KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];
const STATUS = ['Unset', 'Ok', 'Error'];

/** A decoded request as rows of that table, the way an ordinary JavaScript service would write it. */
export function otelTracesRows(request: WireRequest): object[] {
  const rows: object[] = [];
  for (const { resource, scopeSpans } of request.resourceSpans) {
    const resourceAttributes = textMap(resource.attributes);
    for (const { scope, spans } of scopeSpans) {
      for (const span of spans) {
        rows.push(rowOf(span, resourceAttributes, scope.name, scope.version));
      }
    }
  }
  return rows;
}

function rowOf(span: WireSpan, resource: Record<string, string>, scopeName: string, scopeVersion: string): object {
  const start = bigintOf(span.startTimeUnixNano);
  return {
    Timestamp: timeText(start),
    TraceId: hex(span.traceId),
    SpanId: hex(span.spanId),
    ParentSpanId: hex(span.parentSpanId),
    TraceState: span.traceState ?? '',
    SpanName: span.name,
    SpanKind: KINDS[span.kind] ?? 'Unspecified',
    ServiceName: resource['service.name'] ?? '',
    ResourceAttributes: resource,
    ScopeName: scopeName,
    ScopeVersion: scopeVersion,
    SpanAttributes: textMap(span.attributes),
    Duration: (bigintOf(span.endTimeUnixNano) - start).toString(),
    StatusCode: STATUS[span.status?.code ?? 0] ?? 'Unset',
    StatusMessage: span.status?.message ?? '',
    'Events.Timestamp': span.events.map((event) => timeText(bigintOf(event.timeUnixNano))),
    'Events.Name': span.events.map((event) => event.name),
    'Events.Attributes': span.events.map((event) => textMap(event.attributes)),
    'Links.TraceId': span.links.map((link) => hex(link.traceId)),
    'Links.SpanId': span.links.map((link) => hex(link.spanId)),
    'Links.TraceState': span.links.map((link) => link.traceState ?? ''),
    'Links.Attributes': span.links.map((link) => textMap(link.attributes)),
  };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');

/** Seconds with nine decimals, which `DateTime64(9)` reads. */
function timeText(ns: bigint): string {
  const digits = ns.toString();
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

function textMap(attributes: readonly WireAttribute[]): Record<string, string> {
  const map: Record<string, string> = {};
  for (const { key, value } of attributes) map[key] = textOf(value);
  return map;
}

/** protobufjs leaves fields that are not set on the prototype, so only own fields count. */
function textOf(value: WireValue): string {
  if (Object.hasOwn(value, 'stringValue')) return value.stringValue ?? '';
  if (Object.hasOwn(value, 'intValue')) return String(bigintOf(value.intValue as Long | number));
  if (Object.hasOwn(value, 'boolValue')) return String(value.boolValue);
  if (Object.hasOwn(value, 'doubleValue')) return String(value.doubleValue);
  if (Object.hasOwn(value, 'arrayValue')) return JSON.stringify(value.arrayValue?.values.map(textOf));
  if (Object.hasOwn(value, 'kvlistValue')) return JSON.stringify(textMap(value.kvlistValue?.values ?? []));
  return Buffer.from(value.bytesValue ?? []).toString('base64');
}
