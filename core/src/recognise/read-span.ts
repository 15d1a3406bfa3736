import { ATTR } from '../convention/attributes.ts';
import { CUT_COUNTS } from '../convention/cut-counts.ts';
import type { DecodedSpan, ReadSpan, ScrubCounts, Touch } from '../model/span.ts';
import { kept, NAME_CHARS_MAX, scrubAttributes, scrubName, withoutContents } from '../scrub/attributes.ts';
import { mask } from '../scrub/mask.ts';
import { ScrubLog } from '../scrub/scrub-log.ts';
import { conversationOf } from './conversation.ts';
import { declaredTouches, ownerOf, recipientOverride } from './declared.ts';
import { outcomeOf } from './outcome.ts';
import type { ReadContext } from './read-context.ts';
import { readResource } from './read-resource.ts';
import { derivedFromOf, ofNamedRecords, recordCountOf, recordRefsOf } from './records.ts';
import { recognise } from './registry.ts';
import { type RejectedRemains, rejectSpan } from './reject-span.ts';
import { retentionEndMs } from './retention.ts';
import { RULE_SET } from './rule-set.ts';
import { SpanView } from './span-view.ts';
import { categoriesOf, legalBasisOf, purposeOf, readSubjects } from './subjects.ts';

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;
const REQUEST_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const COUNTRY = /^[A-Za-z]{2}$/;
/** 2000-01-01 and the last instant a DateTime64(9) can hold: a span outside them has no usable clock. */
const START_NS_MIN = 946_684_800_000_000_000n;
const START_NS_MAX = 9_223_372_036_000_000_000n;
/** A per-process counter does not get there in a lifetime; longer numbers are something else. */
const SEQ_MAX = 999_999_999_999;

/** A `uint32` in OTLP; longer numbers are something else, and may be somebody's. */
const CUT_MAX = 0xffff_ffff;

const TOUCHES_MAX = 64;
const EVENTS_MAX = 32;
const LINKS_MAX = 128;

/** A span that could not be understood, with what may be kept of it. */
export interface Rejected extends RejectedRemains {
  /** One sentence, without values of the span. */
  readonly rejected: string;
}

/**
 * From a span as it came to a span that may be kept: recognised first, on the full text, then scrubbed. Pure; throws
 * nothing; what it could not believe or may not keep is counted, never kept.
 *
 * The result is per span. Who owns a touch, whether an HTTP span under a model call is the same call, and whether a
 * model call stands alone as a turn of its conversation (ruling 10: such calls and agent spans both carry the key) needs
 * the whole trace, which only the closure sees; it has the rule ids, their layer (`RULE_LAYER`) and `self` to decide by.
 */
export function readSpan(
  span: DecodedSpan,
  context: ReadContext,
): { readonly span: ReadSpan; readonly scrubbed: ScrubCounts } | Rejected {
  const log = new ScrubLog();
  const resource = readResource(span.resource, log);
  const view = new SpanView(span, resource, context, log);
  const refusal = refusalOf(span);
  if (refusal !== '') return { rejected: refusal, ...rejectSpan(span, context) };

  view.outcome = outcomeOf(view);
  const recognised = recognise(view);
  const found = settled(declaredTouches(view, recognised.touches), view);
  const recordRefs = recordRefsOf(view, found, recognised.recordRefs ?? []);
  const touches = ofNamedRecords(view, found, recordRefs);
  const subjects = readSubjects(view);
  const scope = { kind: span.kind, system: view.system };
  const { links, cutLinks } = linksOf(view);
  const read: ReadSpan = {
    traceId: span.traceId,
    spanId: span.spanId,
    parentId: SPAN_ID.test(span.parentId) ? span.parentId : '',
    name: scrubName(withoutContents(span, log), view.system, log),
    kind: span.kind,
    startNs: span.startNs,
    // An application's clock may step back during a span; a negative length helps nobody.
    endNs: span.endNs < span.startNs || span.endNs > START_NS_MAX ? span.startNs : span.endNs,
    outcome: view.outcome,
    service: resource.service,
    instance: resource.instance,
    scope: kept(
      span.scopeVersion === '' ? span.scopeName : `${span.scopeName} ${span.scopeVersion}`,
      log,
      NAME_CHARS_MAX,
    ),
    attrs: { ...scrubAttributes(span.attributes, scope, log, subjects.used), ...cutsOf(view, cutLinks) },
    resource: resource.attributes,
    events: eventsOf(view),
    links,
    self: guarded(recognised.self ?? '', log),
    owner: ownerOf(view),
    touches,
    recordRefs,
    recordCount: recordCountOf(view, recognised.recordCount ?? -1),
    derivedFrom: derivedFromOf(view),
    conversation: recognised.turn === true ? conversationOf(view) : '',
    attribution: subjects.attribution,
    role: subjects.role,
    categories: categoriesOf(view),
    purpose: purposeOf(view),
    legalBasis: legalBasisOf(view),
    retentionUntilMs: retentionOf(view),
    recipientHost: mask(recipientOverride(view) || (recognised.recipientHost ?? ''), log.onMask),
    recipientCountry: countryOf(view),
    requestId: requestOf(view),
    seq: seqOf(view),
    ruleSet: RULE_SET,
    tokens: subjects.tokens,
    linkTokens: subjects.linkTokens,
    subjectSet: subjects.subjectSet,
  };
  return { span: read, scrubbed: log.counts() };
}

function refusalOf(span: DecodedSpan): string {
  if (!TRACE_ID.test(span.traceId)) return 'The trace id is not 16 bytes, or zero.';
  if (!SPAN_ID.test(span.spanId)) return 'The span id is not 8 bytes, or zero.';
  if (span.startNs < START_NS_MIN || span.startNs > START_NS_MAX)
    return 'The start time lies before 2000 or after 2262.';
  return '';
}

/**
 * Names are built of masked parts; this catches what a rule forgot (ruling 27: every stored string). A model's id is
 * left out, because `gpt-4o@api.openai.com` looks like an address; its two sides were masked apart.
 */
function guarded(id: string, log: ScrubLog): string {
  return id.startsWith('model:') ? id : mask(id, log.onMask);
}

/** Canonical names by the tenant's aliases, each peer and action once. */
export function settled(touches: readonly Touch[], { context, log }: SpanView): readonly Touch[] {
  if (touches.length === 0) return touches;
  const seen = new Map<string, Touch>();
  for (const found of touches) {
    if (seen.size >= TOUCHES_MAX) break;
    const peer = context.aliases(guarded(found.peer, log));
    const key = `${found.action} ${peer}`;
    if (!seen.has(key)) seen.set(key, peer === found.peer ? found : { ...found, peer });
  }
  return [...seen.values()];
}

function eventsOf(view: SpanView): ReadSpan['events'] {
  const { events, kind } = view.span;
  if (events.length === 0) return [];
  const scope = { kind, system: view.system };
  for (let lost = EVENTS_MAX; lost < events.length; lost++) view.log.dropped('event');
  return events.slice(0, EVENTS_MAX).map(({ timeNs, name, attributes }) => ({
    timeNs: timeNs < 0n || timeNs > START_NS_MAX ? 0n : timeNs,
    name: scrubName(name, '', view.log),
    attrs: scrubAttributes(attributes, scope, view.log),
  }));
}

function linksOf(view: SpanView): { links: ReadSpan['links']; cutLinks: number } {
  const links: { traceId: string; spanId: string }[] = [];
  let cutLinks = 0;
  for (const { traceId, spanId, attributes } of view.span.links) {
    const isUsable = TRACE_ID.test(traceId) && SPAN_ID.test(spanId);
    if (isUsable && links.length < LINKS_MAX) links.push({ traceId, spanId });
    else {
      view.log.dropped('link');
      if (isUsable) cutLinks += 1;
    }
    for (const key of Object.keys(attributes)) if (key !== ATTR.subjectTokens) view.log.dropped(`link.${key}`);
  }
  return { links, cutLinks };
}

/** What the SDK cut off the span, and what is cut here: an answer says that there was more (ADR 0103). */
function cutsOf(view: SpanView, cutLinks: number): Record<string, string> {
  const counts = Object.values(CUT_COUNTS).map((key) => {
    const said = view.count(key);
    if (said > CUT_MAX) view.log.odd(key);
    return [key, (said > 0 && said <= CUT_MAX ? said : 0) + (key === CUT_COUNTS.links ? cutLinks : 0)] as const;
  });
  return Object.fromEntries(counts.filter(([, count]) => count > 0).map(([key, count]) => [key, String(count)]));
}

function retentionOf(view: SpanView): number {
  const text = view.text(ATTR.retentionUntil);
  if (text === '') return 0;
  const endMs = retentionEndMs(text);
  if (endMs === 0) view.log.odd(ATTR.retentionUntil);
  return endMs;
}

function countryOf(view: SpanView): string {
  const text = view.text(ATTR.recipientCountry);
  if (text === '' || COUNTRY.test(text)) return text.toUpperCase();
  view.log.odd(ATTR.recipientCountry);
  return '';
}

function requestOf(view: SpanView): string {
  const text = view.text(ATTR.requestId);
  if (text === '' || REQUEST_ID.test(text)) return text.toLowerCase();
  view.log.odd(ATTR.requestId);
  return '';
}

function seqOf(view: SpanView): number {
  const seq = view.count(ATTR.seq);
  if (seq <= SEQ_MAX) return seq;
  view.log.odd(ATTR.seq);
  return -1;
}
