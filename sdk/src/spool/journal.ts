import { closeSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fields, varint } from '../otlp/fields.ts';

/**
 * Where ended spans go first: one append-only file of OTLP pieces, written synchronously. What `write()` has returned
 * is in the page cache and survives the death of the process by any means.
 */
export class Journal {
  readonly #prefix: string;
  #folder: string;
  #number = 0;
  #fd: number | null = null;
  #path = '';
  #bytes = 0;
  #spans = 0;

  /** @param prefix unique in the world, because a successor moves the file into a folder of its own */
  constructor(folder: string, prefix: string) {
    this.#folder = folder;
    this.#prefix = prefix;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Writes all of it or throws and leaves the file as it was. */
  append(piece: Uint8Array, spans: number): void {
    this.#fd ??= this.#open();
    let written = 0;
    try {
      while (written < piece.length) {
        written += writeSync(this.#fd, piece, written, piece.length - written, this.#bytes + written);
      }
    } catch (error) {
      // A torn tail would hide every piece appended after it.
      if (written > 0) ftruncateSync(this.#fd, this.#bytes);
      throw error;
    }
    this.#bytes += piece.length;
    this.#spans += spans;
  }

  /** Onto the disk itself; for the moment before the process ends. */
  sync(): void {
    if (this.#fd !== null) fsyncSync(this.#fd);
  }

  /** Ends the current file; the next append begins another. @returns the file, or null if nothing was appended */
  rotate(): { path: string; bytes: number; spans: number } | null {
    if (this.#fd === null) return null;
    const ended = { path: this.#path, bytes: this.#bytes, spans: this.#spans };
    const fd = this.#fd;
    this.#fd = null;
    this.#bytes = 0;
    this.#spans = 0;
    closeSync(fd);
    return ended.bytes > 0 ? ended : null;
  }

  #open(): number {
    this.#number++;
    this.#path = join(this.#folder, `${this.#prefix}-${String(this.#number).padStart(8, '0')}.journal`);
    return openSync(this.#path, 'wx', 0o600);
  }
}

const RESOURCE_SPANS = 0x0a;
const SCOPE_SPANS = 0x12;
const SPAN = 0x12;

/**
 * The whole pieces at the head of a journal that nobody closed. A full disk may have cut the last one short and a power
 * failure may have left zeros; what follows the first defect is unreadable.
 */
export function readJournal(bytes: Uint8Array): { whole: Uint8Array; spans: number } {
  let at = 0;
  while (at < bytes.length && bytes[at] === RESOURCE_SPANS) {
    const length = varint(bytes, at + 1);
    if (length === null || length.next + length.value > bytes.length) break;
    at = length.next + length.value;
  }
  const whole = bytes.subarray(0, at);
  return { whole, spans: countSpans(whole) };
}

function countSpans(request: Uint8Array): number {
  let spans = 0;
  for (const resourceSpans of below(request, RESOURCE_SPANS)) {
    for (const scopeSpans of below(resourceSpans, SCOPE_SPANS)) {
      for (const _ of below(scopeSpans, SPAN)) spans++;
    }
  }
  return spans;
}

function* below(message: Uint8Array, tag: number): Generator<Uint8Array> {
  for (const field of fields(message)) if (field.tag === tag && typeof field.value !== 'number') yield field.value;
}
