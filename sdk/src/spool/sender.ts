import { basename } from 'node:path';
import type { Counters } from '../counters.ts';
import type { Settings } from '../options.ts';
import { readPartialSuccess } from '../otlp/response.ts';
import type { Reporter } from '../problem.ts';
import { type Batch, bodyOf, buryBatch, removeBatch } from './batch.ts';
import { type Answer, Poster } from './post.ts';
import { backoffMs, readRetryAfter, verdictOf } from './retry.ts';

/** How often a batch may be answered with 500 before it is put aside. */
const BROKEN_ATTEMPTS_MAX = 5;

/**
 * Sends batches one at a time, oldest first, and deletes each only after the collector has said that it is durable
 * there. One loop and one connection: order and memory stay bounded, and an outage is met once, not thirty times.
 */
export class Sender {
  readonly #settings: Settings;
  readonly #counters: Counters;
  readonly #reporter: Reporter;
  readonly #poster: Poster;
  readonly #onGone: (batch: Batch, lostSpans: number) => void;
  #queue: Batch[] = [];
  #running = false;
  #closed = false;
  #failures = 0;
  #brokenInARow = 0;
  #wake: () => void = () => {};

  /** @param onGone called when a batch is sent, or could not be read and is lost; its bytes are free again */
  constructor(
    settings: Settings,
    counters: Counters,
    reporter: Reporter,
    onGone: (batch: Batch, lostSpans: number) => void,
  ) {
    this.#settings = settings;
    this.#counters = counters;
    this.#reporter = reporter;
    this.#onGone = onGone;
    this.#poster = new Poster(settings.endpoint, settings.apiKey, settings.requestMs);
  }

  get pending(): number {
    return this.#queue.length;
  }

  /** Adds batches; those of a predecessor are older and go before our own. */
  push(files: readonly Batch[]): void {
    if (files.length === 0) return;
    const last = this.#queue.at(-1);
    this.#queue.push(...files);
    const first = files[0];
    if (last && first && nameOf(first) < nameOf(last)) this.#queue.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    this.#start();
  }

  /** Ends the current pause: try again now. */
  nudge(): void {
    this.#wake();
    this.#start();
  }

  close(): void {
    this.#closed = true;
    this.#wake();
    this.#poster.close();
  }

  #start(): void {
    if (this.#running || this.#closed) return;
    this.#running = true;
    void this.#run().finally(() => {
      this.#running = false;
    });
  }

  async #run(): Promise<void> {
    let batch = this.#queue[0];
    while (batch !== undefined && !this.#closed) {
      const pauseMs = await this.#sendOne(batch);
      if (pauseMs > 0 && !this.#closed) await this.#pause(pauseMs);
      batch = this.#queue[0];
    }
  }

  /** @returns how long to wait before the next attempt; 0 after success */
  async #sendOne(batch: Batch): Promise<number> {
    let body: Buffer;
    try {
      body = await bodyOf(batch);
    } catch (error) {
      // Somebody removed it (or, on another host, took it for an orphan's and sends it in our place).
      this.#reporter.internal('reading a batch', error);
      this.#onGone(batch, batch.spans);
      this.#forget(batch);
      return 0;
    }
    const answer = await this.#poster.post(body);
    if (this.#closed && answer.status === 0) return 0;
    switch (verdictOf(answer.status)) {
      case 'taken':
        await this.#taken(batch, answer);
        return 0;
      case 'dead':
        await this.#bury(batch, answer.status);
        return 0;
      case 'broken':
        if (++this.#brokenInARow >= BROKEN_ATTEMPTS_MAX) {
          await this.#bury(batch, answer.status);
          return 0;
        }
        return this.#backOff(answer);
      case 'endpoint':
        this.#reporter.report(
          'endpoint_refused',
          `the collector answers ${answer.status}: check endpoint and apiKey; spans wait on disk`,
          { status: answer.status },
        );
        this.#failures++;
        return this.#settings.retryMsMax;
      case 'retry':
        this.#reporter.report('endpoint_unreachable', 'the collector cannot be reached; spans wait on disk', {
          status: answer.status,
          fault: answer.fault,
        });
        return this.#backOff(answer);
    }
  }

  #backOff(answer: Answer): number {
    this.#failures++;
    const { retryMsMin, retryMsMax } = this.#settings;
    return (
      readRetryAfter(answer.retryAfter, Date.now()) ?? backoffMs(this.#failures, retryMsMin, retryMsMax, Math.random())
    );
  }

  async #taken(batch: Batch, answer: Answer): Promise<void> {
    this.#failures = 0;
    const partial = readPartialSuccess(answer.body);
    const rejected = Math.min(partial?.rejectedSpans ?? 0, batch.spans);
    this.#counters.sent += batch.spans - rejected;
    if (partial && rejected > 0) {
      this.#counters.rejected += rejected;
      this.#reporter.report('spans_rejected', `the collector refused ${rejected} spans`, { reason: partial.message });
    }
    await removeBatch(batch).catch((error: unknown) => this.#reporter.internal('removing a sent batch', error));
    this.#onGone(batch, 0);
    this.#forget(batch);
  }

  async #bury(batch: Batch, status: number): Promise<void> {
    this.#counters.deadFiles++;
    this.#reporter.report(
      'batch_dead',
      `the collector will never take a batch of ${batch.spans} spans; it is kept as .dead`,
      { status, spans: batch.spans },
    );
    await buryBatch(batch).catch((error: unknown) => this.#reporter.internal('putting a batch aside', error));
    this.#forget(batch);
  }

  #forget(batch: Batch): void {
    this.#brokenInARow = 0;
    if (this.#queue[0] === batch) this.#queue.shift();
    else this.#queue = this.#queue.filter((other) => other !== batch);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function nameOf(batch: Batch): string {
  return basename(batch.path);
}
