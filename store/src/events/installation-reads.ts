import type { TenantId } from '@vestige/core/ids';
import type { CoverageCount } from '@vestige/core/lineage/coverage';
import type { JobFlow, TraceShape } from '@vestige/core/lineage/data-map';
import type { PersonTag } from '@vestige/core/lineage/facts';
import type { KeySpan } from '@vestige/core/lineage/key-span';
import type { Bounded, Window } from './event-store.ts';

/**
 * Questions about an installation rather than about one person: they scan a window instead of following a key. Each is
 * one narrow scan, bounded in rows and time, and says in `cut` when more would have followed.
 */
export interface InstallationReads {
  /** Touches with and without a subject: all of them, and the worst services, peers and call sites. */
  coverage(tenant: TenantId, window: Window, perLevelMax: number): Promise<Bounded<CoverageCount>>;

  /** Traces that do the same, counted, with one of each as an example. The most frequent kinds first. */
  traceShapes(tenant: TenantId, window: Window, shapesMax: number): Promise<TraceShapes>;
  /** What batch jobs read and wrote in the window, and what jobs are described to. */
  jobFlows(tenant: TenantId, window: Window, limit: number): Promise<Bounded<JobFlow>>;

  /** Ids of all nodes that acted or were touched in the window, with the outside host that a touch reached, or ''. */
  nodesSeen(tenant: TenantId, window: Window, limit: number): Promise<Bounded<SeenNode>>;
  /** Traces in which one of these nodes acted or was touched, oldest first. Spans that ran into the window count. */
  tracesAt(tenant: TenantId, nodes: readonly string[], window: Window, limit: number): Promise<Bounded<string>>;
  /** Conversations of the traces in which one of these nodes acted before an instant. */
  conversationsAt(tenant: TenantId, nodes: readonly string[], toUs: number, limit: number): Promise<Bounded<string>>;
  /** Spans of these traces that have a key through which data jumps between traces, or a link. */
  keySpans(tenant: TenantId, traceIds: readonly string[], limit: number): Promise<Bounded<KeySpan>>;

  /** Traces that may have left somebody's data under one of these keys (record refs, conversations, memories). */
  tellers(tenant: TenantId, keys: readonly string[], toUs: number, limit: number): Promise<Bounded<Teller>>;

  /** Who is tagged in these traces, other than as an actor: each once a trace. */
  peopleOfTraces(tenant: TenantId, traceIds: readonly string[], limit: number): Promise<Bounded<PersonInTrace>>;
  /** All that is tagged in these traces, of whomever. */
  tagsOfTraces(tenant: TenantId, traceIds: readonly string[], limit: number): Promise<Bounded<PersonTag>>;
  /** All that is tagged with these subjects; by subject, oldest first. */
  tagsOfSubjects(tenant: TenantId, subjectIds: readonly string[], limit: number): Promise<Bounded<PersonTag>>;
  /** About how many spans each of these subjects is tagged on, at least so many; nobody with none. */
  taggedSpans(tenant: TenantId, subjectIds: readonly string[]): Promise<ReadonlyMap<string, number>>;

  /** Whether a batch run was at one of these nodes in the window, and which of them one read or took the name of. */
  runsAt(tenant: TenantId, nodes: readonly string[], window: Window): Promise<RunsAt>;
  /** Jobs and datasets of all batch runs that were going on in the window. */
  nodesOfRuns(tenant: TenantId, window: Window, limit: number): Promise<Bounded<string>>;
  /** Datasets that runs which wrote one of these had read, also by a job (`job:…`) given in their place. */
  sourcesOf(tenant: TenantId, nodes: readonly string[], limit: number): Promise<Bounded<string>>;

  /** Spans received, repeated deliveries included, oldest first; what nothing came in for is left out. */
  volume(tenant: TenantId, window: Window, bucket: VolumeBucket): Promise<VolumePoint[]>;
  /** Spans that could not be understood and were not replayed, by reason, the most frequent first. */
  rejections(tenant: TenantId, window: Window): Promise<Rejections[]>;
}

/** Hours are counted span by span: ask for few of them. Days come from a summary, whole ones only. */
export type VolumeBucket = 'hour' | 'day';

export interface VolumePoint {
  /** Where the hour or the day (UTC) begins. */
  readonly startMs: number;
  readonly spans: number;
}

export interface Rejections {
  readonly reason: string;
  readonly spans: number;
}

export interface SeenNode {
  readonly id: string;
  readonly host: string;
}

export interface PersonInTrace {
  readonly traceId: string;
  readonly subjectId: string;
}

export interface Teller {
  readonly key: string;
  readonly traceId: string;
}

export interface RunsAt {
  readonly any: boolean;
  readonly read: readonly string[];
}

export interface TraceShapes extends Bounded<TraceShape> {
  /** Of the window, shown or not. */
  readonly shapes: number;
  readonly traces: number;
}
