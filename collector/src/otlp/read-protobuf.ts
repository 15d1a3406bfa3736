import type { Attrs } from '@vestige/core/model/span';
import { type DecodedTraces, TracesBuilder } from './decoded-traces.ts';
import { emptyAttrs } from './empty-attrs.ts';
import { DECODE_LIMITS, type DecodeLimits } from './limits.ts';
import { eachField } from './message-fields.ts';
import { readSpanMessage } from './protobuf-span.ts';
import { readKeyValue } from './protobuf-value.ts';
import { newSpanDraft, type SpanOrigin } from './span-draft.ts';
import { BYTES, field, WireReader } from './wire-reader.ts';

/** Messages of opentelemetry-proto collector/trace/v1, trace/v1 and resource/v1. */
const REQUEST = { resourceSpans: field(1, BYTES) };
const RESOURCE_SPANS = { resource: field(1, BYTES), scopeSpans: field(2, BYTES) };
const RESOURCE = { attributes: field(1, BYTES) };
const SCOPE_SPANS = { scope: field(1, BYTES), spans: field(2, BYTES) };
const SCOPE = { name: field(1, BYTES), version: field(2, BYTES) };

/**
 * Reads an `ExportTraceServiceRequest`.
 *
 * Unknown fields are skipped, known ones under another wire type too (OTLP, forward compatibility). A span that cannot
 * be kept is refused alone.
 *
 * @param nowMs the collector's clock, against which absurd times are told
 * @throws VestigeError `bad_request` when the bytes are no such message, `too_large` beyond `limits`; nothing else
 */
export function readProtobufTraces(
  body: Uint8Array,
  nowMs: number,
  limits: DecodeLimits = DECODE_LIMITS,
): DecodedTraces {
  const reader = new WireReader(body);
  const out = new TracesBuilder(limits, nowMs);
  eachField(reader, reader.length, (tag) => {
    if (tag !== REQUEST.resourceSpans) return false;
    readResourceSpans(reader, reader.stop(reader.length), out);
    return true;
  });
  return out;
}

/** Twice over the same bytes: fields may come in any order, and the resource belongs to every span beside it. */
function readResourceSpans(reader: WireReader, end: number, out: TracesBuilder): void {
  const start = reader.pos;
  const resource = emptyAttrs();
  eachField(reader, end, (tag) => {
    if (tag !== RESOURCE_SPANS.resource) return false;
    readResource(reader, reader.stop(end), resource, out);
    return true;
  });
  reader.pos = start;
  eachField(reader, end, (tag) => {
    if (tag !== RESOURCE_SPANS.scopeSpans) return false;
    readScopeSpans(reader, reader.stop(end), resource, out);
    return true;
  });
}

function readResource(reader: WireReader, end: number, into: Attrs, out: TracesBuilder): void {
  eachField(reader, end, (tag) => {
    if (tag !== RESOURCE.attributes) return false;
    readKeyValue(reader, reader.stop(end), into, out);
    return true;
  });
}

function readScopeSpans(reader: WireReader, end: number, resource: Attrs, out: TracesBuilder): void {
  const start = reader.pos;
  const origin = { resource, scopeName: '', scopeVersion: '' };
  eachField(reader, end, (tag) => {
    if (tag !== SCOPE_SPANS.scope) return false;
    readScope(reader, reader.stop(end), origin);
    return true;
  });
  reader.pos = start;
  eachField(reader, end, (tag) => {
    if (tag !== SCOPE_SPANS.spans) return false;
    readSpan(reader, reader.stop(end), origin, out);
    return true;
  });
}

function readScope(reader: WireReader, end: number, origin: { scopeName: string; scopeVersion: string }): void {
  eachField(reader, end, (tag) => {
    if (tag === SCOPE.name) origin.scopeName = reader.string(end);
    else if (tag === SCOPE.version) origin.scopeVersion = reader.string(end);
    else return false;
    return true;
  });
}

function readSpan(reader: WireReader, end: number, origin: SpanOrigin, out: TracesBuilder): void {
  out.countSpan();
  const span = newSpanDraft(origin);
  if (readSpanMessage(reader, end, span, out)) out.take(span);
  else out.refuse('too_large', span);
}
