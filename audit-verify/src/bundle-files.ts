import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A bundle as it was handed over: an unpacked folder, a tar archive, or a compressed one. */
export interface BundleFiles {
  /** Relative names, sorted. */
  readonly names: readonly string[];
  /** @returns null when there is no such file */
  read(name: string): Buffer | null;
}

export class UnreadableBundle extends Error {}

const BLOCK = 512;

/** @throws UnreadableBundle in a sentence an auditor understands */
export function openBundle(path: string): BundleFiles {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new UnreadableBundle(`${path} does not exist.`);
  if (stat.isDirectory()) return folder(path);
  return /\.t?gz$/.test(path) ? tar(memory(gunzip(path))) : tar(file(path));
}

function folder(path: string): BundleFiles {
  const names = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length).replaceAll('\\', '/').replace(/^\//, ''))
    .sort();
  return { names, read: (name) => (names.includes(name) ? readFileSync(join(path, name)) : null) };
}

/** Bytes at a place, so that an archive of any size is read a file at a time. */
interface Source {
  readonly length: number;
  at(from: number, length: number): Buffer;
}

function tar(source: Source): BundleFiles {
  const places = new Map<string, { from: number; length: number }>();
  let at = 0;
  for (; at + BLOCK <= source.length; ) {
    const header = source.at(at, BLOCK);
    if (header.every((byte) => byte === 0)) break;
    const text = (from: number, length: number) => header.toString('latin1', from, from + length).replace(/\0.*$/s, '');
    const length = Number.parseInt(text(124, 12).trim(), 8);
    const name = [text(345, 155), text(0, 100)]
      .filter((part) => part !== '')
      .join('/')
      .replace(/^\.\//, '');
    const sum = header.reduce((total, byte, n) => total + (n >= 148 && n < 156 ? 32 : byte), 0);
    if (text(257, 5) !== 'ustar' || !(length >= 0) || Number.parseInt(text(148, 8).trim(), 8) !== sum) {
      throw new UnreadableBundle('This is no tar archive, or it is damaged. Ask for it once more.');
    }
    if (text(156, 1) === '0' || text(156, 1) === '') {
      if (places.has(name)) throw new UnreadableBundle(`The archive holds two files named ${name}.`);
      places.set(name, { from: at + BLOCK, length });
    }
    at += BLOCK + Math.ceil(length / BLOCK) * BLOCK;
  }
  if (at + BLOCK > source.length) {
    throw new UnreadableBundle('The archive ends before its end: it was cut off. Ask for it once more.');
  }
  return {
    names: [...places.keys()].sort(),
    read(name) {
      const place = places.get(name);
      return place === undefined ? null : source.at(place.from, place.length);
    },
  };
}

function file(path: string): Source {
  const descriptor = openSync(path, 'r');
  process.once('exit', () => closeSync(descriptor));
  return {
    length: fstatSync(descriptor).size,
    at(from, length) {
      const bytes = Buffer.alloc(length);
      const read = readSync(descriptor, bytes, 0, length, from);
      if (read !== length) throw new UnreadableBundle('The archive ends before its end: it was cut off.');
      return bytes;
    },
  };
}

const memory = (bytes: Buffer): Source => ({
  length: bytes.length,
  at: (from, length) => bytes.subarray(from, from + length),
});

function gunzip(path: string): Buffer {
  try {
    return gunzipSync(readFileSync(path));
  } catch {
    throw new UnreadableBundle('The archive cannot be unpacked: it is damaged or was cut off.');
  }
}
