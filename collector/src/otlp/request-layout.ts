import { DECODE_LIMITS, type DecodeLimits } from './limits.ts';
import { tooLarge } from './malformed.ts';
import { eachField } from './message-fields.ts';
import { BYTES, field, WireReader } from './wire-reader.ts';

/** Messages of opentelemetry-proto collector/trace/v1, trace/v1 and resource/v1. */
const REQUEST = { resourceSpans: field(1, BYTES) };
const RESOURCE_SPANS = { resource: field(1, BYTES), scopeSpans: field(2, BYTES) };
const SCOPE_SPANS = { scope: field(1, BYTES), spans: field(2, BYTES) };
const SCOPE = { name: field(1, BYTES), version: field(2, BYTES) };

/** Where a message lies in the body: `start` to `stop`, without tag and length. */
export interface Range {
  readonly start: number;
  readonly stop: number;
}

/** Where everything is in an `ExportTraceServiceRequest`; what the messages hold is not looked at. */
export interface RequestLayout {
  readonly resources: readonly ResourceLayout[];
  readonly spans: number;
}

export interface ResourceLayout {
  /** Several where a sender repeats the field: they are read one after the other, as one. */
  readonly resource: readonly Range[];
  readonly scopes: readonly ScopeLayout[];
}

export interface ScopeLayout {
  readonly name: string;
  readonly version: string;
  /** Start and stop of each span, one after the other. */
  readonly spans: readonly number[];
}

/**
 * Unknown fields are skipped, known ones under another wire type too (OTLP, forward compatibility).
 *
 * @throws VestigeError `bad_request` when the bytes are no such message, `too_large` beyond `limits.spansMax`
 */
export function requestLayout(body: Uint8Array, limits: DecodeLimits = DECODE_LIMITS): RequestLayout {
  const reader = new WireReader(body);
  const resources: ResourceLayout[] = [];
  const counted = { spans: 0 };
  eachField(reader, reader.length, (tag) => {
    if (tag !== REQUEST.resourceSpans) return false;
    resources.push(resourceLayout(reader, reader.stop(reader.length), counted, limits));
    return true;
  });
  return { resources, spans: counted.spans };
}

function resourceLayout(
  reader: WireReader,
  end: number,
  counted: { spans: number },
  limits: DecodeLimits,
): ResourceLayout {
  const resource: Range[] = [];
  const scopes: ScopeLayout[] = [];
  eachField(reader, end, (tag) => {
    if (tag === RESOURCE_SPANS.resource) resource.push(skipped(reader, end));
    else if (tag === RESOURCE_SPANS.scopeSpans) {
      const scope = scopeLayout(reader, reader.stop(end));
      counted.spans += scope.spans.length / 2;
      if (counted.spans > limits.spansMax) throw tooLarge(`more than ${limits.spansMax} spans`);
      scopes.push(scope);
    } else return false;
    return true;
  });
  return { resource, scopes };
}

function scopeLayout(reader: WireReader, end: number): ScopeLayout {
  const spans: number[] = [];
  const scope = { name: '', version: '' };
  eachField(reader, end, (tag) => {
    if (tag === SCOPE_SPANS.spans) {
      const { start, stop } = skipped(reader, end);
      spans.push(start, stop);
      reader.messages(SCOPE_SPANS.spans, end, spans);
    } else if (tag === SCOPE_SPANS.scope) readScope(reader, reader.stop(end), scope);
    else return false;
    return true;
  });
  return { ...scope, spans };
}

function readScope(reader: WireReader, end: number, into: { name: string; version: string }): void {
  eachField(reader, end, (tag) => {
    if (tag === SCOPE.name) into.name = reader.string(end);
    else if (tag === SCOPE.version) into.version = reader.string(end);
    else return false;
    return true;
  });
}

function skipped(reader: WireReader, end: number): Range {
  const stop = reader.stop(end);
  const start = reader.pos;
  reader.pos = stop;
  return { start, stop };
}
