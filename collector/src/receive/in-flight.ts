import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';

/** What a request costs before its first byte: headers, a stream, timers. Bounds how many small ones can wait. */
const REQUEST_BYTES = 16_384;

/**
 * How many bytes of request bodies the process holds at once, and how they are shared. What keeps the collector alive
 * under overload is that it refuses: a client that is told to come back loses nothing, a client of a process that ran
 * out of memory does.
 *
 * A tenant may hold as much as is still free and no more. So one alone may have half, two that flood a third each, and
 * however many flood, something is left for whoever holds nothing yet. (Choudhury and Hahne, "Dynamic queue
 * length thresholds for shared-memory packet switches", IEEE/ACM Transactions on Networking 6(2), 1998, with α = 1.)
 */
export class InFlight {
  readonly bytesMax: number;
  #bytes = 0;
  #requests = 0;
  readonly #byTenant = new Map<TenantId, number>();

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get requests(): number {
    return this.#requests;
  }

  /** @throws VestigeError as {@link Reservation.grow} */
  open(tenant: TenantId): Reservation {
    let held = 0;
    let open = true;
    const grow = (bytes: number) => {
      // A body that is still arriving after its request was answered holds nothing: nobody would give it back.
      if (!open) throw new VestigeError('bad_request', 'the request is over');
      this.#take(tenant, bytes);
      held += bytes;
    };
    grow(REQUEST_BYTES);
    this.#requests += 1;
    return {
      grow,
      close: () => {
        if (!open) return;
        open = false;
        this.#give(tenant, held);
        this.#requests -= 1;
      },
    };
  }

  #take(tenant: TenantId, bytes: number): void {
    const own = (this.#byTenant.get(tenant) ?? 0) + bytes;
    const free = this.bytesMax - this.#bytes - bytes;
    if (free < 0) throw new VestigeError('store_unavailable', 'too many bytes are in flight');
    if (own > free) throw new VestigeError('rate_limited', 'too many bytes of this tenant are in flight');
    this.#bytes += bytes;
    this.#byTenant.set(tenant, own);
  }

  #give(tenant: TenantId, bytes: number): void {
    this.#bytes -= bytes;
    const own = (this.#byTenant.get(tenant) ?? 0) - bytes;
    if (own > 0) this.#byTenant.set(tenant, own);
    else this.#byTenant.delete(tenant);
  }
}

/** One request's share. */
export interface Reservation {
  /**
   * @throws VestigeError `rate_limited` when the tenant holds as much as is free, `store_unavailable` when nothing is
   */
  grow(bytes: number): void;
  /** Gives everything back; more than once is once. */
  close(): void;
}
