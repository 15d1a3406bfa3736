import type { LogFiles, SegmentFile } from '../log-files.ts';

/** What the disk of a crashed machine may look like. */
export type Crash = 'process-killed' | 'power-cut';

interface Content {
  /** As this process sees it. */
  now: Buffer;
  /** What fsync has promised. */
  durable: Buffer;
  /** Its name survives a power cut. */
  nameDurable: boolean;
}

const PAGE_BYTES = 512;

/**
 * A folder in memory that can die between any two system calls, or inside one, and then shows what a real one may show:
 * after `kill -9` everything that was written, after a power cut what was fsynced and any of the pages that were not.
 */
export class SimulatedDisk implements LogFiles {
  readonly #below: (bound: number) => number;
  #contents = new Map<string, Content>();
  /** Names that are unlinked now and whose unlinking is not durable yet. */
  #unlinked = new Map<string, Content>();
  #life = 0;
  /** System calls until the process dies; null while it is not to. */
  #callsLeft: number | null = null;
  #bytesFree = Number.POSITIVE_INFINITY;
  #onDeath: () => void = () => {};
  calls = 0;

  /** @param below a whole number from 0, below the bound, at random */
  constructor(below: (bound: number) => number) {
    this.#below = below;
  }

  /** Dies at the `calls`th system call from now: before it, after it, or in the middle of a write. */
  dieAfter(calls: number): Promise<void> {
    this.#callsLeft = calls;
    return new Promise((resolve) => {
      this.#onDeath = resolve;
    });
  }

  /** A full disk has 0. */
  set bytesFree(bytes: number) {
    this.#bytesFree = bytes;
  }

  names(): string[] {
    return [...this.#contents.keys()].sort();
  }

  content(name: string): Buffer {
    return this.#contents.get(name)?.now ?? Buffer.alloc(0);
  }

  replace(name: string, bytes: Buffer): void {
    this.#contents.set(name, { now: bytes, durable: bytes, nameDurable: true });
  }

  /** What the next process finds. Calls of the former one never return. */
  crash(kind: Crash): void {
    this.#life += 1;
    this.#callsLeft = null;
    if (kind === 'process-killed') return;
    const contents = new Map<string, Content>();
    for (const [name, content] of this.#contents) {
      if (content.nameDurable || this.#below(2) === 0) contents.set(name, this.#afterPowerCut(content));
    }
    for (const [name, content] of this.#unlinked) {
      if (this.#below(2) === 0) contents.set(name, this.#afterPowerCut(content));
    }
    this.#contents = contents;
    this.#unlinked = new Map();
  }

  #afterPowerCut({ now, durable }: Content): Content {
    const bytes = Buffer.alloc(durable.length + this.#below(Math.max(0, now.length - durable.length) + 1));
    durable.copy(bytes);
    for (let at = durable.length; at < bytes.length; at += PAGE_BYTES) {
      if (this.#below(3) > 0) now.copy(bytes, at, at, Math.min(at + PAGE_BYTES, bytes.length));
    }
    return { now: bytes, durable: bytes, nameDurable: true };
  }

  lock(): { release(): void } {
    return { release: () => {} };
  }

  async list(): Promise<string[]> {
    return this.names();
  }

  async read(file: string): Promise<Buffer> {
    return Buffer.from(this.content(nameOf(file)));
  }

  async create(_folder: string, name: string): Promise<SegmentFile> {
    const content: Content = { now: Buffer.alloc(0), durable: Buffer.alloc(0), nameDurable: false };
    await this.#call(() => {
      if (this.#bytesFree === 0) throw full();
      this.#contents.set(name, content);
    });
    await this.#call(() => {
      content.nameDurable = true;
    });
    return this.#file(content);
  }

  async openToRead(file: string): Promise<SegmentFile> {
    const content = this.#contents.get(nameOf(file));
    if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return this.#file(content);
  }

  async unlink(_folder: string, name: string): Promise<void> {
    await this.#call(() => {
      const content = this.#contents.get(name);
      if (content !== undefined) this.#unlinked.set(name, content);
      this.#contents.delete(name);
    });
    await this.#call(() => this.#unlinked.delete(name));
  }

  #file(content: Content): SegmentFile {
    return {
      write: (pieces, position) => this.#write(content, Buffer.concat(pieces), position),
      sync: () =>
        this.#call(() => {
          content.durable = Buffer.from(content.now);
        }),
      truncate: (bytes) =>
        this.#call(() => {
          content.now = Buffer.from(content.now.subarray(0, bytes));
        }),
      read: async (bytes, position) => Buffer.from(content.now.subarray(position, position + bytes)),
      close: async () => {},
    };
  }

  #write(content: Content, bytes: Buffer, position: number): Promise<void> {
    const put = (length: number) => {
      content.now = Buffer.concat([content.now.subarray(0, position), bytes.subarray(0, length)]);
    };
    return this.#call(
      () => {
        const room = Math.min(bytes.length, this.#bytesFree);
        put(room);
        this.#bytesFree -= room;
        if (room < bytes.length) throw full();
      },
      () => put(this.#below(bytes.length + 1)),
    );
  }

  /** @param half what may have happened when the process dies inside the call */
  async #call(whole: () => void, half: () => void = () => {}): Promise<void> {
    const life = this.#life;
    await null;
    if (life !== this.#life) return neverReturns();
    this.calls += 1;
    if (this.#callsLeft !== null) {
      this.#callsLeft -= 1;
      if (this.#callsLeft <= 0) {
        const moment = this.#below(3);
        if (moment === 1) half();
        if (moment === 2) whole();
        this.#life += 1;
        this.#onDeath();
        return neverReturns();
      }
    }
    whole();
    await null;
  }
}

const neverReturns = () => new Promise<never>(() => {});
const nameOf = (file: string): string => file.slice(file.lastIndexOf('/') + 1);
const full = () => Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
