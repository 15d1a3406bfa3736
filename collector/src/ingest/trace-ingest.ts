import { VestigeError } from '@vestige/core/errors';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { SpansForm } from '../encode/request-encoder.ts';
import type { Metrics } from '../metrics.ts';
import { RequestGroups, type RequestGroupsDeps } from './request-groups.ts';
import type { SuppressionWatch } from './suppression-watch.ts';
import type { TenantContexts } from './tenant-contexts.ts';

export interface TraceIngestDeps extends RequestGroupsDeps {
  readonly contexts: TenantContexts;
  readonly watch: SuppressionWatch;
  readonly metrics: Metrics;
  /** Wall clock. */
  readonly nowMs: () => number;
  readonly onStoreFailed: (error: unknown) => void;
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
   * again changes nothing. Whose they are is found out later, when the log is drained: a database that is away delays
   * when they are seen, not this answer. A tenant that this process hears of for the first time is the exception, for
   * what reading its spans takes is in the database.
   *
   * @param body of an OTLP export request, inflated
   * @throws VestigeError `bad_request` for a body that is no export request, `too_large` beyond the decoding limits
   * @throws VestigeError `rate_limited` when the tenant has too much under way, and it alone is to slow down
   * @throws VestigeError `store_unavailable` for any failure to store: whatever its reason, the sender's only safe move
   *   is to send the same spans again
   */
  take(tenant: Tenant, body: Uint8Array, form: SpansForm): Promise<TraceIngestReport>;
}

export function createTraceIngest(deps: TraceIngestDeps): TraceIngest {
  const { contexts, watch, metrics, nowMs } = deps;
  const groups = new RequestGroups(deps);

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
      const context = await storing(contexts.of(tenant));
      // Before anything of the tenant is in the log: an erasure must know that it has to wait for this collector.
      await storing(watch.register(tenant.id));
      const request = { body, form, receivedAtMs: nowMs() };
      const { spans, rejected, scrubbed, newestMs } = await groups.take(tenant, context, request);
      metrics.accepted.inc(spans);
      metrics.scrubbed(scrubbed);
      for (const [reason, count] of Object.entries(rejected)) metrics.rejected.inc({ reason }, count);
      for (const [service, endMs] of newestMs) {
        contexts.sawService(tenant.id, service);
        metrics.watermark(tenant.id, service, endMs);
      }
      return { accepted: spans, rejected };
    },
  };
}
