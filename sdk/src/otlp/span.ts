import type { SpanContext } from '@opentelemetry/api';
import { ATTR } from '@vestige/core/convention/attributes';
import type { Counters } from '../counters.ts';
import type { OtelReadableSpan } from '../otel-types.ts';
import { writeKeyValue } from './any-value.ts';
import { IDENTITY_KEYS, isContent, mask, maskOwn, proofIn } from './content.ts';
import type { ProtoWriter } from './writer.ts';

/** Field tags of `opentelemetry.proto.trace.v1.Span` (field number × 8 + wire type), v1.11.0. */
const SPAN = {
  traceId: 0x0a,
  spanId: 0x12,
  traceState: 0x1a,
  parentSpanId: 0x22,
  name: 0x2a,
  kind: 0x30,
  start: 0x39,
  end: 0x41,
  attributes: 0x4a,
  droppedAttributes: 0x50,
  events: 0x5a,
  droppedEvents: 0x60,
  links: 0x6a,
  droppedLinks: 0x70,
  status: 0x7a,
  flags: 0x85,
} as const;
const EVENT = { time: 0x09, name: 0x12, attributes: 0x1a, dropped: 0x20 } as const;
const LINK = { traceId: 0x0a, spanId: 0x12, traceState: 0x1a, attributes: 0x22, dropped: 0x28, flags: 0x35 } as const;
const STATUS_MESSAGE = 0x12;
const STATUS_CODE = 0x18;

const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;
const OURS = 'vestige.';

/** What happens to values on their way out. One for the life of the process: it is consulted for every attribute. */
export class Scrub {
  readonly counters: Counters;
  readonly #tokenise: (type: string, value: string) => string;

  /** @param tokenise makes a token of an identifier found on a foreign span; '' when it is none. Must not throw */
  constructor(counters: Counters, tokenise: (type: string, value: string) => string) {
    this.counters = counters;
    this.#tokenise = tokenise;
  }

  readonly text = (text: string): string => this.#counted(text, mask(text));

  readonly ownText = (text: string): string => this.#counted(text, maskOwn(text));

  token(type: string, value: unknown): string {
    this.counters.identifiersMasked++;
    return typeof value === 'string' || typeof value === 'number' ? this.#tokenise(type, String(value)) : '';
  }

  #counted(text: string, masked: string): string {
    if (masked !== text) this.counters.identifiersMasked++;
    return masked;
  }
}

/**
 * Writes one ended span as a field of `ScopeSpans`. Contents are left out, identifiers in texts masked, `user.email`
 * and its like turned into tokens, and of a failure's message only its proof is told. `tracestate` is not carried.
 */
export function writeSpan(to: ProtoWriter, tag: number, span: OtelReadableSpan, scrub: Scrub): void {
  const context = span.spanContext();
  const parent = span.parentSpanContext;
  const message = to.open(tag);
  to.tag(SPAN.traceId);
  to.hex(context.traceId);
  to.tag(SPAN.spanId);
  to.hex(context.spanId);
  if (parent?.spanId) {
    to.tag(SPAN.parentSpanId);
    to.hex(parent.spanId);
  }
  to.tag(SPAN.name);
  to.string(scrub.text(span.name));
  to.tag(SPAN.kind);
  to.varint(span.kind + 1);
  to.tag(SPAN.start);
  to.nanos(span.startTime[0], span.startTime[1]);
  to.tag(SPAN.end);
  to.nanos(span.endTime[0], span.endTime[1]);
  writeAttributes(to, span.attributes, scrub);
  writeCount(to, SPAN.droppedAttributes, span.droppedAttributesCount);
  for (const event of span.events) {
    const mark = to.open(SPAN.events);
    to.tag(EVENT.time);
    to.nanos(event.time[0], event.time[1]);
    to.tag(EVENT.name);
    to.string(scrub.text(event.name));
    writePlainAttributes(to, EVENT.attributes, event.attributes, scrub);
    writeCount(to, EVENT.dropped, event.droppedAttributesCount);
    to.close(mark);
  }
  writeCount(to, SPAN.droppedEvents, span.droppedEventsCount);
  for (const link of span.links) {
    const mark = to.open(SPAN.links);
    to.tag(LINK.traceId);
    to.hex(link.context.traceId);
    to.tag(LINK.spanId);
    to.hex(link.context.spanId);
    writePlainAttributes(to, LINK.attributes, link.attributes, scrub);
    writeCount(to, LINK.dropped, link.droppedAttributesCount);
    to.tag(LINK.flags);
    to.fixed32(flagsOf(link.context, link.context));
    to.close(mark);
  }
  writeCount(to, SPAN.droppedLinks, span.droppedLinksCount);
  if (span.status.code !== 0) {
    const mark = to.open(SPAN.status);
    const proof = proofIn(failureText(span));
    if (proof !== '') {
      to.tag(STATUS_MESSAGE);
      to.string(proof);
    }
    to.tag(STATUS_CODE);
    to.varint(span.status.code);
    to.close(mark);
  }
  to.tag(SPAN.flags);
  to.fixed32(flagsOf(context, parent));
  to.close(message);
}

function writeAttributes(to: ProtoWriter, attributes: OtelReadableSpan['attributes'], scrub: Scrub): void {
  const found = new Set<string>();
  for (const key in attributes) {
    const value = attributes[key];
    if (value === undefined) continue;
    if (key.startsWith(OURS)) {
      writeKeyValue(to, SPAN.attributes, key, value, scrub.ownText);
      continue;
    }
    const type = IDENTITY_KEYS.get(key);
    if (type !== undefined) {
      const token = scrub.token(type, value);
      if (token !== '') found.add(token);
    } else if (isContent(key)) scrub.counters.contentDropped++;
    else writeKeyValue(to, SPAN.attributes, key, value, scrub.text);
  }
  if (found.size > 0 && attributes[ATTR.subjectTokens] === undefined && attributes[ATTR.subjectSet] === undefined) {
    writeKeyValue(to, SPAN.attributes, ATTR.subjectTokens, [...found], same);
    writeKeyValue(to, SPAN.attributes, ATTR.subjectAttribution, 'ambient', same);
  }
}

function writePlainAttributes(
  to: ProtoWriter,
  tag: number,
  attributes: Readonly<Record<string, unknown>> | undefined,
  scrub: Scrub,
): void {
  for (const key in attributes) {
    const value = attributes[key];
    if (value === undefined) continue;
    if (isContent(key) || IDENTITY_KEYS.has(key)) scrub.counters.contentDropped++;
    else writeKeyValue(to, tag, key, value, key.startsWith(OURS) ? scrub.ownText : scrub.text);
  }
}

function failureText(span: OtelReadableSpan): string {
  const message = span.events.findLast((event) => event.name === 'exception')?.attributes?.['exception.message'];
  return `${span.status.message ?? ''}\n${typeof message === 'string' ? message : ''}`;
}

function writeCount(to: ProtoWriter, tag: number, count: number | undefined): void {
  if (!count) return;
  to.tag(tag);
  to.varint(count);
}

/** Bits 0–7 are the W3C flags; the two above say whether the parent (or linked) span ran in another process. */
function flagsOf(own: SpanContext, other: SpanContext | undefined): number {
  return (own.traceFlags & 0xff) | HAS_IS_REMOTE | (other?.isRemote ? IS_REMOTE : 0);
}

const same = (text: string): string => text;
