import type { TenantId } from '@vestige/core/ids';
import type { CoverageCount } from '@vestige/core/lineage/coverage';
import type { JobFlow, TraceShape } from '@vestige/core/lineage/data-map';
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
  /** Subjects tagged in these traces, other than as actors. */
  subjectsOfTraces(tenant: TenantId, traceIds: readonly string[], limit: number): Promise<Bounded<string>>;
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

export interface TraceShapes extends Bounded<TraceShape> {
  /** Of the window, shown or not. */
  readonly shapes: number;
  readonly traces: number;
}
