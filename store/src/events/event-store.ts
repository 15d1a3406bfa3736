import type { TenantId } from '@vestige/core/ids';
import type { CutSpans } from '@vestige/core/lineage/cut-words';
import type { Facts, Needs, SubjectTag } from '@vestige/core/lineage/facts';
import type { ReadSpan } from '@vestige/core/model/span';
import type { LineageEvent } from '@vestige/core/openlineage/lineage-event';
import type { InsertBlock } from '../clickhouse/client.ts';
import type { InstallationReads } from './installation-reads.ts';

/**
 * What happened: scrubbed spans, touches by subject, jumps by record, links, dataset edges. ClickHouse.
 *
 * Promises, run as one suite against every implementation (`event-store-contract.ts`):
 * - `append` resolves only when the rows are durable in the engine and visible to the next read; any error means the
 *   caller must retry the *same* batch. Returning earlier is not allowed, not even as an option.
 * - Appending the same span again, in the same batch or in another one, changes no answer.
 * - A subject id is written to `touches` and nowhere else.
 * - Every read is bounded by a limit given or stated, and says in `cut` when it was reached.
 * - A tenant's rows are seen by that tenant only, whatever the other arguments say.
 * - No value a client sent appears in a query text or in an error.
 */
export interface EventStore extends InstallationReads {
  append(tenant: TenantId, batch: EventBatch): Promise<void>;
  /**
   * Rows the collector encoded itself, of any tenants (the tenant is a column): the same promises as `append`. All of
   * `first` is written before any of `last`; on failure the caller retries the identical blocks.
   */
  appendEncoded(blocks: EncodedBlocks): Promise<void>;

  /** Which spans carry these subjects (several ids when aliases were linked), oldest first. */
  subjectTags(tenant: TenantId, query: SubjectTagQuery): Promise<Bounded<SubjectTag>>;
  /** One round of what the closure asked for, with every span of a wanted trace. */
  facts(tenant: TenantId, needs: Needs, limits: FactLimits): Promise<Facts>;
  /** First and last instant, number of spans, categories and purposes of a subject. Null for an unknown one. */
  subjectSummary(tenant: TenantId, subjectIds: readonly string[]): Promise<SubjectSummary | null>;
  /** A whole trace with attributes, for `/v1/traces/{id}` and explain. At most `limit` spans. */
  trace(tenant: TenantId, traceId: string, limit: number): Promise<Bounded<StoredSpan>>;

  /** `{service}` of everybody who sent spans that are kept, without the `service:` prefix; at most 10,000. */
  services(tenant: TenantId): Promise<string[]>;
  /** Newest span and missing `vestige.seq` numbers of every service that sent spans in the window (ruling 32). */
  watermarks(tenant: TenantId, window: Window): Promise<Watermark[]>;
  /** Services whose spans on the days of the window lost links or attributes at a limit; by service, at most 10,000. */
  cutSpans(tenant: TenantId, window: Window): Promise<CutSpans[]>;
  /** Whether there may be spans that only rules of an older version have read; as of ten minutes ago at most, or unknown. */
  holdsOlderReadings(tenant: TenantId): Promise<boolean>;
  /**
   * Spans rejected, and touches of stores without a subject, in the window. Never waits for everybody's touches to be
   * counted: it says how old its count is, or on how many days nobody has counted yet.
   */
  gaps(tenant: TenantId, window: Window): Promise<Gaps>;

  appendRejected(tenant: TenantId, rejected: readonly RejectedSpan[]): Promise<void>;
  /** OpenLineage events. The same promises as `append`; those of one run are joined by whoever reads. */
  appendLineageEvents(tenant: TenantId, events: readonly LineageEvent[]): Promise<void>;

  /** Cheap round trip, for `/readyz`. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface Bounded<T> {
  readonly rows: T[];
  /** A limit was reached: there is more than `rows`. */
  readonly cut: boolean;
}

/** Microseconds since the epoch; `from` inclusive, `to` exclusive; null is open. */
export interface Window {
  readonly fromUs: number | null;
  readonly toUs: number | null;
}

/** Insert blocks in two steps: whoever finds a person in `touches` must find the span, its records and its links too. */
export interface EncodedBlocks {
  /** Spans, record touches, links, rejected spans. */
  readonly first: readonly InsertBlock[];
  /** Touches. */
  readonly last: readonly InsertBlock[];
}

export interface EventBatch {
  readonly spans: readonly ResolvedSpan[];
}

/** A span whose tokens the alias step has turned into subjects. */
export interface ResolvedSpan {
  readonly span: ReadSpan;
  /** Subjects tagged on the span itself. */
  readonly subjectIds: readonly string[];
  /** Subjects that arrived on its links (ruling 16). */
  readonly linkSubjectIds: readonly string[];
}

export interface SubjectTagQuery extends Window {
  readonly subjectIds: readonly string[];
  readonly limit: number;
}

export interface FactLimits {
  /** Spans per round. */
  readonly spansMax: number;
  /** Hits per jump key. */
  readonly hitsPerKeyMax: number;
}

export interface SubjectSummary {
  readonly firstSeenUs: number;
  readonly lastSeenUs: number;
  readonly spans: number;
  readonly categories: string[];
  readonly purposes: string[];
}

/** A span as it lies in the table: {@link ReadSpan} without tokens, with the subjects that tag it. */
export interface StoredSpan extends Omit<ReadSpan, 'tokens' | 'linkTokens' | 'subjectSet'> {
  readonly subjectIds: readonly string[];
}

export interface Watermark {
  /** `{service}` without the `service:` prefix. */
  readonly service: string;
  readonly newestSpanMs: number;
  readonly missingSeq: number;
}

export interface Gaps {
  readonly rejectedSpans: number;
  /** Job runs on days of the window that say what they filled and not from what; null while nobody has counted them. */
  readonly runsWithoutInputs: number | null;
  /** When they were counted, where that was earlier; absent when it is of now. */
  readonly runsAsOfMs?: number;
  /** Touches of stores, memories, queues and recipients on spans without any subject, in traces without any subject. */
  readonly unattributedTouches: number;
  /** When they were counted, where spans may have come in since that would change the count; absent when it is of now. */
  readonly unattributedAsOfMs?: number;
  /** Days, parts of days among them, that are being counted while nobody waits, and are not in the number; absent when none. */
  readonly uncountedDays?: number;
}

/** A span that could not be understood: where it came from, why, what may be kept of it, and whose it is. */
export interface RejectedSpan {
  readonly receivedAtMs: number;
  /** One of the closed reject reasons. */
  readonly reason: string;
  /** `service:{service}` */
  readonly service: string;
  /** `KeptSpan` of core/src/model/kept-span.ts as JSON: scrubbed, without tokens, at most 16 KiB. */
  readonly span: string;
  /** Subjects of the span itself. */
  readonly subjectIds: readonly string[];
  /** Subjects that arrived on its links only. */
  readonly linkSubjectIds: readonly string[];
}
