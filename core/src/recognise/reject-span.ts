import { ATTR } from '../convention/attributes.ts';
import { CUT_COUNTS } from '../convention/cut-counts.ts';
import type { KeptSpan } from '../model/kept-span.ts';
import type { Attrs, DecodedSpan, ScrubCounts } from '../model/span.ts';
import { kept, NAME_CHARS_MAX, scrubAttributes, scrubName, withoutContents } from '../scrub/attributes.ts';
import { ScrubLog } from '../scrub/scrub-log.ts';
import { conversationOf } from './conversation.ts';
import type { ReadContext } from './read-context.ts';
import { readResource } from './read-resource.ts';
import { RECORD_REFS_MAX } from './records.ts';
import { SpanView } from './span-view.ts';
import { readSubjects } from './subjects.ts';

/** What may be kept of a span that was not understood, and whose it was. */
export interface RejectedRemains {
  /** `service:{service}` */
  readonly service: string;
  readonly kept: KeptSpan;
  /** Subject tokens of the span itself, of its links, and its set: they are never stored, only resolved. */
  readonly tokens: readonly string[];
  readonly linkTokens: readonly string[];
  readonly subjectSet: string;
  /**
   * Event time (ms) to resolve the tokens at. 0 for a span without a usable start: nobody knows that it happened after
   * an erasure, so whoever was ever erased counts as erased.
   */
  readonly atMs: number;
  readonly scrubbed: ScrubCounts;
}

/** Four times what the longest attribute may take; a span of agents has 2 KiB. */
const KEPT_CHARS_MAX = 16_384;
const EVENTS_MAX = 32;
const LINKS_MAX = 128;
const HEX_CHARS_MAX = 64;
/** The exclusive end of what a usable start can be (2262), and its beginning (2000). */
const START_NS_MIN = 946_684_800_000_000_000n;
const START_NS_MAX = 9_223_372_036_000_000_000n;

/** What reading takes out of attributes that scrubbing does not store; the tokens are not among them. */
const READ_TEXTS = [
  ...Object.values(CUT_COUNTS),
  ATTR.subjectRole,
  ATTR.purpose,
  ATTR.legalBasis,
  ATTR.recordCount,
  ATTR.owner,
  ATTR.recipientCountry,
  ATTR.retentionUntil,
  ATTR.requestId,
  ATTR.seq,
] as const;
const READ_LISTS = [ATTR.dataCategories, ATTR.recordRefs, ATTR.derivedFrom] as const;

/**
 * Scrubs a span that is refused, whatever is wrong with it, so that it can be kept and read again. What reading needs
 * in clear (keys of records, raw identifiers, texts of errors) is lost; the rest suffices to read it again.
 *
 * @param cut the span was not read to its end
 *
 * Pure. May throw where scrubbing itself is at fault: then {@link bareRemains} is all that may be kept.
 */
export function rejectSpan(span: DecodedSpan, context: ReadContext, cut = false): RejectedRemains {
  const log = new ScrubLog();
  const resource = readResource(span.resource, log);
  const view = new SpanView(span, resource, context, log);
  const scope = { kind: span.kind, system: view.system };
  const subjects = readSubjects(view);
  const whole: KeptSpan = {
    traceId: idText(span.traceId, log),
    spanId: idText(span.spanId, log),
    parentId: idText(span.parentId, log),
    name: scrubName(withoutContents(span, log), view.system, log),
    kind: span.kind,
    startNs: instantText(span.startNs),
    endNs: instantText(span.endNs),
    status: span.status,
    scopeName: kept(span.scopeName, log, NAME_CHARS_MAX),
    scopeVersion: kept(span.scopeVersion, log, NAME_CHARS_MAX),
    resource: {
      ...resource.attributes,
      ...(resource.instance !== '' && { 'service.instance.id': resource.instance }),
    },
    attributes: { ...scrubAttributes(span.attributes, scope, log, subjects.used), ...readAttributes(view) },
    events: span.events.slice(0, EVENTS_MAX).map(({ timeNs, name, attributes }) => ({
      timeNs: instantText(timeNs),
      name: scrubName(name, '', log),
      attributes: scrubAttributes(attributes, scope, log),
    })),
    links: span.links.slice(0, LINKS_MAX).map((link) => ({
      traceId: idText(link.traceId, log),
      spanId: idText(link.spanId, log),
    })),
    attribution: subjects.attribution,
    cut,
  };
  return {
    service: resource.service,
    kept: bounded(whole, log),
    tokens: subjects.tokens,
    linkTokens: subjects.linkTokens,
    subjectSet: subjects.subjectSet,
    atMs: eventMs(span.startNs),
    scrubbed: log.counts(),
  };
}

/** For a span that cannot even be scrubbed: numbers and nothing that its sender wrote. Nobody can read it again. */
export function bareRemains(span: DecodedSpan): RejectedRemains {
  const none = { resource: {}, attributes: {}, events: [], links: [] };
  return {
    service: 'service:-',
    kept: {
      ...none,
      traceId: '',
      spanId: '',
      parentId: '',
      name: '',
      kind: span.kind,
      startNs: instantText(span.startNs),
      endNs: instantText(span.endNs),
      status: span.status,
      scopeName: '',
      scopeVersion: '',
      attribution: 'none',
      cut: true,
    },
    tokens: [],
    linkTokens: [],
    subjectSet: '',
    atMs: eventMs(span.startNs),
    scrubbed: {},
  };
}

/** `vestige.*` in the form in which it came, and the conversation as its key is stored. */
function readAttributes(view: SpanView): KeptSpan['attributes'] {
  const attributes: KeptSpan['attributes'] = {};
  for (const key of READ_TEXTS) {
    const text = view.text(key);
    if (text !== '') attributes[key] = kept(text, view.log, NAME_CHARS_MAX);
  }
  for (const key of READ_LISTS) {
    const items = view.list(key).slice(0, RECORD_REFS_MAX);
    if (items.length > 0) attributes[key] = items.map((item) => kept(item, view.log));
  }
  const linksCut = view.span.links.length - LINKS_MAX;
  if (linksCut > 0) attributes[CUT_COUNTS.links] = String(Math.max(0, view.count(CUT_COUNTS.links)) + linksCut);
  const conversation = conversationOf(view);
  if (conversation !== '') attributes['gen_ai.conversation.id'] = conversation.slice('conversation:'.length);
  return attributes;
}

/** Sixteen digits of an id may look like a card number and are none; what has no id's length may be anything. */
function idText(id: string, log: ScrubLog): string {
  return /^(?:[0-9a-f]{16}|[0-9a-f]{32})$/.test(id) ? id : kept(id, log, HEX_CHARS_MAX);
}

/** A time that no clock shows is a number that somebody wrote, and may be a telephone number. */
function instantText(ns: bigint): string {
  return isUsable(ns) ? String(ns) : '0';
}

function isUsable(ns: bigint): boolean {
  return ns >= START_NS_MIN && ns <= START_NS_MAX;
}

/** Without events, which are for people who explain, and only then without what it takes to read the span again. */
function bounded(whole: KeptSpan, log: ScrubLog): KeptSpan {
  const fits = (span: KeptSpan) => JSON.stringify(span).length <= KEPT_CHARS_MAX;
  if (fits(whole)) return whole;
  for (const _ of whole.events) log.dropped('event');
  const withoutEvents = { ...whole, events: [] };
  if (fits(withoutEvents)) return withoutEvents;
  return { ...withoutEvents, attributes: {}, links: [], cut: true };
}

function eventMs(startNs: bigint): number {
  return isUsable(startNs) ? Number(startNs / 1_000_000n) : 0;
}

/** A kept span as reading takes it. Its tokens are gone: who it was of is known beside it. */
export function decodedOf(span: KeptSpan): DecodedSpan {
  return {
    ...span,
    startNs: BigInt(span.startNs),
    endNs: BigInt(span.endNs),
    statusMessage: '',
    attributes: withLists(span.attributes),
    events: span.events.map((event) => ({ ...event, timeNs: BigInt(event.timeNs) })),
    links: span.links.map((link) => ({ ...link, attributes: {} })),
  };
}

/** The one list that scrubbing writes out as text and a recogniser reads as a list. */
const LISTS_AS_TEXT = ['aws.dynamodb.table_names'] as const;

export function withLists(attributes: KeptSpan['attributes']): Attrs {
  const read: Attrs = { ...attributes };
  for (const key of LISTS_AS_TEXT) {
    const text = attributes[key];
    if (typeof text === 'string') read[key] = text.split(',');
  }
  return read;
}

/**
 * The context for reading what was scrubbed already: what is left of a record's key or an identifier must not be taken
 * for one.
 */
export function scrubbedContext(context: ReadContext): ReadContext {
  return { ...context, recordRefs: null, tokenFor: null };
}
