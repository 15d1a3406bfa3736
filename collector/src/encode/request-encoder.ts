import type { ReadContext } from '@vestige/core/recognise/read-context';
import type { Tenant } from '@vestige/store/control/tenant-store';

/** In what form spans come in; both take the same path. */
export type SpansForm = 'protobuf' | 'json';

/**
 * One export request → one log record: decode, scrub, recognise and encode in one pass, before anything is durable.
 *
 * Promises:
 * - nothing unscrubbed leaves it, in any form;
 * - a span it cannot take is rejected alone, with a reason, and its scrubbed remains are part of the payload;
 * - the same bytes under the same context give the same payload, whoever encodes them (this thread or a worker);
 * - it holds the event loop for a bounded time per request, and its memory grows with the request only.
 */
export interface RequestEncoder {
  /** @throws VestigeError `bad_request` for a body that is no export request, `too_large` beyond the decoding limits */
  encode(
    tenant: Tenant,
    context: ReadContext,
    body: Uint8Array,
    form: SpansForm,
    receivedAtMs: number,
  ): Promise<EncodedRequest>;
  close(): Promise<void>;
}

/** What one request became: what its answer and the metrics need, and the record the log keeps. */
export interface EncodedRequest {
  /** Spans in `payload`; 0 with rejected ones only. */
  readonly spans: number;
  /** Scrubbed rows that still carry tokens; opaque to the log. Empty when there is nothing to store. */
  readonly payload: Uint8Array;
  /** By reason (the closed list of reject reasons). */
  readonly rejected: Readonly<Record<string, number>>;
  /** What scrubbing removed, by attribute key or kind of mask. */
  readonly scrubbed: Readonly<Record<string, number>>;
  /** Newest end of a span (ms) by service name, without the `service:` prefix. */
  readonly newestMs: ReadonlyMap<string, number>;
}
