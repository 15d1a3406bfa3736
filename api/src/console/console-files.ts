import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

/** One file of the built console, ready to be sent. */
export interface ConsoleFile {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Null where compressing gains nothing. */
  readonly brotli: Uint8Array<ArrayBuffer> | null;
  /** Its name changes with its content. */
  readonly isHashed: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};
const COMPRESSIBLE = /^(?:text\/|image\/svg|application\/(?:json|wasm))/;

/** Where `npm run build -w web` puts it. */
export const CONSOLE_DIR = fileURLToPath(new URL('../../../web/dist', import.meta.url));

/**
 * Reads the built console into memory (about two megabytes), so that no path of a request ever reaches the file system.
 *
 * @returns by path (`/index.html`, `/assets/…`), empty when it was not built
 */
export async function readConsoleFiles(dir: string): Promise<ReadonlyMap<string, ConsoleFile>> {
  const files = new Map<string, ConsoleFile>();
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = new Uint8Array(await readFile(path));
    const url = `/${relative(dir, path).split(sep).join('/')}`;
    files.set(url, { type, bytes, brotli: brotliOf(type, bytes), isHashed: url.startsWith('/assets/') });
  }
  return files;
}

function brotliOf(type: string, bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  if (!COMPRESSIBLE.test(type) || bytes.length < 1_024) return null;
  return new Uint8Array(brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } }));
}
