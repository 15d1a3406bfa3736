import { CUT_COUNTS } from '@vestige/core/convention/cut-counts';
import type { DecodedSpan } from '@vestige/core/model/span';
import { isLinkTarget, spanKind, statusCode } from './check-span.ts';
import type { TracesBuilder } from './decoded-traces.ts';
import { emptyAttrs } from './empty-attrs.ts';
import { eachField } from './message-fields.ts';
import { readKeyValue } from './protobuf-value.ts';
import { type SpanDraft, setCut } from './span-draft.ts';
import { BYTES, FIXED64, field, VARINT, type WireReader } from './wire-reader.ts';

/** Messages of opentelemetry-proto trace/v1/trace.proto. */
const SPAN = {
  traceId: field(1, BYTES),
  spanId: field(2, BYTES),
  parentSpanId: field(4, BYTES),
  name: field(5, BYTES),
  kind: field(6, VARINT),
  start: field(7, FIXED64),
  end: field(8, FIXED64),
  attributes: field(9, BYTES),
  droppedAttributes: field(10, VARINT),
  events: field(11, BYTES),
  droppedEvents: field(12, VARINT),
  links: field(13, BYTES),
  droppedLinks: field(14, VARINT),
  status: field(15, BYTES),
};
const EVENT = { time: field(1, FIXED64), name: field(2, BYTES), attributes: field(3, BYTES) };
const LINK = { traceId: field(1, BYTES), spanId: field(2, BYTES), attributes: field(4, BYTES) };
const STATUS = { message: field(2, BYTES), code: field(3, VARINT) };

/**
 * Reads a `Span` that ends at `end` into `span`.
 *
 * @returns false when it costs more than one span may; the reader stands behind the span either way
 */
export function readSpanMessage(reader: WireReader, end: number, span: SpanDraft, cost: TracesBuilder): boolean {
  const valuesEnd = cost.values + cost.limits.valuesPerSpanMax;
  while (reader.pos < end && cost.values <= valuesEnd) {
    const tag = reader.tag(end);
    if (!takeField(reader, end, tag, span, cost)) reader.skip(tag, end);
  }
  reader.pos = end;
  return cost.values <= valuesEnd;
}

function takeField(reader: WireReader, end: number, tag: number, span: SpanDraft, cost: TracesBuilder): boolean {
  switch (tag) {
    case SPAN.traceId:
      span.traceId = reader.hex(end);
      return true;
    case SPAN.spanId:
      span.spanId = reader.hex(end);
      return true;
    case SPAN.parentSpanId:
      span.parentId = reader.hex(end);
      return true;
    case SPAN.name:
      span.name = reader.string(end);
      return true;
    case SPAN.kind:
      span.kind = spanKind(reader.uint32(end));
      return true;
    case SPAN.start:
      span.startNs = reader.fixed64(end);
      return true;
    case SPAN.end:
      span.endNs = reader.fixed64(end);
      return true;
    case SPAN.attributes:
      readKeyValue(reader, reader.stop(end), span.attributes, cost);
      return true;
    case SPAN.events:
      span.events.push(readEvent(reader, reader.stop(end), cost));
      return true;
    case SPAN.links: {
      const link = readLink(reader, reader.stop(end), cost);
      if (isLinkTarget(link)) span.links.push(link);
      return true;
    }
    case SPAN.droppedAttributes:
      setCut(span, CUT_COUNTS.attributes, reader.uint32(end));
      return true;
    case SPAN.droppedEvents:
      setCut(span, CUT_COUNTS.events, reader.uint32(end));
      return true;
    case SPAN.droppedLinks:
      setCut(span, CUT_COUNTS.links, reader.uint32(end));
      return true;
    case SPAN.status:
      readStatus(reader, reader.stop(end), span);
      return true;
    default:
      return false;
  }
}

function readEvent(reader: WireReader, end: number, cost: TracesBuilder): DecodedSpan['events'][number] {
  cost.countValue();
  const event = { timeNs: 0n, name: '', attributes: emptyAttrs() };
  eachField(reader, end, (tag) => {
    if (tag === EVENT.time) event.timeNs = reader.fixed64(end);
    else if (tag === EVENT.name) event.name = reader.string(end);
    else if (tag === EVENT.attributes) readKeyValue(reader, reader.stop(end), event.attributes, cost);
    else return false;
    return true;
  });
  return event;
}

function readLink(reader: WireReader, end: number, cost: TracesBuilder): DecodedSpan['links'][number] {
  cost.countValue();
  const link = { traceId: '', spanId: '', attributes: emptyAttrs() };
  eachField(reader, end, (tag) => {
    if (tag === LINK.traceId) link.traceId = reader.hex(end);
    else if (tag === LINK.spanId) link.spanId = reader.hex(end);
    else if (tag === LINK.attributes) readKeyValue(reader, reader.stop(end), link.attributes, cost);
    else return false;
    return true;
  });
  return link;
}

function readStatus(reader: WireReader, end: number, span: SpanDraft): void {
  eachField(reader, end, (tag) => {
    if (tag === STATUS.message) span.statusMessage = reader.string(end);
    else if (tag === STATUS.code) span.status = statusCode(reader.uint32(end));
    else return false;
    return true;
  });
}
