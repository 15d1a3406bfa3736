import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import type { AliasStore } from '@vestige/store/control/alias-store';

export interface SuppressionWatchOptions {
  readonly aliases: Pick<AliasStore, 'suppressionVersion' | 'acknowledgeSuppression'>;
  /** Names this process towards the store; unique among running collectors. */
  readonly collectorId: string;
  readonly pollMs: number;
  /** Without a successful poll for this long nothing is appended: an erasure may believe this collector gone. */
  readonly staleMs: number;
  /** How long an append that failed may still reach the disk, as its own time limits allow. */
  readonly inDoubtMs: number;
  /** Tenants not heard of for this long are forgotten, and asked for again when they return. */
  readonly idleMs: number;
  readonly nowMs: () => number;
  readonly onPollFailed: (error: unknown) => void;
}

/** A batch on its way into the store. */
export interface SuppressionLease {
  /** The version to resolve tokens under, from now on the version this batch stands for. */
  begin(): number;
  /** Call right before the append: true when `version` is still the newest known and known to be fresh. */
  stillCurrent(version: number): Promise<boolean>;
  /** @param inDoubt the append failed in a way that leaves open whether it will still happen */
  leave(inDoubt: boolean): void;
}

interface TenantState {
  version: number;
  /** When the last successful poll began. */
  checkedMs: number;
  usedMs: number;
  /** Leases given out and not returned. */
  leases: number;
  /** Batches under way, counted by the version they were resolved under. */
  readonly batches: Map<number, number>;
  refreshing: Promise<void> | null;
}

/**
 * Keeps the promise behind an acknowledged suppression version: *no span resolved under an older list will be appended
 * after it*. An erasure waits for that before it deletes, or a span in a warm collector would bring the person back
 * (research/compliance.md FM17, §3.4 step 1).
 *
 * So the version acknowledged is the oldest one any batch under way was resolved under, and a process cut off from
 * Postgres stops appending before the erasure stops waiting for it. `AliasStore.unacknowledged` must be asked with
 * `aliveWithinMs` above `staleMs` plus the time one append may take.
 */
export class SuppressionWatch {
  readonly #options: SuppressionWatchOptions;
  readonly #tenants = new Map<TenantId, TenantState>();
  #timer: NodeJS.Timeout | null = null;

  constructor(options: SuppressionWatchOptions) {
    this.#options = options;
  }

  start(): void {
    const loop = async (): Promise<void> => {
      await this.poll();
      if (this.#timer !== null) this.#timer = setTimeout(loop, this.#options.pollMs).unref();
    };
    this.#timer = setTimeout(loop, this.#options.pollMs).unref();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** @throws VestigeError `store_unavailable` when the list cannot be read */
  async enter(tenant: TenantId): Promise<SuppressionLease> {
    const state = this.#stateOf(tenant);
    state.usedMs = this.#options.nowMs();
    state.leases += 1;
    let counted: number | null = null;
    const giveBack = (): void => {
      if (counted !== null) count(state, counted, -1);
      state.leases -= 1;
    };
    try {
      if (this.#isStale(state)) await this.#refresh(tenant, state);
    } catch (error) {
      giveBack();
      throw error;
    }
    return {
      begin: () => {
        if (counted !== null) count(state, counted, -1);
        counted = state.version;
        count(state, counted, 1);
        return counted;
      },
      stillCurrent: async (version) => {
        if (this.#isStale(state)) await this.#refresh(tenant, state);
        return state.version === version;
      },
      leave: (inDoubt) => {
        if (inDoubt) setTimeout(giveBack, this.#options.inDoubtMs).unref();
        else giveBack();
      },
    };
  }

  /** One round over all tenants; failures are reported and leave the tenant to go stale. */
  async poll(): Promise<void> {
    for (const [tenant, state] of this.#tenants) {
      const isIdle = state.leases === 0 && this.#options.nowMs() - state.usedMs > this.#options.idleMs;
      if (isIdle) this.#tenants.delete(tenant);
      else await this.#refresh(tenant, state).catch(this.#options.onPollFailed);
    }
  }

  #stateOf(tenant: TenantId): TenantState {
    const known = this.#tenants.get(tenant);
    if (known !== undefined) return known;
    const state: TenantState = {
      version: 0,
      checkedMs: Number.NEGATIVE_INFINITY,
      usedMs: 0,
      leases: 0,
      batches: new Map(),
      refreshing: null,
    };
    this.#tenants.set(tenant, state);
    return state;
  }

  #isStale(state: TenantState): boolean {
    return this.#options.nowMs() - state.checkedMs > this.#options.staleMs;
  }

  #refresh(tenant: TenantId, state: TenantState): Promise<void> {
    state.refreshing ??= this.#readAndAcknowledge(tenant, state).finally(() => {
      state.refreshing = null;
    });
    return state.refreshing;
  }

  async #readAndAcknowledge(tenant: TenantId, state: TenantState): Promise<void> {
    const startedMs = this.#options.nowMs();
    const { aliases, collectorId } = this.#options;
    try {
      state.version = Math.max(state.version, await aliases.suppressionVersion(tenant));
      const oldestUnderWay = Math.min(state.version, ...state.batches.keys());
      await aliases.acknowledgeSuppression(collectorId, tenant, oldestUnderWay);
    } catch {
      throw new VestigeError('store_unavailable', 'the suppression list cannot be read now');
    }
    state.checkedMs = startedMs;
  }
}

function count(state: TenantState, version: number, by: 1 | -1): void {
  const left = (state.batches.get(version) ?? 0) + by;
  if (left === 0) state.batches.delete(version);
  else state.batches.set(version, left);
}
