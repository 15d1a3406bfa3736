import { freeBytes } from '../free-bytes.ts';
import type { IngestLog, TakeLimits, Taken } from '../log/ingest-log.ts';
import { backOff } from './backoff.ts';
import type { RecordFormat } from './drain-record.ts';
import { type OpenedRecord, type StoreRecordsDeps, storeRecords } from './store-records.ts';

/** Inserts at the same time: while ClickHouse writes one part the next block is on its way (research/perf.md). */
const LANES = 2;

export interface DrainDeps extends Omit<StoreRecordsDeps, 'stop'> {
  readonly log: IngestLog;
  readonly limits: TakeLimits;
  /** Bytes that no version of ours wrote; resolves when they are kept in another way. */
  readonly onUnreadable: (payload: Uint8Array, error: unknown) => Promise<void>;
}

/** Takes blocks out of the log and stores them until it is stopped. */
export class Drain {
  readonly #deps: DrainDeps;
  readonly #stop = new AbortController();
  readonly #lanes: Promise<void>[] = [];

  constructor(deps: DrainDeps) {
    this.#deps = deps;
  }

  start(): void {
    for (let lane = 0; lane < LANES; lane += 1) this.#lanes.push(this.#run());
  }

  /**
   * Starts no further block and gives up what waits for a database that is away. An insert under way is waited for, for
   * `graceMs` at most: what it leaves behind is drained again after a restart.
   */
  async stop(graceMs: number): Promise<void> {
    this.#stop.abort();
    this.#deps.log.stopOffering();
    await Promise.race([Promise.all(this.#lanes), new Promise((resolve) => setTimeout(resolve, graceMs).unref())]);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    for (let failures = 0; !signal.aborted; ) {
      const taken = await this.#deps.log.take(this.#deps.limits).catch((error: unknown) => {
        this.#deps.onRetry(error);
        return undefined;
      });
      if (taken === null) return;
      const isStored = taken !== undefined && (await this.#store(taken));
      failures = isStored ? 0 : failures + 1;
      if (failures > 0 && this.#deps.waits) await backOff(failures, signal);
    }
  }

  async #store(taken: Taken): Promise<boolean> {
    try {
      await storeRecords({ ...this.#deps, stop: this.#stop.signal }, await this.#open(taken.payloads));
      await taken.done();
      for (const payload of taken.payloads) freeBytes(payload);
      return true;
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#deps.onRetry(error);
      taken.release();
      return false;
    }
  }

  async #open(payloads: readonly Uint8Array[]): Promise<OpenedRecord[]> {
    const opened: OpenedRecord[] = [];
    for (const payload of payloads) {
      const record = openOr(this.#deps.format, payload);
      if ('record' in record) opened.push(record);
      else await this.#deps.onUnreadable(payload, record.error);
    }
    return opened;
  }
}

function openOr(format: RecordFormat, payload: Uint8Array): OpenedRecord | { readonly error: unknown } {
  try {
    return { payload, record: format.open(payload) };
  } catch (error) {
    return { error };
  }
}
