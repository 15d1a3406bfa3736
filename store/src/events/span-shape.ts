import type { ReadSpan, Touch } from '@vestige/core/model/span';
import { ENUMS } from './event-blocks.ts';

/**
 * What the spans of one place in a program have in common: everything of a row of `spans` but ids, times, counts and
 * the texts of its attributes. Made once and shared by all its rows.
 */
export interface SpanShape {
  readonly name: string;
  /** Number of the Enum8 column; so are the other numbers below that are texts in {@link ReadSpan}. */
  readonly kind: number;
  readonly outcome: number;
  readonly scope: string;
  readonly self: string;
  readonly owner: string;
  readonly touches: readonly Touch[];
  readonly touchActions: readonly number[];
  readonly touchPeers: readonly string[];
  readonly touchRules: readonly string[];
  readonly ruleSet: number;
  readonly recordRefs: number;
  readonly derivedFrom: number;
  readonly links: number;
  readonly attribution: number;
  readonly role: number;
  readonly categories: readonly string[];
  readonly purpose: string;
  readonly legalBasis: number;
  readonly retentionUntilMs: number;
  readonly recipientHost: string;
  readonly recipientCountry: string;
  readonly requestId: string;
  /** In the order of their values. */
  readonly attrKeys: readonly string[];
  readonly eventNames: readonly string[];
  /** Number of attributes of each event, and the keys of all of them. */
  readonly eventAttrCounts: readonly number[];
  readonly eventAttrKeys: readonly string[];
}

export function spanShape(span: ReadSpan): SpanShape {
  const eventAttrs = span.events.map(({ attrs }) => Object.keys(attrs));
  return {
    name: span.name,
    kind: ENUMS.kind[span.kind],
    outcome: ENUMS.outcome[span.outcome],
    scope: span.scope,
    self: span.self,
    owner: span.owner,
    touches: span.touches,
    touchActions: span.touches.map(({ action }) => ENUMS.action[action]),
    touchPeers: span.touches.map(({ peer }) => peer),
    touchRules: span.touches.map(({ rule }) => rule),
    ruleSet: span.ruleSet,
    recordRefs: span.recordRefs.length,
    derivedFrom: span.derivedFrom.length,
    links: span.links.length,
    attribution: ENUMS.attribution[span.attribution],
    role: ENUMS.role[span.role],
    categories: span.categories,
    purpose: span.purpose,
    legalBasis: ENUMS.legal_basis[span.legalBasis],
    retentionUntilMs: span.retentionUntilMs,
    recipientHost: span.recipientHost,
    recipientCountry: span.recipientCountry,
    requestId: span.requestId,
    attrKeys: Object.keys(span.attrs),
    eventNames: span.events.map(({ name }) => name),
    eventAttrCounts: eventAttrs.map((keys) => keys.length),
    eventAttrKeys: eventAttrs.flat(),
  };
}

/** What all spans of one process have in common. */
export interface SpanProcess {
  /** `service:{service}` */
  readonly service: string;
  readonly instance: string;
  /** JSON object of strings. */
  readonly resource: string;
}
