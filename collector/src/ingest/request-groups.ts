import type { TenantId } from '@vestige/core/ids';
import type { ReadContext } from '@vestige/core/recognise/read-context';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { EncodedRequest, EncodedRequests, RequestBody, RequestEncoder } from '../encode/request-encoder.ts';
import type { IngestLog } from '../log/ingest-log.ts';

/** Bodies of one record: encoding them takes some twenty milliseconds, for which none of them is acknowledged. */
const GROUP_BYTES_MAX = 4 * 1024 * 1024;
const GROUP_REQUESTS_MAX = 64;
/**
 * Spans of a shared record that name a subject set. A slice of it then holds 4,000 × 2,001 members at most (`set-slices.ts`),
 * less than what can be written of one record (`store-records.ts`): what each request could do alone, all of them can.
 */
const GROUP_SET_SPANS_MAX = 4_000;

export interface RequestGroupsDeps {
  readonly encoder: RequestEncoder;
  readonly log: Pick<IngestLog, 'append'>;
}

interface Group {
  readonly tenant: Tenant;
  readonly context: ReadContext;
  readonly requests: Waiting[];
  bytes: number;
}

interface Waiting {
  /** What an encoder may be given: it may have to send it to another thread. */
  readonly request: RequestBody;
  readonly resolve: (encoded: EncodedRequest) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes one log record of the requests of a tenant that came in at the same turn of the event loop. What a record costs
 * besides its spans (dictionaries, heads, a frame of the log, a block for ClickHouse to merge) is paid once for all of them;
 * a request that comes alone waits for nobody (ADR 0082).
 */
export class RequestGroups {
  readonly #deps: RequestGroupsDeps;
  readonly #open = new Map<TenantId, Group>();

  constructor(deps: RequestGroupsDeps) {
    this.#deps = deps;
  }

  /**
   * Resolves when the request is durable. Each has its own outcome: where one of a group cannot be read, or all together name
   * more people than a record may, each of them is encoded alone.
   *
   * @throws VestigeError as {@link RequestEncoder.encode} and {@link IngestLog.append}
   */
  take(tenant: Tenant, context: ReadContext, request: RequestBody): Promise<EncodedRequest> {
    return new Promise((resolve, reject) => {
      const group = this.#groupFor(tenant, context, request.body.length);
      group.requests.push({ request, resolve, reject });
      group.bytes += request.body.length;
    });
  }

  #groupFor(tenant: Tenant, context: ReadContext, bytes: number): Group {
    const open = this.#open.get(tenant.id);
    const fits =
      open?.context === context && open.requests.length < GROUP_REQUESTS_MAX && open.bytes + bytes <= GROUP_BYTES_MAX;
    if (open !== undefined && fits) return open;
    const group: Group = { tenant, context, requests: [], bytes: 0 };
    this.#open.set(tenant.id, group);
    // Behind everything that is readable now: the other bodies are among it.
    setImmediate(() => {
      if (this.#open.get(tenant.id) === group) this.#open.delete(tenant.id);
      void this.#store(group, group.requests);
    });
    return group;
  }

  /** Never rejects: every request is told its own end. */
  async #store(group: Pick<Group, 'tenant' | 'context'>, waiting: readonly Waiting[]): Promise<void> {
    const { encoder, log } = this.#deps;
    const { tenant, context } = group;
    const eachAlone = () => Promise.all(waiting.map((one) => this.#store(group, [one])));
    let record: EncodedRequests;
    try {
      const requests = waiting.map(({ request }) => request);
      record = await encoder.encode(tenant, context, requests);
    } catch (error) {
      if (waiting.length === 1) waiting[0]?.reject(error);
      else await eachAlone();
      return;
    }
    if (waiting.length > 1 && record.setSpans > GROUP_SET_SPANS_MAX) {
      await eachAlone();
      return;
    }
    try {
      const { spans, payload } = record;
      if (payload.length > 0) await log.append({ tenant: tenant.id, spans, payload });
      for (const [index, { resolve }] of waiting.entries()) resolve(record.requests[index] as EncodedRequest);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}
