import { VestigeError } from '@vestige/core/errors';

/**
 * How many bytes of request bodies the process holds at once. What keeps the collector alive under overload is that it
 * refuses: a client that is told to come back loses nothing, a client of a process that ran out of memory does.
 */
export class InFlight {
  readonly bytesMax: number;
  #bytes = 0;
  #requests = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get requests(): number {
    return this.#requests;
  }

  open(): Reservation {
    this.#requests += 1;
    let held = 0;
    let open = true;
    return {
      grow: (bytes) => {
        if (this.#bytes + bytes > this.bytesMax) {
          throw new VestigeError('rate_limited', 'too many bytes are in flight');
        }
        this.#bytes += bytes;
        held += bytes;
      },
      close: () => {
        if (!open) return;
        open = false;
        this.#bytes -= held;
        this.#requests -= 1;
      },
    };
  }
}

/** One request's share. */
export interface Reservation {
  /** @throws VestigeError `rate_limited` when the process holds too much already */
  grow(bytes: number): void;
  /** Gives everything back; more than once is once. */
  close(): void;
}
