import { VestigeError } from '@vestige/core/errors';
import type { ReadSpan } from '@vestige/core/model/span';
import type { AliasStore } from '@vestige/store/control/alias-store';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { EventStore, ResolvedSpan } from '@vestige/store/events/event-store';
import type { SpansForm } from '../encode/request-encoder.ts';
import type { Metrics } from '../metrics.ts';
import { readJsonTraces } from '../otlp/read-json.ts';
import { readProtobufTraces } from '../otlp/read-protobuf.ts';
import { readSpans } from './read-spans.ts';
import { keepRejected, subjectsOfRejected, type UnresolvedRejected } from './rejected-spans.ts';
import type { SubjectCache } from './subject-cache.ts';
import { type SubjectsOfSpans, subjectsOfSpans } from './subjects-of-spans.ts';
import type { SuppressionWatch } from './suppression-watch.ts';
import type { TenantContexts } from './tenant-contexts.ts';
import { underOneVersion } from './under-one-version.ts';

/** Spans of one append: above it memory counts, below it a part costs more than its rows (research/perf.md). */
const APPEND_SPANS_MAX = 10_000;
/** Subject tags of one append: a subject set may name 100,000 people on one span. */
const APPEND_TAGS_MAX = 200_000;

export interface TraceIngestDeps {
  readonly aliases: Pick<AliasStore, 'resolve' | 'subjectsOfSet'>;
  readonly events: Pick<EventStore, 'append' | 'appendRejected'>;
  readonly contexts: TenantContexts;
  readonly cache: SubjectCache;
  readonly watch: SuppressionWatch;
  readonly metrics: Metrics;
  readonly nowMs: () => number;
  readonly onStoreFailed: (error: unknown) => void;
  readonly onReaderFault: (error: unknown) => void;
}

export interface TraceIngestReport {
  /** Spans that are durable now; spans of erased people are among them, for a sender need not learn who was erased. */
  readonly accepted: number;
  /** By reason. */
  readonly rejected: Readonly<Record<string, number>>;
}

export interface TraceIngest {
  /**
   * Takes the spans of one request of one tenant, as they came. When this returns they are durable, and sending them
   * again changes nothing.
   *
   * @param body of an OTLP export request, inflated
   * @throws VestigeError `bad_request` for a body that is no export request, `too_large` beyond the decoding limits
   * @throws VestigeError `rate_limited` when the tenant has too much under way, and it alone is to slow down
   * @throws VestigeError `store_unavailable` for any failure to store: whatever its reason, the sender's only safe move
   *   is to send the same spans again
   */
  take(tenant: Tenant, body: Uint8Array, form: SpansForm): Promise<TraceIngestReport>;
}

const READERS = { protobuf: readProtobufTraces, json: readJsonTraces };

export function createTraceIngest(deps: TraceIngestDeps): TraceIngest {
  /** Any failure of a store is temporary to a sender; what it was is for the log. */
  async function storing<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      deps.onStoreFailed(error);
      throw new VestigeError('store_unavailable', 'the spans could not be stored');
    }
  }

  return {
    async take(tenant, body, form) {
      const receivedAtMs = deps.nowMs();
      const decoded = READERS[form](body, receivedAtMs);
      const context = await storing(deps.contexts.of(tenant));
      const rejected: Record<string, number> = { ...decoded.refusedCount };
      const kept = decoded.refused.map(({ span, reason }) => keepRejected(span, context, reason, receivedAtMs));
      let accepted = 0;
      for (let start = 0; start < decoded.spans.length; start += APPEND_SPANS_MAX) {
        const slice = decoded.spans.slice(start, start + APPEND_SPANS_MAX);
        const read = await readSpans(slice, context, receivedAtMs, deps.onReaderFault);
        await storing(appendSpans(tenant, read.spans));
        accepted += read.spans.length;
        deps.metrics.scrubbed(read.scrubbed);
        kept.push(...read.kept);
        for (const [reason, count] of Object.entries(read.rejectedCount)) {
          rejected[reason] = (rejected[reason] ?? 0) + count;
        }
      }
      if (kept.length > 0) await storing(appendRejected(tenant, kept));
      for (const [reason, count] of Object.entries(rejected)) deps.metrics.rejected.inc({ reason }, count);
      return { accepted, rejected };
    },
  };

  async function appendSpans(tenant: Tenant, spans: readonly ReadSpan[]): Promise<void> {
    const resolved = await underOneVersion(
      deps.watch,
      tenant.id,
      (version) => subjectsOfSpans(deps.aliases, deps.cache, tenant.id, version, spans),
      async ({ spans: ofSubjects }) => {
        for (const batch of batchesOf(ofSubjects)) {
          const stop = deps.metrics.appendSeconds.startTimer();
          await deps.events.append(tenant.id, { spans: batch });
          stop();
        }
      },
    );
    count(tenant, resolved);
  }

  async function appendRejected(tenant: Tenant, rejected: readonly UnresolvedRejected[]): Promise<void> {
    await underOneVersion(
      deps.watch,
      tenant.id,
      (version) => subjectsOfRejected(deps.aliases, deps.cache, tenant.id, version, rejected),
      (resolved) => deps.events.appendRejected(tenant.id, resolved),
    );
  }

  function count(tenant: Tenant, resolved: SubjectsOfSpans): void {
    deps.metrics.accepted.inc(resolved.spans.length);
    deps.metrics.suppressedSpans.inc(resolved.suppressedSpans);
    deps.metrics.suppressedTags.inc(resolved.suppressedTags);
    deps.metrics.unknownSets.inc(resolved.unknownSets);
    for (const { span } of resolved.spans) {
      const service = span.service.slice('service:'.length);
      deps.contexts.sawService(tenant.id, service);
      deps.metrics.watermark(tenant.id, service, Number(span.endNs / 1_000_000n));
    }
  }
}

/** One batch nearly always; more when subject sets name very many people. The same spans give the same batches. */
function* batchesOf(spans: readonly ResolvedSpan[]): Generator<ResolvedSpan[]> {
  let batch: ResolvedSpan[] = [];
  let tags = 0;
  for (const span of spans) {
    const own = span.subjectIds.length + span.linkSubjectIds.length;
    if (batch.length > 0 && tags + own > APPEND_TAGS_MAX) {
      yield batch;
      batch = [];
      tags = 0;
    }
    batch.push(span);
    tags += own;
  }
  if (batch.length > 0) yield batch;
}
