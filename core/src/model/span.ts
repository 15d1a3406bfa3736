import type { Action, Attribution, LegalBasis, SubjectRole } from '../convention/attributes.ts';

/**
 * The three forms a span takes on its way in: as decoded from OTLP (may hold personal data, lives in memory only),
 * as scrubbed and recognised (safe to keep), and as a tag that joins it to a subject.
 */

/** Any value OTLP can carry. `Uint8Array` is `bytesValue`; `null` is an empty AnyValue. Integers beyond 2^53 are bigint. */
export type AttrValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | AttrValue[]
  | { [key: string]: AttrValue };
export type Attrs = Record<string, AttrValue>;

export const SPAN_KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

/** One span as the wire carried it: nothing is scrubbed yet, so it must not outlive the request that brought it. */
export interface DecodedSpan {
  readonly resource: Attrs;
  readonly scopeName: string;
  readonly scopeVersion: string;
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** 16 lower-case hex digits, or '' for a root. */
  readonly parentId: string;
  readonly name: string;
  readonly kind: SpanKind;
  /** Nanoseconds since the epoch, the application's clock. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly status: 'unset' | 'ok' | 'error';
  readonly statusMessage: string;
  readonly attributes: Attrs;
  readonly events: readonly { readonly timeNs: bigint; readonly name: string; readonly attributes: Attrs }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string; readonly attributes: Attrs }[];
}

/** What one span did to one peer. A span may hold several (`INSERT … SELECT`, a model call that shares and receives). */
export interface Touch {
  /** Node id, e.g. `store:postgres://db:5432/shop.public.users`. */
  readonly peer: string;
  readonly action: Action;
  /** Id of the recogniser rule, e.g. `db.sql.insert`. */
  readonly rule: string;
}

/** The outcome of a call, as far as the span tells. `no_effect`: it failed and provably changed nothing (ruling 13). */
export type Outcome = 'ok' | 'failed' | 'no_effect';

/**
 * One span after scrubbing and recognition: everything in it may be kept. Subject tokens are NOT in `attrs`; they are
 * in `tags` until the alias step turns them into subject ids, and after it only in the `touches` table.
 */
export interface ReadSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly outcome: Outcome;
  /** `service:{service}`, ruling 18. */
  readonly service: string;
  /** `service.instance.id`, or ''. */
  readonly instance: string;
  readonly scope: string;
  readonly attrs: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
  readonly events: readonly {
    readonly timeNs: bigint;
    readonly name: string;
    readonly attrs: Readonly<Record<string, string>>;
  }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** The node this span *is an execution of*: an agent, workflow or tool; '' for a plain span. */
  readonly self: string;
  /** `vestige.owner`: node id of the agent or tool that runs this span when nesting was lost; or ''. */
  readonly owner: string;
  readonly touches: readonly Touch[];
  /** `{node id}#{22 characters}`, ruling 25. */
  readonly recordRefs: readonly string[];
  /** -1 when the span does not say. */
  readonly recordCount: number;
  readonly derivedFrom: readonly string[];
  /** Key of the conversation this span is a turn of (ruling 10), or ''. */
  readonly conversation: string;
  readonly attribution: Attribution;
  readonly role: SubjectRole;
  readonly categories: readonly string[];
  readonly purpose: string;
  readonly legalBasis: LegalBasis | '';
  /** Milliseconds since the epoch, exclusive end of retention (ruling 15); 0 when unknown. */
  readonly retentionUntilMs: number;
  /** Hosts outside the tenant that this span reached, for the recipients list: `{host, country}`; '' when none. */
  readonly recipientHost: string;
  readonly recipientCountry: string;
  /** Our own export or erasure work: never a flow (ruling 14); or ''. */
  readonly requestId: string;
  /** `vestige.seq`; -1 when absent. */
  readonly seq: number;
  readonly ruleSet: number;
  /** Subject tokens (`ps1.…`) of the span itself and of its links. Leaves the process only as subject ids. */
  readonly tokens: readonly string[];
  /** Tokens that arrived on links; they taint like an ambient tag (ruling 16). */
  readonly linkTokens: readonly string[];
  /** `vestige.subject.set`, or ''. */
  readonly subjectSet: string;
}

/** What scrubbing removed from one span, by attribute key or by kind of mask. Counts only. */
export type ScrubCounts = Readonly<Record<string, number>>;
