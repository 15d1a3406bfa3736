import type { Action, Attribution, SubjectRole } from '../convention/attributes.ts';
import type { Outcome, SpanKind, Touch } from '../model/span.ts';

/**
 * What the closure reads. The store fetches these rows by narrow keys; the closure (pure) decides which keys it needs
 * next. Times are microseconds since the epoch as numbers: exact below the year 2255 and cheap to compare.
 */

/** One span, without attributes: what the closure needs of it. */
export interface SpanFact {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly kind: SpanKind;
  readonly startUs: number;
  readonly endUs: number;
  readonly outcome: Outcome;
  readonly service: string;
  readonly self: string;
  readonly owner: string;
  readonly touches: readonly Touch[];
  readonly recordRefs: readonly string[];
  readonly recordCount: number;
  readonly derivedFrom: readonly string[];
  readonly conversation: string;
  /** How *any* subject was tagged on this span. `declared` without a tag for S means: declared for others (ruling 6). */
  readonly attribution: Attribution;
  readonly role: SubjectRole;
  readonly categories: readonly string[];
  readonly purpose: string;
  readonly retentionUntilMs: number;
  readonly recipientHost: string;
  readonly recipientCountry: string;
  readonly requestId: string;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

/** Subject S is tagged on this span. One per (span, subject). */
export interface SubjectTag {
  readonly traceId: string;
  readonly spanId: string;
  readonly startUs: number;
  readonly attribution: Attribution;
  readonly role: SubjectRole;
  /** The tag arrived on a link, not on the span itself. */
  readonly viaLink: boolean;
}

/** The same, of one of many people. */
export interface PersonTag extends SubjectTag {
  readonly subjectId: string;
}

/** A span that touched a jump key: a record ref, a conversation key, or a memory node. */
export interface JumpHit {
  readonly key: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly startUs: number;
  readonly action: Action;
}

/** Span `(traceId, spanId)` links to `(linkedTraceId, linkedSpanId)`. */
export interface LinkHit {
  readonly linkedTraceId: string;
  readonly linkedSpanId: string;
  readonly traceId: string;
  readonly spanId: string;
}

/** One run of a batch job moved data from `input` to `output` (OpenLineage). Node ids. */
export interface DatasetEdge {
  readonly input: string;
  /** '' for a run that only deletes (DROP, TRUNCATE). */
  readonly output: string;
  readonly job: string;
  /** Node id of the job that started the run (`parent` facet); absent when nobody said. */
  readonly parentJob?: string;
  readonly runId: string;
  readonly startUs: number;
  /** The last that was heard of the run. */
  readonly endUs: number;
  /** Of a run that did not say that it ended: until when it may have gone on. Absent otherwise. */
  readonly untilUs?: number;
  /** The run failed or was aborted: what it wrote may be there, and nothing says that it is (ruling 13). */
  readonly failed?: true;
  /** `drop`, `truncate`, `overwrite` end residency of the output (ruling 7); `` otherwise. */
  readonly lifecycle: '' | 'drop' | 'truncate' | 'overwrite';
  /** How the input reached the output, by the `columnLineage` facet; absent when nobody said (rule 7). */
  readonly columns?: ColumnFlow;
  /** Registered sets of the people whose data the run worked on; absent when it states none. */
  readonly subjectSets?: readonly string[];
  /** Whether this person is in one of `subjectSets`: filled in by whoever asks about a person; absent without sets. */
  readonly statesPerson?: boolean;
  /** From `tags` of the dataset read and of the dataset written. */
  readonly inputCategories?: readonly string[];
  readonly outputCategories?: readonly string[];
}

/**
 * Strongest first. `copied`: a column of the output is made from one of the input's. `masked`: only through a masking
 * transformation (hash, anonymisation). `shaped`: the input only filtered, joined, grouped or sorted. `none`: the columns
 * of the output are told, and none of them comes from this input.
 */
export const COLUMN_FLOWS = ['copied', 'masked', 'shaped', 'none'] as const;
export type ColumnFlow = (typeof COLUMN_FLOWS)[number];

export interface JumpNeed {
  readonly key: string;
  readonly fromUs: number;
  /** Only hits that delete: of a record about which nothing but its residency is asked. */
  readonly deletesOnly?: true;
}

/** Keys that the closure wants next. Empty arrays everywhere mean it has all it needs. */
export interface Needs {
  readonly traces: readonly string[];
  /** Record refs, conversation keys, memory nodes; hits at or after `fromUs`. */
  readonly jumps: readonly JumpNeed[];
  /** Traces whose spans may be linked *to* from elsewhere. */
  readonly linksTo: readonly string[];
  /** Store node ids whose downstream job runs are wanted. */
  readonly datasets: readonly string[];
}

/** The answer to one round of {@link Needs}. `cut`: a limit was hit, so the answer must say `truncated`. */
export interface Facts {
  readonly spans: readonly SpanFact[];
  readonly jumps: readonly JumpHit[];
  readonly links: readonly LinkHit[];
  readonly datasets: readonly DatasetEdge[];
  readonly cut: boolean;
}
