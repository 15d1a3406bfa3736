import type { TenantId } from '@vestige/core/ids';
import type { TakeLimits } from './ingest-log.ts';

/** What a queue needs to know of a record. */
export interface Queued {
  readonly tenant: TenantId;
  readonly spans: number;
  readonly bytes: number;
  /** Monotonic. */
  readonly atMs: number;
}

/** What one tenant may put into a block before it is another's turn; one record at least. */
const TURN_SPANS = 1000;
const TURN_BYTES = 1024 * 1024;

interface Taker<Entry> {
  readonly limits: TakeLimits;
  readonly give: (entries: Entry[] | null) => void;
}

/**
 * Records that wait to be drained: first come, first served within a tenant, in turns between tenants, so that a tenant
 * with a million waiting records delays another one's by a turn and not by a million records.
 */
export class TurnQueues<Entry extends Queued> {
  readonly #nowMs: () => number;
  /** In the order of their turns; tenants without a record are not in it. */
  readonly #queues = new Map<TenantId, Fifo<Entry>>();
  readonly #takers: Taker<Entry>[] = [];
  #spans = 0;
  #bytes = 0;
  /** Of the oldest record that waits; Infinity when none does. */
  #oldestAtMs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get oldestAtMs(): number {
    return this.#oldestAtMs;
  }

  add(entry: Entry): void {
    this.#queueOf(entry.tenant).push(entry);
    this.#count(entry);
    this.#serve();
  }

  /** Puts back what was taken, before what came later. */
  putBack(entries: readonly Entry[]): void {
    for (const entry of entries.toReversed()) {
      this.#queueOf(entry.tenant).unshift(entry);
      this.#count(entry);
    }
    this.#serve();
  }

  /** See `IngestLog.take`. */
  take(limits: TakeLimits): Promise<Entry[] | null> {
    return new Promise((resolve) => {
      this.#takers.push({ limits, give: resolve });
      this.#serve();
    });
  }

  close(): void {
    this.#closed = true;
    this.#serve();
  }

  #serve(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    for (let taker = this.#takers[0]; taker !== undefined; taker = this.#takers[0]) {
      if (this.#closed) {
        taker.give(null);
      } else {
        if (this.#queues.size === 0) return;
        const { spansMax, bytesMax, waitMs } = taker.limits;
        const leftMs = this.#oldestAtMs + waitMs - this.#nowMs();
        if (this.#spans < spansMax && this.#bytes < bytesMax && leftMs > 0) {
          this.#timer = setTimeout(() => this.#serve(), Math.ceil(leftMs));
          return;
        }
        taker.give(this.#pick(taker.limits));
      }
      this.#takers.shift();
    }
  }

  #pick({ spansMax, bytesMax }: TakeLimits): Entry[] {
    const picked: Entry[] = [];
    let [spans, bytes] = [0, 0];
    const fits = (entry: Entry) => spans + entry.spans <= spansMax && bytes + entry.bytes <= bytesMax;
    // A tenant whose next record does not fit ends the block: its turn is first in the next one.
    for (let turn = this.#nextTurn(); turn !== null; turn = this.#nextTurn()) {
      const [tenant, queue] = turn;
      let [ownSpans, ownBytes] = [0, 0];
      for (let entry = queue.first(); entry !== undefined; entry = queue.first()) {
        const isTurnOver = ownSpans > 0 && (ownSpans + entry.spans > TURN_SPANS || ownBytes + entry.bytes > TURN_BYTES);
        if (isTurnOver) break;
        if (picked.length > 0 && !fits(entry)) return this.#left(picked);
        queue.shift();
        picked.push(entry);
        spans += entry.spans;
        bytes += entry.bytes;
        // A record may hold rejected spans alone; it is a step of the turn all the same.
        ownSpans += Math.max(1, entry.spans);
        ownBytes += entry.bytes;
      }
      this.#queues.delete(tenant);
      if (queue.first() !== undefined) this.#queues.set(tenant, queue);
    }
    return this.#left(picked);
  }

  #nextTurn(): [TenantId, Fifo<Entry>] | null {
    return this.#queues.entries().next().value ?? null;
  }

  #left(picked: Entry[]): Entry[] {
    for (const entry of picked) {
      this.#spans -= entry.spans;
      this.#bytes -= entry.bytes;
    }
    this.#oldestAtMs = Number.POSITIVE_INFINITY;
    for (const [tenant, queue] of this.#queues) {
      const first = queue.first();
      if (first === undefined) this.#queues.delete(tenant);
      else this.#oldestAtMs = Math.min(this.#oldestAtMs, first.atMs);
    }
    return picked;
  }

  #queueOf(tenant: TenantId): Fifo<Entry> {
    let queue = this.#queues.get(tenant);
    if (queue === undefined) {
      queue = new Fifo();
      this.#queues.set(tenant, queue);
    }
    return queue;
  }

  #count(entry: Entry): void {
    this.#spans += entry.spans;
    this.#bytes += entry.bytes;
    this.#oldestAtMs = Math.min(this.#oldestAtMs, entry.atMs);
  }
}

/** `Array.shift` moves every element behind it; a backlog has a million. */
class Fifo<T> {
  #items: T[] = [];
  #head = 0;

  first(): T | undefined {
    return this.#items[this.#head];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  unshift(item: T): void {
    if (this.#head === 0) this.#items.unshift(item);
    else {
      this.#head -= 1;
      this.#items[this.#head] = item;
    }
  }

  shift(): void {
    this.#head += 1;
    if (this.#head < 1024 || this.#head * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}
