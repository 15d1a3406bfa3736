import type { ReadContext } from '@vestige/core/recognise/read-context';
import type { Tenant } from '@vestige/store/control/tenant-store';

/** In what form spans come in; both take the same path. */
export type SpansForm = 'protobuf' | 'json';

/** An export request as it came, inflated. */
export interface RequestBody {
  readonly body: Uint8Array;
  readonly form: SpansForm;
  readonly receivedAtMs: number;
}

/**
 * Export requests of one tenant → one log record: decode, scrub, recognise and encode in one pass, before anything is
 * durable. Requests that came at the same time share the heads, the dictionaries and the fsync of a record.
 *
 * Promises:
 * - nothing unscrubbed leaves it, in any form;
 * - a span it cannot take is rejected alone, with a reason, and its scrubbed remains are part of the payload;
 * - the same bytes under the same context give the same payload, whoever encodes them (this thread or a worker);
 * - it holds the event loop for a bounded time, and its memory grows with the requests only.
 */
export interface RequestEncoder {
  /**
   * All of them or none: nothing of the others is kept when one cannot be read, and whoever asks tries each alone.
   *
   * @throws VestigeError `bad_request` for a body that is no export request, `too_large` beyond the decoding limits
   */
  encode(tenant: Tenant, context: ReadContext, requests: readonly RequestBody[]): Promise<EncodedRequests>;
  close(): Promise<void>;
}

/** What requests became: the record the log keeps, and what the answer of each needs. */
export interface EncodedRequests {
  /** Spans in `payload`; 0 with rejected ones only. */
  readonly spans: number;
  /** Spans that name a subject set, rejected ones among them: a set may stand for 100,000 people. */
  readonly setSpans: number;
  /** Scrubbed rows that still carry tokens; opaque to the log. Empty when there is nothing to store. */
  readonly payload: Uint8Array;
  /** In the order in which they were given. */
  readonly requests: readonly EncodedRequest[];
}

/** What one request became, for its answer and the metrics. */
export interface EncodedRequest {
  /** Of its spans in the payload. */
  readonly spans: number;
  /** By reason (the closed list of reject reasons). */
  readonly rejected: Readonly<Record<string, number>>;
  /** What scrubbing removed, by attribute key or kind of mask. */
  readonly scrubbed: Readonly<Record<string, number>>;
  /** Newest end of a span (ms) by service name, without the `service:` prefix. */
  readonly newestMs: ReadonlyMap<string, number>;
}
