import { randomBytes } from 'node:crypto';
import type { TenantId } from '@vestige/core/ids';
import type { LogRecord } from './ingest-log.ts';
import type { LogFiles, SegmentFile } from './log-files.ts';
import {
  FRAME_HEADER_BYTES,
  frame,
  payloadOf,
  RECORD_HEADER_BYTES,
  SEGMENT_HEADER_BYTES,
  segmentHeader,
} from './segment-format.ts';

const NAME = /^(\d{10})\.log$/;

export const segmentName = (no: number): string => `${String(no).padStart(10, '0')}.log`;
/** Null for a file that is no segment. */
export const segmentNo = (name: string): number | null => {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
};

/** Where a record lies in its segment. */
export interface RecordPlace {
  /** Of the record's header. */
  readonly offset: number;
  readonly payloadBytes: number;
}

/** Bytes between two records that are read along rather than asked around. */
const READ_GAP_BYTES = 64 * 1024;
const READ_BYTES_MAX = 4 * 1024 * 1024;

/** One file of the log, and how much of it is still to be drained. */
export class Segment {
  readonly name: string;
  readonly madeAtMs: number;
  /** Records that are not done. */
  undone = 0;
  /** Records that were ever appended. */
  records = 0;
  /** Whose records lie in it, done or not. */
  readonly tenants = new Set<TenantId>();
  /** Resolves when the file is unlinked. */
  readonly gone: Promise<void>;
  readonly #settleGone: () => void;
  readonly #files: LogFiles;
  readonly #folder: string;
  readonly #salt: Uint8Array;
  /** Null when nothing is appended any more. */
  #file: SegmentFile | null;
  #bytes: number;
  #ending: Promise<void> = Promise.resolve();

  private constructor(
    at: { files: LogFiles; folder: string; name: string; madeAtMs: number },
    content: { salt: Uint8Array; bytes: number; file: SegmentFile | null },
  ) {
    this.#files = at.files;
    this.#folder = at.folder;
    this.name = at.name;
    this.madeAtMs = at.madeAtMs;
    this.#salt = content.salt;
    this.#bytes = content.bytes;
    this.#file = content.file;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gone = promise;
    this.#settleGone = resolve;
  }

  /** Makes the file. When that fails nothing is left of it, if the disk lets go of it. */
  static async create(files: LogFiles, folder: string, no: number, madeAtMs: number): Promise<Segment> {
    const name = segmentName(no);
    const salt = randomBytes(8);
    try {
      const file = await files.create(folder, name);
      const segment = new Segment({ files, folder, name, madeAtMs }, { salt, bytes: SEGMENT_HEADER_BYTES, file });
      await file.write([segmentHeader(salt)], 0).catch(async (error: unknown) => {
        await segment.#closeFile();
        throw error;
      });
      return segment;
    } catch (error) {
      await files.unlink(folder, name).catch(() => {});
      throw error;
    }
  }

  /** A file of a process that ended: it is drained and never written again. */
  static recovered(
    files: LogFiles,
    folder: string,
    found: { name: string; salt: Uint8Array; bytes: number; madeAtMs: number },
  ): Segment {
    const { name, salt, bytes, madeAtMs } = found;
    return new Segment({ files, folder, name, madeAtMs }, { salt, bytes, file: null });
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * One frame, durable when this returns. When it fails the frame is cut off again; should that fail too, a restart may
   * offer its records, which does no harm (`IngestLog`).
   *
   * @returns where each record lies
   */
  async append(records: readonly LogRecord[], atMs: number): Promise<RecordPlace[]> {
    const file = this.#file;
    if (file === null) throw new Error('unreachable: a closed segment takes nothing');
    const pieces = frame(this.#salt, records, atMs);
    try {
      await file.write(pieces, this.#bytes);
      await file.sync();
    } catch (error) {
      await file
        .truncate(this.#bytes)
        .then(
          () => file.sync(),
          () => {},
        )
        .catch(() => {});
      throw error;
    }
    let offset = this.#bytes + FRAME_HEADER_BYTES;
    const places = records.map(({ payload }) => {
      const place = { offset, payloadBytes: payload.length };
      offset += RECORD_HEADER_BYTES + payload.length;
      return place;
    });
    this.#bytes = offset;
    return places;
  }

  /** Nothing is appended any more. @param sealed says in the file that it ends here */
  end(sealed: boolean): Promise<void> {
    const end = async (): Promise<void> => {
      try {
        if (sealed) await this.append([], 0);
      } finally {
        await this.#closeFile();
      }
    };
    const ending = end();
    this.#ending = ending.catch(() => {});
    return ending;
  }

  /** @returns in the order of `places`; `payload` is null when the record is no longer what was written */
  async read(places: readonly RecordPlace[]): Promise<{ payload: Buffer | null; bytes: Buffer }[]> {
    const found: { payload: Buffer | null; bytes: Buffer }[] = [];
    const file = await this.#files.openToRead(`${this.#folder}/${this.name}`);
    try {
      for (const run of runsOf(places)) {
        const bytes = await file.read(run.to - run.from, run.from);
        for (const { place, index } of run.places) {
          const start = place.offset - run.from;
          const record = bytes.subarray(start, start + RECORD_HEADER_BYTES + place.payloadBytes);
          found[index] = { payload: payloadOf(this.#salt, record), bytes: record };
        }
      }
    } finally {
      await file.close();
    }
    return found;
  }

  async unlink(): Promise<void> {
    await this.#ending;
    await this.#closeFile();
    await this.#files.unlink(this.#folder, this.name);
    this.#settleGone();
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    // What matters was synced before.
    await file?.close().catch(() => {});
  }
}

interface Run {
  readonly from: number;
  to: number;
  readonly places: { readonly place: RecordPlace; readonly index: number }[];
}

/** Records that lie close together are read in one piece. */
function runsOf(places: readonly RecordPlace[]): Run[] {
  const sorted = places.map((place, index) => ({ place, index })).sort((a, b) => a.place.offset - b.place.offset);
  const runs: Run[] = [];
  for (const item of sorted) {
    const { offset, payloadBytes } = item.place;
    const end = offset + RECORD_HEADER_BYTES + payloadBytes;
    const last = runs.at(-1);
    if (last !== undefined && offset - last.to <= READ_GAP_BYTES && end - last.from <= READ_BYTES_MAX) {
      last.to = end;
      last.places.push(item);
    } else {
      runs.push({ from: offset, to: end, places: [item] });
    }
  }
  return runs;
}
