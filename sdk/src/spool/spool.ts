import { statSync } from 'node:fs';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { ATTR } from '@vestige/core/convention/attributes';
import type { Counters } from '../counters.ts';
import type { Settings } from '../options.ts';
import type { OtelReadableSpan } from '../otel-types.ts';
import type { Piece, RequestEncoder } from '../otlp/request.ts';
import { errorCode, type Reporter } from '../problem.ts';
import { type Batch, sealJournal, spansIn } from './batch.ts';
import { adoptOrphans, beat, createFolder, DEAD, type Folder, JOURNAL, READY, releaseFolder } from './folder.ts';
import { Journal } from './journal.ts';
import { Losses } from './losses.ts';
import { HEARTBEAT_MS } from './owner.ts';
import { Sender } from './sender.ts';

/** Ordinary spans stop at the cap; spans that declare whose data they handle may use this much more. */
const DECLARED_RESERVE = 1.1;
const FILLING_AT = 0.8;
const DRAIN_LOOK_MS = 5;
/** Ended spans are encoded at the latest when there are so many, in every durability: a span in memory is large. */
const ENDED_MAX = 512;

export interface SpoolState {
  /** Batches not yet at the collector. */
  readonly pendingBatches: number;
  readonly pendingBytes: number;
  /** Spans in memory: ended, not yet on disk. */
  readonly pendingSpans: number;
}

/**
 * From `span.end()` to the collector without losing one: memory (for a turn of the event loop) → journal → batch file →
 * POST. Every arrow keeps the old copy until the new one is safe.
 *
 * **When there is no room** this library must neither block the host nor pretend. At `spoolBytesMax` it refuses new
 * spans, keeping the oldest, so that what is missing is one stretch at the end which the gap in `vestige.seq` proves;
 * declared flows are refused last. Every refused span is counted in `stats().lost`, reported, and told to `onLoss`.
 * When the disk cannot be written at all, spans are sent from memory, at most `memoryBytesMax` of them.
 */
export class Spool {
  readonly #settings: Settings;
  readonly #counters: Counters;
  readonly #reporter: Reporter;
  readonly #encoder: RequestEncoder;
  readonly #sender: Sender;
  readonly #losses: Losses;
  readonly #heartbeat: NodeJS.Timeout;
  #folder: Folder | null = null;
  #journal: Journal | null = null;
  #ended: OtelReadableSpan[] = [];
  /** Encoded, and refused by the disk so far. */
  #unwritten: { bytes: Buffer; spans: number }[] = [];
  #memoryBytes = 0;
  #diskBytes = 0;
  #tick: NodeJS.Immediate | null = null;
  #batchTimer: NodeJS.Timeout | null = null;
  #sealing: Promise<void> = Promise.resolve();
  #unsealed = 0;
  #closed = false;

  constructor(settings: Settings, counters: Counters, reporter: Reporter, encoder: RequestEncoder) {
    this.#settings = settings;
    this.#counters = counters;
    this.#reporter = reporter;
    this.#encoder = encoder;
    this.#losses = new Losses(counters, reporter, settings.onLoss);
    this.#sender = new Sender(settings, counters, reporter, (batch, lostSpans) => {
      this.#losses.add(lostSpans, 'removed');
      if (batch.kind === 'memory') this.#memoryBytes -= batch.bytes;
      else this.#diskBytes -= batch.bytes;
    });
    this.#takePossession();
    this.#heartbeat = outside(() =>
      setInterval(() => this.#guarded('the spool heartbeat', () => this.#beat()), HEARTBEAT_MS),
    );
    this.#heartbeat.unref();
  }

  get state(): SpoolState {
    return {
      pendingBatches: this.#sender.pending + this.#unsealed + (this.#journal?.bytes ? 1 : 0),
      pendingBytes: this.#diskBytes + this.#memoryBytes,
      pendingSpans: this.#ended.length + this.#unwritten.reduce((sum, piece) => sum + piece.spans, 0),
    };
  }

  /** Takes an ended span. Returns after it is on disk with durability `each` or `urgent`, before that otherwise. */
  add(span: OtelReadableSpan, urgent: boolean): void {
    this.#counters.ended++;
    if (this.#closed) this.#losses.add(1, 'closed');
    if (this.#closed || this.#refuses(span)) return;
    this.#ended.push(span);
    const { durability } = this.#settings;
    const now = urgent || durability === 'each' || (durability === 'tick' && isDeclared(span));
    if (now || this.#ended.length >= ENDED_MAX) this.flushSync();
    else if (durability === 'tick') this.#flushAfterTick();
    else this.#armBatch();
  }

  /** Everything that has ended is on disk (in the page cache) when this returns. */
  flushSync(): void {
    if (this.#tick) clearImmediate(this.#tick);
    this.#tick = null;
    const ended = this.#ended;
    // Let go of first: spans that cannot be read would otherwise be read again with each that ends, and pile up.
    this.#ended = [];
    if (ended.length > 0) {
      const piece = this.#encode(ended);
      this.#losses.add(piece.unencodable, 'unencodable');
      if (piece.spans > 0) this.#hold(piece);
    }
    this.#write();
    this.#letGo();
    if ((this.#journal?.bytes ?? 0) >= this.#settings.batchBytesMax) this.#seal();
    else if (this.#journal?.bytes || this.#unwritten.length > 0) this.#armBatch();
  }

  /** What a resource or scope breaks of is lost as a whole. */
  #encode(ended: readonly OtelReadableSpan[]): Piece {
    try {
      return this.#encoder.encode(ended);
    } catch (error) {
      this.#counters.internalErrors++;
      this.#reporter.internal('encoding spans', error);
      return { bytes: Buffer.alloc(0), spans: 0, unencodable: ended.length };
    }
  }

  /** The same, onto the disk itself, for the last moment of the process. */
  flushToDisk(): void {
    this.flushSync();
    this.#journal?.sync();
  }

  /**
   * Sends what there is, starting at once even if the sender was waiting.
   *
   * @returns whether everything that had ended before the call is at the collector (or put aside as dead)
   */
  async drain(timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    this.flushSync();
    this.#closeBatch();
    await this.#sealing;
    this.#sender.nudge();
    // Sockets and timers of the sender do not keep the process alive; this wait, which somebody asked for, does.
    while (!this.#isEmpty() && performance.now() < deadline) {
      await new Promise((next) => setTimeout(next, DRAIN_LOOK_MS));
    }
    return this.#isEmpty();
  }

  /** Ends all work; what was not sent stays on disk for the next process. */
  async close(timeoutMs: number): Promise<boolean> {
    const empty = await this.drain(timeoutMs);
    this.flushToDisk();
    this.#closed = true;
    this.#sender.close();
    clearInterval(this.#heartbeat);
    if (this.#batchTimer) clearTimeout(this.#batchTimer);
    this.#losses.tell();
    await this.#sealing;
    this.#journal?.rotate();
    if (this.#folder) releaseFolder(this.#folder);
    return empty;
  }

  #isEmpty(): boolean {
    return this.#sender.pending + this.#unsealed + this.#unwritten.length + this.#ended.length === 0;
  }

  #refuses(span: OtelReadableSpan): boolean {
    const bytes = this.#diskBytes + this.#memoryBytes;
    const bytesMax = this.#settings.spoolBytesMax;
    if (bytes < bytesMax * FILLING_AT) return false;
    const away = 'the spool is over 80 % full: the collector is away or too slow';
    this.#reporter.report('spool_filling', away, { bytes, bytesMax });
    if (bytes < (isDeclared(span) ? bytesMax * DECLARED_RESERVE : bytesMax)) return false;
    this.#losses.add(1, 'spool_full');
    return true;
  }

  #hold(piece: { bytes: Buffer; spans: number }): void {
    this.#unwritten.push(piece);
    this.#memoryBytes += piece.bytes.length;
  }

  /** What the disk did not take stays in memory as far as there is room; the newest goes first, as on disk. */
  #letGo(): void {
    while (this.#memoryBytes > this.#settings.memoryBytesMax) {
      const newest = this.#unwritten.pop();
      if (!newest) return;
      this.#memoryBytes -= newest.bytes.length;
      this.#losses.add(newest.spans, 'memory_full');
    }
  }

  #write(): void {
    try {
      for (let piece = this.#unwritten[0]; piece; piece = this.#unwritten[0]) {
        this.#openJournal().append(piece.bytes, piece.spans);
        this.#unwritten.shift();
        this.#memoryBytes -= piece.bytes.length;
        this.#diskBytes += piece.bytes.length;
        this.#counters.written += piece.spans;
      }
    } catch (error) {
      const code = errorCode(error);
      this.#reporter.report('spool_unwritable', 'the spool cannot be written; spans are sent from memory', { code });
      // Somebody removed the folder under us; the next attempt makes another.
      if (code === 'ENOENT') this.#abandonFolder();
    }
  }

  #openJournal(): Journal {
    this.#folder ??= createFolder(this.#settings.spoolDir);
    this.#journal ??= new Journal(this.#folder.path, this.#folder.id);
    return this.#journal;
  }

  #abandonFolder(): void {
    this.#folder = null;
    this.#journal = null;
  }

  #flushAfterTick(): void {
    if (this.#tick) return;
    this.#tick = outside(() =>
      setImmediate(() => {
        this.#tick = null;
        this.#guarded('flushing spans', () => this.flushSync());
      }),
    );
    this.#tick.unref();
  }

  #armBatch(): void {
    if (this.#batchTimer || this.#closed) return;
    this.#batchTimer = outside(() =>
      setTimeout(() => {
        this.#batchTimer = null;
        this.#guarded('closing a batch', () => {
          this.flushSync();
          this.#closeBatch();
        });
      }, this.#settings.batchMs),
    );
    this.#batchTimer.unref();
  }

  #closeBatch(): void {
    this.#seal();
    if (this.#unwritten.length > 0) this.#sendFromMemory();
  }

  #sendFromMemory(): void {
    const body = Buffer.concat(this.#unwritten.map((piece) => piece.bytes));
    const spans = this.#unwritten.reduce((sum, piece) => sum + piece.spans, 0);
    this.#unwritten = [];
    this.#sender.push([{ kind: 'memory', path: `${Date.now()}`, bytes: body.length, spans, body }]);
  }

  /** Ends the journal and turns it into a batch, off the event loop. */
  #seal(): void {
    const ended = this.#journal?.rotate();
    if (ended) this.#sealLater(ended);
  }

  #sealLater(journal: { path: string; bytes: number; spans: number }): void {
    this.#unsealed++;
    this.#sealing = this.#sealing.then(async () => {
      try {
        const batch = await sealJournal(journal.path, Date.now());
        this.#diskBytes += (batch?.bytes ?? 0) - journal.bytes;
        if (batch) this.#sender.push([batch]);
      } catch (error) {
        // No room for a second file: send the journal itself, which also makes room.
        this.#reporter.report('spool_unwritable', 'a batch cannot be compressed on disk', { code: errorCode(error) });
        this.#sender.push([{ ...journal, kind: 'journal' }]);
      } finally {
        this.#unsealed--;
      }
    });
  }

  #beat(): void {
    if (this.#folder) {
      try {
        beat(this.#folder);
      } catch (error) {
        if (errorCode(error) === 'ENOENT') this.#abandonFolder();
      }
    }
    this.#takePossession();
  }

  /** Makes the folder and takes over what dead processes left. Not fatal: spans wait in memory until it works. */
  #takePossession(): void {
    try {
      this.#folder ??= createFolder(this.#settings.spoolDir);
      for (const path of adoptOrphans(this.#settings.spoolDir, this.#folder, Date.now())) this.#inherit(path);
    } catch (error) {
      this.#reporter.report('spool_unwritable', 'the spool folder cannot be prepared', { code: errorCode(error) });
    }
  }

  #inherit(path: string): void {
    const bytes = statSync(path).size;
    this.#diskBytes += bytes;
    const batch: Batch = { kind: 'file', path, bytes, spans: spansIn(path) };
    if (path.endsWith(JOURNAL)) this.#sealLater(batch);
    else if (path.endsWith(READY)) this.#sender.push([batch]);
    else if (path.endsWith(DEAD)) this.#counters.deadFiles++;
  }

  #guarded(where: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#counters.internalErrors++;
      this.#reporter.internal(where, error);
    }
  }
}

/** Timers of ours must not hold on to the request of the host in which they happened to be set. */
function outside<T>(set: () => T): T {
  return context.with(ROOT_CONTEXT, set);
}

function isDeclared(span: OtelReadableSpan): boolean {
  return span.attributes[ATTR.subjectAttribution] === 'declared' || span.attributes[ATTR.flowAction] !== undefined;
}
