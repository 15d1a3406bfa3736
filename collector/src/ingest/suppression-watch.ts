import { setImmediate as nextTurn } from 'node:timers/promises';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import type { AliasStore } from '@vestige/store/control/alias-store';

export interface SuppressionWatchOptions {
  readonly aliases: Pick<AliasStore, 'suppressionVersion' | 'acknowledgeSuppression' | 'acknowledgingTenants'>;
  /** Where accepted spans wait; absent in a process that appends at once what it has. */
  readonly log?: {
    /** Resolves when everything of the tenant that was accepted before the call is stored and unlinked. */
    drained(tenant: TenantId): Promise<void>;
    /** Tenants of which something is accepted and not stored. */
    waiting(): ReadonlyMap<TenantId, unknown>;
  };
  /**
   * Tenants for which a former process of the same name may still have an append under way: it died with records of
   * theirs. Nothing is acknowledged for them until that append can no longer happen.
   */
  readonly inDoubtAtStart?: ReadonlySet<TenantId>;
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

const NOBODY: ReadonlyMap<TenantId, unknown> = new Map();

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
  /** Everything that was accepted before this version was seen is stored and unlinked. */
  drainedTo: number;
  /** Of the newest version. */
  tail: Promise<void>;
  refreshing: Promise<void> | null;
}

/**
 * Keeps the promise behind an acknowledged suppression version: *no span resolved under an older list will be appended
 * after it, and what was accepted before it is stored and gone from the log*. An erasure waits for that before it
 * deletes, or a span in a warm collector would bring the person back (research/compliance.md FM17, §3.4 step 1), and her
 * tokens would outlive her in the log.
 *
 * So the version acknowledged is the oldest one any batch under way was resolved under, and no newer than the tail that
 * is drained; and a process cut off from Postgres stops appending before the erasure stops waiting for it. `AliasStore.unacknowledged` must be asked with
 * `aliveWithinMs` above `staleMs` plus the time one append may take.
 */
export class SuppressionWatch {
  readonly #options: SuppressionWatchOptions;
  readonly #tenants = new Map<TenantId, TenantState>();
  /** Tenants this process has ever acknowledged for. */
  readonly #registered = new Set<TenantId>();
  readonly #inDoubtUntilMs: number;
  #resumed = false;
  #closed = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: SuppressionWatchOptions) {
    this.#options = options;
    this.#inDoubtUntilMs = options.nowMs() + options.inDoubtMs;
  }

  start(): void {
    const loop = async (): Promise<void> => {
      await this.poll();
      if (this.#timer !== null) this.#timer = setTimeout(loop, this.#options.pollMs).unref();
    };
    this.#timer = setTimeout(loop, 0).unref();
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /**
   * Makes this collector one that erasures of the tenant wait for, before anything of it is accepted. Waits for the
   * database the first time a process hears of the tenant, never later.
   *
   * @throws VestigeError `store_unavailable`
   */
  async register(tenant: TenantId): Promise<void> {
    const state = this.#stateOf(tenant);
    state.usedMs = this.#options.nowMs();
    if (!this.#registered.has(tenant)) await this.#refresh(tenant, state);
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
    if (!this.#resumed) await this.#resume().catch(this.#options.onPollFailed);
    const waiting = this.#options.log?.waiting() ?? NOBODY;
    for (const [tenant, state] of this.#tenants) {
      const isIdle = this.#options.nowMs() - state.usedMs > this.#options.idleMs;
      if (isIdle && state.leases === 0 && !waiting.has(tenant)) this.#tenants.delete(tenant);
      else await this.#refresh(tenant, state).catch(this.#options.onPollFailed);
    }
  }

  /**
   * Goes on acknowledging where a former process of this name did, and where something of it waits: an erasure waits for
   * a name that was heard of lately, whether or not its tenant sends anything.
   */
  async #resume(): Promise<void> {
    const known = await this.#options.aliases.acknowledgingTenants(this.#options.collectorId);
    const waiting = this.#options.log?.waiting().keys() ?? [];
    for (const tenant of [...known, ...waiting]) this.#stateOf(tenant).usedMs = this.#options.nowMs();
    this.#resumed = true;
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
      drainedTo: 0,
      tail: Promise.resolve(),
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
      const version = await aliases.suppressionVersion(tenant);
      if (version > state.version) {
        state.version = version;
        this.#awaitTail(tenant, state, version);
      }
      // A tenant without a tail is acknowledged in the same round.
      await Promise.race([state.tail, nextTurn()]);
      await aliases.acknowledgeSuppression(collectorId, tenant, this.#acknowledgeable(tenant, state));
    } catch {
      throw new VestigeError('store_unavailable', 'the suppression list cannot be read now');
    }
    this.#registered.add(tenant);
    state.checkedMs = startedMs;
  }

  /** Acknowledging an older version is saying that one is alive and not done yet. */
  #acknowledgeable(tenant: TenantId, state: TenantState): number {
    const inDoubt = this.#options.inDoubtAtStart?.has(tenant) === true && this.#options.nowMs() < this.#inDoubtUntilMs;
    return inDoubt ? 0 : Math.min(state.version, state.drainedTo, ...state.batches.keys());
  }

  #awaitTail(tenant: TenantId, state: TenantState, version: number): void {
    const drained = this.#options.log?.drained(tenant) ?? Promise.resolve();
    state.tail = drained.then(() => {
      state.drainedTo = Math.max(state.drainedTo, version);
    });
    // An erasure waits for this; the next round may be a second away.
    void state.tail.then(() => {
      if (state.refreshing === null && !this.#closed) this.#refresh(tenant, state).catch(this.#options.onPollFailed);
    });
  }
}

function count(state: TenantState, version: number, by: 1 | -1): void {
  const left = (state.batches.get(version) ?? 0) + by;
  if (left === 0) state.batches.delete(version);
  else state.batches.set(version, left);
}
