import protobuf from 'protobufjs';

/**
 * One logical export request and its two encodings, for tests: protobuf through protobufjs (an encoder that is not
 * ours), JSON by the OTLP mapping.
 */
export interface TestValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: bigint;
  readonly doubleValue?: number;
  readonly bytesValue?: Uint8Array;
  readonly arrayValue?: { readonly values: readonly TestValue[] };
  readonly kvlistValue?: { readonly values: readonly TestAttribute[] };
}
export interface TestAttribute {
  readonly key: string;
  readonly value: TestValue;
}
export interface TestSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name?: string;
  readonly kind?: number;
  readonly startTimeUnixNano: bigint;
  readonly endTimeUnixNano: bigint;
  readonly attributes?: readonly TestAttribute[];
  readonly droppedAttributesCount?: number;
  readonly droppedEventsCount?: number;
  readonly droppedLinksCount?: number;
  readonly events?: readonly {
    readonly timeUnixNano: bigint;
    readonly name: string;
    readonly attributes: readonly TestAttribute[];
  }[];
  readonly links?: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes: readonly TestAttribute[];
  }[];
  readonly status?: { readonly code: number; readonly message: string };
}
export interface TestRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly TestAttribute[] };
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly spans: readonly TestSpan[];
    }[];
  }[];
}

const PROTO = `
syntax = "proto3";
message ExportTraceServiceRequest { repeated ResourceSpans resourceSpans = 1; }
message ExportTraceServiceResponse { ExportTracePartialSuccess partialSuccess = 1; }
message ExportTracePartialSuccess { int64 rejectedSpans = 1; string errorMessage = 2; }
message Status { int32 code = 1; string message = 2; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scopeSpans = 2; string schemaUrl = 3; }
message Resource { repeated KeyValue attributes = 1; uint32 droppedAttributesCount = 2; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schemaUrl = 3; }
message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 droppedAttributesCount = 4; }
message Span {
  bytes traceId = 1; bytes spanId = 2; string traceState = 3; bytes parentSpanId = 4; fixed32 flags = 16;
  string name = 5; int32 kind = 6; fixed64 startTimeUnixNano = 7; fixed64 endTimeUnixNano = 8;
  repeated KeyValue attributes = 9; uint32 droppedAttributesCount = 10;
  repeated Event events = 11; uint32 droppedEventsCount = 12;
  repeated Link links = 13; uint32 droppedLinksCount = 14; SpanStatus status = 15;
  message Event { fixed64 timeUnixNano = 1; string name = 2; repeated KeyValue attributes = 3; uint32 droppedAttributesCount = 4; }
  message Link { bytes traceId = 1; bytes spanId = 2; string traceState = 3; repeated KeyValue attributes = 4; uint32 droppedAttributesCount = 5; fixed32 flags = 6; }
}
message SpanStatus { string message = 2; int32 code = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { oneof value {
  string stringValue = 1; bool boolValue = 2; int64 intValue = 3; double doubleValue = 4;
  ArrayValue arrayValue = 5; KeyValueList kvlistValue = 6; bytes bytesValue = 7; } }
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
`;
const root = protobuf.parse(PROTO, { keepCase: true }).root;
const requestType = root.lookupType('ExportTraceServiceRequest');
const statusType = root.lookupType('Status');
const responseType = root.lookupType('ExportTraceServiceResponse');

export function encodeProtobuf(request: TestRequest): Uint8Array {
  const plain = mapTree(request, (key, value) => {
    if (typeof value === 'bigint') return longOf(value);
    if (/(trace|span|parentSpan)Id$/i.test(key) && typeof value === 'string') return Buffer.from(value, 'hex');
    return value;
  });
  return requestType.encode(requestType.create(plain as Record<string, unknown>)).finish();
}

export function encodeJson(request: unknown): Uint8Array {
  const plain = mapTree(request, (_key, value) => {
    if (typeof value === 'bigint') return value.toString();
    if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
    if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
    return Object.is(value, -0) ? 0 : value;
  });
  return Buffer.from(JSON.stringify(plain));
}

export function decodeStatus(body: Uint8Array): { code: number; message: string } {
  return statusType.toObject(statusType.decode(body), { defaults: true }) as { code: number; message: string };
}

export function decodeResponse(body: Uint8Array): { partialSuccess?: { rejectedSpans: number; errorMessage: string } } {
  return responseType.toObject(responseType.decode(body), { longs: Number, defaults: false });
}

function longOf(value: bigint): unknown {
  const low = Number(BigInt.asIntN(32, value));
  const high = Number(BigInt.asIntN(32, value >> 32n));
  return new protobuf.util.Long(low, high, false);
}

function mapTree(value: unknown, change: (key: string, value: unknown) => unknown, key = ''): unknown {
  const changed = change(key, value);
  if (changed !== value || value instanceof Uint8Array) return changed;
  if (Array.isArray(value)) return value.map((item) => mapTree(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, mapTree(inner, change, name)]));
}
