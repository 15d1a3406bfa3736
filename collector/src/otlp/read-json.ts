import { CUT_COUNTS } from '@vestige/core/convention/cut-counts';
import { isVestigeError } from '@vestige/core/errors';
import type { DecodedSpan } from '@vestige/core/model/span';
import { isLinkTarget, spanKind, statusCode } from './check-span.ts';
import { type DecodedTraces, TracesBuilder } from './decoded-traces.ts';
import { emptyAttrs } from './empty-attrs.ts';
import {
  at,
  enumOf,
  hexOf,
  type JsonObject,
  listField,
  nanosecondsOf,
  objectOf,
  stringOf,
  uint32Of,
} from './json-field.ts';
import { checkJsonNesting } from './json-nesting.ts';
import { readJsonAttributes } from './json-value.ts';
import { DECODE_LIMITS, type DecodeLimits } from './limits.ts';
import { malformed } from './malformed.ts';
import { newSpanDraft, type SpanDraft, type SpanOrigin, setCut } from './span-draft.ts';

export const KIND_NAMES = [
  'SPAN_KIND_UNSPECIFIED',
  'SPAN_KIND_INTERNAL',
  'SPAN_KIND_SERVER',
  'SPAN_KIND_CLIENT',
  'SPAN_KIND_PRODUCER',
  'SPAN_KIND_CONSUMER',
];
export const STATUS_NAMES = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];

/**
 * Reads an `ExportTraceServiceRequest` in the OTLP/JSON mapping (opentelemetry-proto, docs/specification.md, "JSON
 * Protobuf Encoding"), and what senders really write: enum names, 64-bit numbers, `doubleValue: null`.
 *
 * @param nowMs the collector's clock, against which absurd times are told
 * @throws VestigeError `bad_request` when the body is no such JSON, `too_large` beyond `limits`; nothing else
 */
export function readJsonTraces(body: Uint8Array, nowMs: number, limits: DecodeLimits = DECODE_LIMITS): DecodedTraces {
  const request = objectOf(parseJson(body, limits));
  const out = new TracesBuilder(limits, nowMs);
  for (const item of listField(request, 'resourceSpans', 'resource_spans')) {
    const resourceSpans = objectOf(item);
    const resource = emptyAttrs();
    readJsonAttributes(listField(objectOf(at(resourceSpans, 'resource')), 'attributes'), resource, out);
    for (const scopeSpans of listField(resourceSpans, 'scopeSpans', 'scope_spans')) {
      readScopeSpans(objectOf(scopeSpans), resource, out);
    }
  }
  return out;
}

/** Parses within bounds. The parser's own message quotes the text, so it is dropped. */
export function parseJson(body: Uint8Array, limits: DecodeLimits = DECODE_LIMITS): unknown {
  checkJsonNesting(body, limits);
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text) as unknown;
  } catch {
    throw malformed('not JSON');
  }
}

function readScopeSpans(scopeSpans: JsonObject, resource: SpanOrigin['resource'], out: TracesBuilder): void {
  const scope = objectOf(at(scopeSpans, 'scope'));
  const origin: SpanOrigin = {
    resource,
    scopeName: stringOf(at(scope, 'name')),
    scopeVersion: stringOf(at(scope, 'version')),
  };
  for (const item of listField(scopeSpans, 'spans')) {
    out.countSpan();
    const { draft, refused } = readJsonSpan(item, origin, out);
    if (refused === null) out.take(draft);
    else out.refuse(refused, draft);
  }
}

/** @returns why the span cannot be kept whatever it says; then the draft holds what was read of it */
export function readJsonSpan(
  item: unknown,
  origin: SpanOrigin,
  cost: TracesBuilder,
): { readonly draft: SpanDraft; readonly refused: 'too_large' | 'malformed' | null } {
  const draft = newSpanDraft(origin);
  const valuesEnd = cost.values + cost.limits.valuesPerSpanMax;
  try {
    readSpan(objectOf(item), draft, cost);
    return { draft, refused: cost.values > valuesEnd ? 'too_large' : null };
  } catch (error) {
    if (!isVestigeError(error, 'bad_request')) throw error;
    return { draft, refused: 'malformed' };
  }
}

function readSpan(from: JsonObject, span: SpanDraft, out: TracesBuilder): void {
  span.traceId = hexOf(at(from, 'traceId', 'trace_id'));
  span.spanId = hexOf(at(from, 'spanId', 'span_id'));
  span.parentId = hexOf(at(from, 'parentSpanId', 'parent_span_id'));
  span.name = stringOf(at(from, 'name'));
  span.kind = spanKind(enumOf(at(from, 'kind'), KIND_NAMES));
  span.startNs = nanosecondsOf(at(from, 'startTimeUnixNano', 'start_time_unix_nano'));
  span.endNs = nanosecondsOf(at(from, 'endTimeUnixNano', 'end_time_unix_nano'));
  const status = objectOf(at(from, 'status'));
  span.status = statusCode(enumOf(at(status, 'code'), STATUS_NAMES));
  span.statusMessage = stringOf(at(status, 'message'));
  readJsonAttributes(listField(from, 'attributes'), span.attributes, out);
  setCut(span, CUT_COUNTS.attributes, uint32Of(at(from, 'droppedAttributesCount', 'dropped_attributes_count')));
  for (const event of listField(from, 'events')) span.events.push(readEvent(objectOf(event), out));
  setCut(span, CUT_COUNTS.events, uint32Of(at(from, 'droppedEventsCount', 'dropped_events_count')));
  for (const item of listField(from, 'links')) {
    const link = readLink(objectOf(item), out);
    if (isLinkTarget(link)) span.links.push(link);
  }
  setCut(span, CUT_COUNTS.links, uint32Of(at(from, 'droppedLinksCount', 'dropped_links_count')));
}

function readEvent(from: JsonObject, out: TracesBuilder): DecodedSpan['events'][number] {
  out.countValue();
  const attributes = emptyAttrs();
  readJsonAttributes(listField(from, 'attributes'), attributes, out);
  const timeNs = nanosecondsOf(at(from, 'timeUnixNano', 'time_unix_nano'));
  return { timeNs, name: stringOf(at(from, 'name')), attributes };
}

function readLink(from: JsonObject, out: TracesBuilder): DecodedSpan['links'][number] {
  out.countValue();
  const attributes = emptyAttrs();
  readJsonAttributes(listField(from, 'attributes'), attributes, out);
  return {
    traceId: hexOf(at(from, 'traceId', 'trace_id')),
    spanId: hexOf(at(from, 'spanId', 'span_id')),
    attributes,
  };
}
