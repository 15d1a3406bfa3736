/** A piece of work. */
export interface Waiting {
  /** What waits already is not added again. */
  readonly key: string;
  /** How much work it is, in the unit of {@link ByTurns}' bound. */
  readonly weight: number;
}

/** What waits of one tenant; more is dropped, and whoever still needs it asks again. */
const WAITING_MAX = 1_000;

/**
 * Work that nobody waits for, one batch at a time. Tenants take turns, so that nobody's many pieces hold up another's few;
 * of each tenant what was asked for last goes first. What fails is dropped: whoever needs it asks again.
 */
export class ByTurns<Piece extends Waiting, Tenant extends number = number> {
  readonly #work: (tenant: Tenant, batch: readonly Piece[]) => Promise<void>;
  readonly #batchWeightMax: number;
  readonly #waiting = new Map<Tenant, Map<string, Piece>>();
  #running: Promise<void> | null = null;
  #stopped = false;

  /** @param batchWeightMax a piece that weighs more is a batch of its own */
  constructor(work: (tenant: Tenant, batch: readonly Piece[]) => Promise<void>, batchWeightMax: number) {
    this.#work = work;
    this.#batchWeightMax = batchWeightMax;
  }

  add(tenant: Tenant, piece: Piece): void {
    if (this.#stopped) return;
    const own = this.#waiting.get(tenant) ?? new Map<string, Piece>();
    this.#waiting.set(tenant, own);
    if (!own.has(piece.key) && own.size < WAITING_MAX) own.set(piece.key, piece);
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** Drops what waits; resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    await this.#running;
  }

  async #run(): Promise<void> {
    // Whoever adds several pieces at once has added all of them by then.
    await Promise.resolve();
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      const [tenant, own] = next;
      const batch = this.#batchOf(own);
      // What runs still waits as far as adding goes, so that it does not run twice.
      await this.#work(tenant, batch).catch(() => undefined);
      for (const { key } of batch) own.delete(key);
      this.#waiting.delete(tenant);
      // To the end of the line.
      if (own.size > 0 && !this.#stopped) this.#waiting.set(tenant, own);
    }
  }

  #batchOf(own: ReadonlyMap<string, Piece>): Piece[] {
    const batch: Piece[] = [];
    let weight = 0;
    for (const piece of [...own.values()].reverse()) {
      weight += piece.weight;
      if (batch.length > 0 && weight > this.#batchWeightMax) break;
      batch.push(piece);
    }
    return batch;
  }
}
