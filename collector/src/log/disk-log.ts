import { join } from 'node:path';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { type Aside, openAside } from './aside.ts';
import { BacklogCount, chargeOf } from './backlog-count.ts';
import type { IngestLog, LogRecord, LogState, TakeLimits, Taken } from './ingest-log.ts';
import { type LogFiles, nodeLogFiles } from './log-files.ts';
import { type LogReport, reasonOf } from './log-report.ts';
import { recover } from './recover.ts';
import { type RecordPlace, Segment } from './segment.ts';
import { type Queued, TurnQueues } from './turn-queues.ts';

export interface DiskLogOptions {
  readonly folder: string;
  /** Of all files of the folder, and of everything that waits. */
  readonly bytesMax: number;
  /** Of what one tenant has waiting. */
  readonly tenantBytesMax: number;
  /** A file is ended at this size. */
  readonly segmentBytes: number;
  /** Payloads kept in memory, so that draining them reads no disk. */
  readonly memoryBytesMax: number;
  /** Monotonic. */
  readonly nowMs: () => number;
  /** Wall clock, for the age of what a former process left. */
  readonly wallMs: () => number;
  readonly report: (event: LogReport) => void;
  readonly onSynced?: (ms: number) => void;
  readonly files?: LogFiles;
}

export interface DiskLog extends IngestLog {
  /** Whose records a former process left undrained: an insert of it may still be under way. */
  readonly recovered: ReadonlySet<TenantId>;
  readonly aside: Aside;
}

/** Records of one fsync; more wait for the next, so that one frame stays small enough to write at once. */
const FRAME_BYTES_MAX = 32 * 1024 * 1024;
const FRAME_RECORDS_MAX = 4096;
/** A file whose records are all drained is removed when nothing was appended for this long. */
const IDLE_MS = 250;
/** Drained records stay in a file that is written on for this long at most. */
const DRAINED_KEPT_MS = 10_000;
/** After a failed write the next is tried no sooner: a full disk is asked four times a second, not ten thousand. */
const FAILED_PAUSE_MS = 250;
const UNLINK_RETRY_MS = 2_000;

interface Entry extends Queued {
  readonly segment: Segment;
  readonly place: RecordPlace;
  /** Null when it is on the disk only. */
  payload: Uint8Array | null;
}

interface Waiting {
  readonly record: LogRecord;
  readonly resolve: () => void;
  readonly reject: (error: VestigeError) => void;
}

/**
 * Opens the log in a folder, and the folder for this process alone.
 *
 * @throws VestigeError `conflict` when another process holds the folder, `misconfigured` when it cannot be used
 */
export async function openDiskLog(options: DiskLogOptions): Promise<DiskLog> {
  const files = options.files ?? nodeLogFiles;
  const lock = files.lock(options.folder);
  try {
    const aside = await openAside(join(options.folder, 'aside'), options.wallMs);
    const log = new FolderLog(options, files, aside, lock);
    await log.recover();
    return log;
  } catch (error) {
    lock.release();
    throw error;
  }
}

class FolderLog implements DiskLog {
  readonly recovered = new Set<TenantId>();
  readonly aside: Aside;
  readonly #options: DiskLogOptions;
  readonly #files: LogFiles;
  readonly #lock: { release(): void };
  readonly #queues: TurnQueues<Entry>;
  readonly #count = new BacklogCount();
  readonly #segments = new Set<Segment>();
  readonly #taken = new Set<readonly Entry[]>();
  #waiting: Waiting[] = [];
  /** Of `#waiting` and of the frame being written. */
  #waitingCharge = 0;
  #waitingBytes = 0;
  #active: Segment | null = null;
  #nextNo = 1;
  #heldBytes = 0;
  #endWanted = false;
  #working: Promise<void> | null = null;
  #failingUntilMs = Number.NEGATIVE_INFINITY;
  #idleTimer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: DiskLogOptions, files: LogFiles, aside: Aside, lock: { release(): void }) {
    this.#options = options;
    this.#files = files;
    this.aside = aside;
    this.#lock = lock;
    this.#queues = new TurnQueues(options.nowMs);
  }

  async recover(): Promise<void> {
    const { folder, nowMs, wallMs, report } = this.#options;
    const { found, nextNo } = await recover(this.#files, folder, this.aside, nowMs(), report);
    this.#nextNo = nextNo;
    let [records, spans] = [0, 0];
    for (const { segment, records: inSegment } of found) {
      this.#segments.add(segment);
      for (const record of inSegment) {
        const ageMs = Math.max(0, wallMs() - record.appendedAtMs);
        this.#enter(segment, record, record, null, nowMs() - ageMs);
        this.recovered.add(record.tenant);
        records += 1;
        spans += record.spans;
      }
      if (segment.undone === 0) await this.#unlink(segment);
    }
    if (found.length > 0) report({ kind: 'recovered', segments: found.length, records, spans });
  }

  append(record: LogRecord): Promise<void> {
    const refusal = this.#refusalOf(record);
    if (refusal !== null) return Promise.reject(refusal);
    this.#waitingCharge += chargeOf(record.payload.length);
    this.#waitingBytes += record.payload.length;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, resolve, reject });
      this.#work();
    });
  }

  async take(limits: TakeLimits): Promise<Taken | null> {
    const entries = await this.#queues.take(limits);
    if (entries === null) return null;
    this.#taken.add(entries);
    let open = true;
    const once = (run: () => Promise<void> | void) => {
      if (!open) return undefined;
      open = false;
      this.#taken.delete(entries);
      return run();
    };
    const release = () => void once(() => this.#queues.putBack(entries));
    try {
      await this.#readFromDisk(entries);
    } catch (error) {
      this.#options.report({ kind: 'failed', call: 'read', reason: reasonOf(error) });
      release();
      throw new VestigeError('store_unavailable', `the log cannot be read now (${reasonOf(error)})`);
    }
    return {
      payloads: entries.flatMap(({ payload }) => payload ?? []),
      done: async () => once(() => this.#done(entries)),
      release,
    };
  }

  async drained(tenant: TenantId): Promise<void> {
    const held = [...this.#segments].filter((segment) => segment.tenants.has(tenant));
    if (this.#active !== null && held.includes(this.#active)) {
      this.#endWanted = true;
      this.#work();
    }
    await Promise.all(held.map((segment) => segment.gone));
  }

  state(): LogState {
    if (this.#options.nowMs() < this.#failingUntilMs) return 'failing';
    return this.#isFull(1) ? 'full' : 'ok';
  }

  backlog() {
    let oldestAtMs = this.#queues.oldestAtMs;
    for (const entries of this.#taken) for (const { atMs } of entries) oldestAtMs = Math.min(oldestAtMs, atMs);
    return this.#count.backlog(oldestAtMs, this.#options.nowMs());
  }

  stopOffering(): void {
    this.#queues.close();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#queues.close();
    // What was let in before is written, each batch into a file that may be a new one.
    do {
      this.#endWanted = true;
      this.#work();
      await this.#working;
    } while (this.#active !== null || this.#waiting.length > 0);
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    this.aside.close();
    this.#lock.release();
  }

  #refusalOf({ tenant, payload }: LogRecord): VestigeError | null {
    const { tenantBytesMax, nowMs } = this.#options;
    if (this.#closed) return new VestigeError('store_unavailable', 'the collector is closing');
    const own = this.#count.chargeOf(tenant);
    // One record always fits: a request that is larger than the share would otherwise be sent for ever.
    if (own > 0 && own + chargeOf(payload.length) > tenantBytesMax) {
      return new VestigeError('rate_limited', 'the tenant has too much waiting for the database');
    }
    if (this.#isFull(payload.length)) return new VestigeError('store_unavailable', 'the log is full');
    if (nowMs() < this.#failingUntilMs) return new VestigeError('store_unavailable', 'the log cannot be written now');
    return null;
  }

  #isFull(bytes: number): boolean {
    const { bytesMax } = this.#options;
    const charged = this.#count.charge + this.#waitingCharge;
    if (charged === 0) return false;
    let onDisk = this.#waitingBytes;
    for (const segment of this.#segments) onDisk += segment.bytes;
    return charged + chargeOf(bytes) > bytesMax || onDisk + bytes > bytesMax;
  }

  /** Everything that writes runs here, one after the other. */
  #work(): void {
    this.#working ??= this.#workOff().finally(() => {
      this.#working = null;
      // What came while the last step was ending.
      if (this.#waiting.length > 0 || this.#endWanted) this.#work();
    });
  }

  async #workOff(): Promise<void> {
    while (this.#waiting.length > 0 || this.#endWanted) {
      if (this.#endWanted || this.#isOverdue()) await this.#endActive(true);
      const batch = this.#nextBatch();
      if (batch.length > 0) await this.#write(batch);
    }
  }

  #isOverdue(): boolean {
    const active = this.#active;
    if (active === null) return false;
    if (active.bytes >= this.#options.segmentBytes) return true;
    return active.undone < active.records && this.#options.nowMs() - active.madeAtMs > DRAINED_KEPT_MS;
  }

  #nextBatch(): Waiting[] {
    let bytes = 0;
    let size = 0;
    for (const { record } of this.#waiting) {
      bytes += record.payload.length;
      if (size > 0 && (bytes > FRAME_BYTES_MAX || size >= FRAME_RECORDS_MAX)) break;
      size += 1;
    }
    return this.#waiting.splice(0, size);
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const { folder, nowMs, wallMs, report, onSynced } = this.#options;
    const records = batch.map(({ record }) => record);
    try {
      if (this.#active === null) {
        this.#active = await Segment.create(this.#files, folder, this.#nextNo++, nowMs());
        this.#segments.add(this.#active);
      }
      const segment = this.#active;
      const startedMs = nowMs();
      const places = await segment.append(records, wallMs());
      onSynced?.(nowMs() - startedMs);
      records.forEach((record, index) => {
        const place = places[index];
        if (place !== undefined) this.#enter(segment, record, place, record.payload, startedMs);
      });
      for (const { resolve } of batch) resolve();
    } catch (error) {
      report({ kind: 'failed', call: 'append', reason: reasonOf(error) });
      this.#failingUntilMs = nowMs() + FAILED_PAUSE_MS;
      const refused = new VestigeError('store_unavailable', `the log cannot be written now (${reasonOf(error)})`);
      for (const { reject } of batch) reject(refused);
      // After a failed fsync nobody knows what the file holds (the kernel drops what it could not write): it is left.
      await this.#endActive(false);
    } finally {
      for (const { payload } of records) {
        this.#waitingCharge -= chargeOf(payload.length);
        this.#waitingBytes -= payload.length;
      }
    }
  }

  async #endActive(sealed: boolean): Promise<void> {
    this.#endWanted = false;
    const segment = this.#active;
    this.#active = null;
    if (segment === null) return;
    if (segment.undone === 0) {
      await this.#unlink(segment);
      return;
    }
    await segment.end(sealed).catch((error: unknown) => {
      this.#options.report({ kind: 'failed', call: 'seal', reason: reasonOf(error) });
    });
  }

  #enter(
    segment: Segment,
    { tenant, spans }: Pick<LogRecord, 'tenant' | 'spans'>,
    { offset, payloadBytes }: RecordPlace,
    payload: Uint8Array | null,
    atMs: number,
  ): void {
    const isHeld = payload !== null && this.#heldBytes + payloadBytes <= this.#options.memoryBytesMax;
    if (isHeld) this.#heldBytes += payloadBytes;
    segment.undone += 1;
    segment.records += 1;
    segment.tenants.add(tenant);
    const entry: Entry = {
      tenant,
      spans,
      bytes: payloadBytes,
      atMs,
      segment,
      place: { offset, payloadBytes },
      payload: isHeld ? payload : null,
    };
    this.#count.add(entry);
    this.#queues.add(entry);
  }

  async #readFromDisk(entries: readonly Entry[]): Promise<void> {
    const bySegment = Map.groupBy(
      entries.filter((entry) => entry.payload === null),
      (entry) => entry.segment,
    );
    for (const [segment, missing] of bySegment) {
      const found = await segment.read(missing.map(({ place }) => place));
      for (const [index, entry] of missing.entries()) {
        const { payload = null, bytes = Buffer.alloc(0) } = found[index] ?? {};
        entry.payload = payload;
        if (payload !== null) this.#heldBytes += payload.length;
        else await this.#damaged(entry, bytes);
      }
    }
  }

  /** A record that was whole when it was written or found, and is not any more. */
  async #damaged({ segment, place }: Entry, bytes: Buffer): Promise<void> {
    const keptAs = await this.aside.keep(`damaged-${segment.name}-${place.offset}`, bytes);
    this.#options.report({
      kind: 'damaged',
      file: join(this.#options.folder, segment.name),
      bytes: bytes.length,
      keptAs,
    });
  }

  async #done(entries: readonly Entry[]): Promise<void> {
    // The folder may be another process's by now, which drains them once more.
    if (this.#closed) return;
    const finished = new Set<Segment>();
    for (const entry of entries) {
      if (entry.payload !== null) this.#heldBytes -= entry.place.payloadBytes;
      entry.payload = null;
      this.#count.remove(entry);
      entry.segment.undone -= 1;
      if (entry.segment.undone === 0) finished.add(entry.segment);
    }
    for (const segment of finished) {
      if (segment === this.#active) this.#endWhenIdle();
      else await this.#unlink(segment);
    }
  }

  /** The file of a quiet collector is removed soon; that of a busy one is not made anew for every request. */
  #endWhenIdle(): void {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      if (this.#active === null || this.#active.undone > 0 || this.#waiting.length > 0) return;
      this.#endWanted = true;
      this.#work();
    }, IDLE_MS);
  }

  /** Tried until it succeeds: an erasure waits for it, and a restart would drain the records again. */
  async #unlink(segment: Segment): Promise<void> {
    try {
      await segment.unlink();
      this.#segments.delete(segment);
    } catch (error) {
      this.#options.report({ kind: 'failed', call: 'unlink', reason: reasonOf(error) });
      if (!this.#closed) setTimeout(() => void this.#unlink(segment), UNLINK_RETRY_MS).unref();
    }
  }
}
