import { setTimeout as sleep } from 'node:timers/promises';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';

export interface GrowingLimits {
  readonly perTenantMax: number;
  readonly inAllMax: number;
  /** Whoever comes when all are taken waits so long for one, and is refused then. */
  readonly waitMs: number;
  /** Longer than any answer grows: whoever does not read theirs keeps no place, and is cut off. */
  readonly heldMsMax: number;
}

/**
 * One may hold some hundred thousand spans and asks the event store the whole time: sixteen are what a process of a few
 * gigabytes can carry, and a tenant alone takes a quarter of them. Nearly all are done within a second, so that people who
 * come at the same time wait for each other and are not refused.
 */
const LIMITS: GrowingLimits = { perTenantMax: 4, inAllMax: 16, waitMs: 10_000, heldMsMax: 900_000 };

/** Ends a place; a second call does nothing. */
export type Leave = () => void;

interface Waiting {
  readonly tenant: TenantId;
  readonly begin: () => void;
}

/**
 * Places for answers that grow, which may take ten minutes each (docs/adr/0101-answers-that-grow-have-places.md). Whoever
 * waits longest comes first, but for those whose tenant has all of its own.
 */
export class GrowingSlots {
  readonly #limits: GrowingLimits;
  readonly #held = new Map<TenantId, number>();
  readonly #waiting = new Set<Waiting>();
  #inAll = 0;
  #refused = 0;

  constructor(limits: Partial<GrowingLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /** How many grow now, and how many were refused since the process started. */
  get counts(): { readonly growing: number; readonly refused: number } {
    return { growing: this.#inAll, refused: this.#refused };
  }

  /**
   * @param signal of the call: whoever left waits no longer
   * @param onTooLong when the place was held for `heldMsMax`, and is free again: what took it is to end
   * @throws VestigeError `rate_limited` with `reason: 'growing_answers'` when no place came free in time
   */
  async take(tenant: TenantId, signal?: AbortSignal, onTooLong: () => void = () => {}): Promise<Leave> {
    if (this.#hasRoom(tenant)) this.#hold(tenant);
    else await this.#turn(tenant, signal);
    return this.#leaveOnce(tenant, onTooLong);
  }

  /** Resolves once a place is held for this one. */
  async #turn(tenant: TenantId, signal: AbortSignal | undefined): Promise<void> {
    const begun = new AbortController();
    const waiting: Waiting = { tenant, begin: () => begun.abort() };
    this.#waiting.add(waiting);
    const ends = signal === undefined ? begun.signal : AbortSignal.any([begun.signal, signal]);
    await sleep(this.#limits.waitMs, undefined, { signal: ends }).catch(() => undefined);
    if (begun.signal.aborted) return;
    this.#waiting.delete(waiting);
    if (signal?.aborted !== true) this.#refused += 1;
    throw this.#refusal(tenant);
  }

  #refusal(tenant: TenantId): VestigeError {
    const { perTenantMax, inAllMax } = this.#limits;
    const isOwn = (this.#held.get(tenant) ?? 0) >= perTenantMax;
    const max = isOwn ? perTenantMax : inAllMax;
    return new VestigeError(
      'rate_limited',
      `${max} answers ${isOwn ? 'of this tenant ' : ''}are growing already: ask again when one of them has ended, or without format=ndjson for what is known within half a minute`,
      { reason: 'growing_answers', max },
    );
  }

  #hasRoom(tenant: TenantId): boolean {
    return this.#inAll < this.#limits.inAllMax && (this.#held.get(tenant) ?? 0) < this.#limits.perTenantMax;
  }

  #hold(tenant: TenantId): void {
    this.#inAll += 1;
    this.#held.set(tenant, (this.#held.get(tenant) ?? 0) + 1);
  }

  #leaveOnce(tenant: TenantId, onTooLong: () => void): Leave {
    const leave = () => {
      clearTimeout(tooLong);
      if (!isHeld) return;
      isHeld = false;
      this.#inAll -= 1;
      const left = (this.#held.get(tenant) ?? 1) - 1;
      if (left === 0) this.#held.delete(tenant);
      else this.#held.set(tenant, left);
      this.#letNextBegin();
    };
    let isHeld = true;
    const tooLong = setTimeout(() => {
      leave();
      onTooLong();
    }, this.#limits.heldMsMax).unref();
    return leave;
  }

  #letNextBegin(): void {
    for (const waiting of this.#waiting) {
      if (!this.#hasRoom(waiting.tenant)) continue;
      this.#waiting.delete(waiting);
      // Held from here on, so that nobody who comes between takes it.
      this.#hold(waiting.tenant);
      waiting.begin();
    }
  }
}
