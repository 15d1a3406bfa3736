import type { Attrs } from '@vestige/core/model/span';
import { type DecodedTraces, TracesBuilder } from './decoded-traces.ts';
import { emptyAttrs } from './empty-attrs.ts';
import { DECODE_LIMITS, type DecodeLimits } from './limits.ts';
import { eachField } from './message-fields.ts';
import { readSpanMessage } from './protobuf-span.ts';
import { readKeyValue } from './protobuf-value.ts';
import { type Range, requestLayout } from './request-layout.ts';
import { newSpanDraft, type SpanDraft, type SpanOrigin } from './span-draft.ts';
import { BYTES, field, WireReader } from './wire-reader.ts';

/** `Resource` of opentelemetry-proto resource/v1. */
const RESOURCE = { attributes: field(1, BYTES) };

/**
 * Reads an `ExportTraceServiceRequest` into objects: the reference for the encoder, which reads most spans another way.
 * A span that cannot be kept is refused alone.
 *
 * @param nowMs the collector's clock, against which absurd times are told
 * @throws VestigeError `bad_request` when the bytes are no such message, `too_large` beyond `limits`; nothing else
 */
export function readProtobufTraces(
  body: Uint8Array,
  nowMs: number,
  limits: DecodeLimits = DECODE_LIMITS,
): DecodedTraces {
  const layout = requestLayout(body, limits);
  const reader = new WireReader(body);
  const out = new TracesBuilder(limits, nowMs);
  for (const { resource: ranges, scopes } of layout.resources) {
    const resource = readResourceMessages(reader, ranges, out);
    for (const scope of scopes) {
      const origin: SpanOrigin = { resource, scopeName: scope.name, scopeVersion: scope.version };
      for (let index = 0; index < scope.spans.length; index += 2) {
        const range = { start: scope.spans[index] ?? 0, stop: scope.spans[index + 1] ?? 0 };
        const span = readSpanDraft(reader, range, origin, out);
        if (span.isWhole) out.take(span.draft);
        else out.refuse('too_large', span.draft);
      }
    }
  }
  return out;
}

export function readResourceMessages(reader: WireReader, ranges: readonly Range[], cost: TracesBuilder): Attrs {
  const attributes = emptyAttrs();
  for (const { start, stop } of ranges) {
    reader.pos = start;
    eachField(reader, stop, (tag) => {
      if (tag !== RESOURCE.attributes) return false;
      readKeyValue(reader, reader.stop(stop), attributes, cost);
      return true;
    });
  }
  return attributes;
}

/** @returns `isWhole` false for a span that costs more than one may: then the draft holds its beginning */
export function readSpanDraft(
  reader: WireReader,
  { start, stop }: Range,
  origin: SpanOrigin,
  cost: TracesBuilder,
): { readonly draft: SpanDraft; readonly isWhole: boolean } {
  const draft = newSpanDraft(origin);
  reader.pos = start;
  return { draft, isWhole: readSpanMessage(reader, stop, draft, cost) };
}
