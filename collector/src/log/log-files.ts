import { constants } from 'node:fs';
import { type FileHandle, open, readdir, readFile, unlink } from 'node:fs/promises';
import { lockLogFolder } from './log-lock.ts';

/**
 * The system calls of the log, in one place, so that a test can end the process between any two of them, or let one
 * fail as a full disk does.
 */
export interface LogFiles {
  /** Holds the folder for this process alone. */
  lock(folder: string): { release(): void };
  list(folder: string): Promise<string[]>;
  read(file: string): Promise<Buffer>;
  /** Makes a file that must not exist, and makes its name durable. */
  create(folder: string, name: string): Promise<SegmentFile>;
  openToRead(file: string): Promise<SegmentFile>;
  unlink(folder: string, name: string): Promise<void>;
}

export interface SegmentFile {
  /** All of it, or an error after a part of it. */
  write(pieces: readonly Uint8Array[], position: number): Promise<void>;
  /** Content and length are on the disk. */
  sync(): Promise<void>;
  truncate(bytes: number): Promise<void>;
  /** @returns fewer bytes than asked for at the end of the file */
  read(bytes: number, position: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Group and others read nothing: records hold tokens. */
const FILE_MODE = 0o600;
/** The kernel's limit on pieces of one write (`IOV_MAX`). */
const PIECES_MAX = 1024;

export const nodeLogFiles: LogFiles = {
  lock: lockLogFolder,
  list: (folder) => readdir(folder),
  read: (file) => readFile(file),
  async create(folder, name) {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
    const handle = await open(`${folder}/${name}`, flags, FILE_MODE);
    try {
      await syncFolder(folder);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return segmentFile(handle);
  },
  openToRead: async (file) => segmentFile(await open(file, 'r')),
  async unlink(folder, name) {
    await unlink(`${folder}/${name}`);
    await syncFolder(folder);
  },
};

/** A name is durable when its folder is: fsync of the file alone does not keep the entry (fsync(2)). */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function segmentFile(handle: FileHandle): SegmentFile {
  return {
    async write(pieces, position) {
      let at = position;
      for (let start = 0; start < pieces.length; start += PIECES_MAX) {
        at += await writeAll(handle, pieces.slice(start, start + PIECES_MAX), at);
      }
    },
    sync: () => handle.datasync(),
    truncate: (bytes) => handle.truncate(bytes),
    async read(bytes, position) {
      const buffer = Buffer.allocUnsafe(bytes);
      let filled = 0;
      while (filled < bytes) {
        const { bytesRead } = await handle.read(buffer, filled, bytes - filled, position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    },
    close: () => handle.close(),
  };
}

/** `writev` may write less than it was given, on a disk that is nearly full for one. */
async function writeAll(handle: FileHandle, pieces: readonly Uint8Array[], position: number): Promise<number> {
  let rest = pieces;
  let written = 0;
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest as Uint8Array[], position + written);
    written += bytesWritten;
    rest = withoutFirst(rest, bytesWritten);
  }
  return written;
}

function withoutFirst(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  let first = 0;
  for (; first < pieces.length; first += 1) {
    const length = pieces[first]?.length ?? 0;
    if (skip < length) break;
    skip -= length;
  }
  const rest = pieces.slice(first);
  if (rest[0] !== undefined && skip > 0) rest[0] = rest[0].subarray(skip);
  return rest;
}
