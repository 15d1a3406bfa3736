import { Worker } from 'node:worker_threads';
import { type ErrorCode, VestigeError } from '@vestige/core/errors';
import type { SubjectKeyring } from '@vestige/core/identity/keyring';
import { type PlainFacts, plainFactsOf, type ReadContext } from '@vestige/core/recognise/read-context';
import type { Tenant } from '@vestige/store/control/tenant-store';
import { createInlineEncoder, type InlineEncoderOptions } from './inline-encoder.ts';
import type { EncodedRequests, RequestBody, RequestEncoder } from './request-encoder.ts';
import type { EncodeOrder, WorkerMessage, WorkerStart } from './worker-messages.ts';

export interface WorkerPoolOptions extends InlineEncoderOptions {
  readonly threads: number;
  readonly keyring: SubjectKeyring | null;
  /** A thread ended by itself; another one takes its place. */
  readonly onThreadLost: () => void;
}

/** A thread that dies at once must not be started again and again without a pause. */
const RESTART_MS = 1_000;

/**
 * Spreads requests over threads, each with what it has learned of spans itself. What a thread held when it died is
 * encoded on the caller's: the same bytes under the same context give the same payload, whoever encodes them.
 */
export function createWorkerPool(options: WorkerPoolOptions): RequestEncoder {
  const inline = createInlineEncoder(options);
  const threads = Array.from({ length: options.threads }, () => new EncodingThread(options));

  return {
    async encode(tenant, context, requests) {
      const thread = leastBusy(threads);
      const facts = plainFactsOf(context);
      if (thread !== null && facts !== null) {
        const encoded = await thread.encode(tenant, context, facts, requests);
        if (encoded !== null) return encoded;
      }
      return inline.encode(tenant, context, requests);
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.close()));
      await inline.close();
    },
  };
}

/** Null while none of them runs. */
function leastBusy(threads: readonly EncodingThread[]): EncodingThread | null {
  let least: EncodingThread | null = null;
  for (const thread of threads) {
    if (thread.isRunning && (least === null || thread.bytesWaiting < least.bytesWaiting)) least = thread;
  }
  return least;
}

interface Waiting {
  readonly bytes: number;
  resolve(encoded: EncodedRequests | null): void;
  reject(error: unknown): void;
}

class EncodingThread {
  bytesWaiting = 0;
  readonly #options: WorkerPoolOptions;
  readonly #waiting = new Map<number, Waiting>();
  /** The context of each tenant that the thread has. */
  #contexts = new Map<number, WeakRef<ReadContext>>();
  #worker: Worker | null = null;
  #restart: NodeJS.Timeout | null = null;
  #closing = false;
  #lastId = 0;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#start();
  }

  get isRunning(): boolean {
    return this.#worker !== null;
  }

  /** @returns null when the thread died before it answered */
  encode(
    tenant: Tenant,
    context: ReadContext,
    facts: PlainFacts,
    requests: readonly RequestBody[],
  ): Promise<EncodedRequests | null> {
    const id = ++this.#lastId;
    const isKnown = this.#contexts.get(tenant.id)?.deref() === context;
    // Copies: a body may be part of a larger buffer, and is needed again should the thread die. Field by field: whatever else
    // a caller's object holds, functions above all, cannot be sent.
    const copies = requests.map(({ body, form, receivedAtMs }) => ({ body: new Uint8Array(body), form, receivedAtMs }));
    const hasKey = context.tokenFor !== null;
    const order: EncodeOrder = { id, tenant, requests: copies, hasKey, facts: isKnown ? null : facts };
    const bytes = copies.reduce((sum, { body }) => sum + body.length, 0);
    return new Promise((resolve, reject) => {
      // What cannot be sent rejects here, before anything waits for an answer or the thread is thought to know the context.
      this.#worker?.postMessage(
        order,
        copies.map(({ body }) => body.buffer),
      );
      if (!isKnown) this.#contexts.set(tenant.id, new WeakRef(context));
      this.bytesWaiting += bytes;
      this.#waiting.set(id, { bytes, resolve, reject });
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    if (this.#restart !== null) clearTimeout(this.#restart);
    await this.#worker?.terminate();
  }

  #start(): void {
    const { keyring, onThreadLost } = this.#options;
    const start: WorkerStart = { keyring: keyring?.reveal() ?? null };
    const worker = new Worker(new URL('./encode-worker.ts', import.meta.url), { workerData: start });
    this.#worker = worker;
    this.#contexts = new Map();
    worker.on('message', (message: WorkerMessage) => this.#hear(message));
    // Its exit follows; the error itself may quote what it was given.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      this.#worker = null;
      for (const id of [...this.#waiting.keys()]) this.#answered(id)?.resolve(null);
      if (this.#closing) return;
      onThreadLost();
      this.#restart = setTimeout(() => this.#start(), RESTART_MS).unref();
    });
  }

  #hear(message: WorkerMessage): void {
    switch (message.kind) {
      case 'encoded':
        this.#answered(message.id)?.resolve(message.encoded);
        break;
      case 'refused':
        this.#answered(message.id)?.reject(new VestigeError(message.code as ErrorCode, message.message, message.facts));
        break;
      case 'fault': {
        const error = new Error('a fault in another thread');
        error.stack = message.stack;
        this.#options.onReaderFault(error);
      }
    }
  }

  #answered(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (waiting !== undefined) this.bytesWaiting -= waiting.bytes;
    return waiting;
  }
}
