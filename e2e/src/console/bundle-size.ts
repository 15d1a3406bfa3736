import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

/** What the first screen may cost, compressed; a screen that is opened later brings its own. */
export const FIRST_SCREEN_BYTES_MAX = 300_000;

/** One screen, or what all of them stand on. Sizes are compressed as the server compresses. */
export interface ScreenSize {
  /** Source of the screen, e.g. `src/screens/home.tsx`. */
  readonly screen: string;
  /** Of all JavaScript that it needs. */
  readonly jsBytes: number;
  /** Of the part that the page does not have already. */
  readonly ownJsBytes: number;
}

export interface BundleSizes {
  /** The page with its first screen. */
  readonly firstScreenBytes: number;
  readonly pageBytes: number;
  readonly screens: readonly ScreenSize[];
}

/** One entry of Vite's manifest (vite.dev/guide/backend-integration). */
interface Chunk {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly isDynamicEntry?: boolean;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
}

const FIRST_SCREEN = /\/home\.tsx$/;

/** @param dir built with a manifest. @throws when the page or its first screen is not in it */
export async function bundleSizes(dir: string): Promise<BundleSizes> {
  const manifest = JSON.parse(await readFile(path.join(dir, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>;
  const [page] = Object.entries(manifest).find(([, { isEntry }]) => isEntry === true) ?? [];
  if (page === undefined) throw new Error('the manifest has no entry');
  const sizes = new Map<string, number>();
  for (const { file } of Object.values(manifest)) {
    if (file.endsWith('.js')) sizes.set(file, compressedBytes(await readFile(path.join(dir, file))));
  }
  const filesOf = (keys: readonly string[], seen = new Set<string>()): Set<string> => {
    for (const key of keys) {
      const chunk = manifest[key];
      if (chunk === undefined || seen.has(chunk.file)) continue;
      seen.add(chunk.file);
      filesOf(chunk.imports ?? [], seen);
    }
    return seen;
  };
  const total = (files: Iterable<string>) => [...files].reduce((sum, file) => sum + (sizes.get(file) ?? 0), 0);

  const ofPage = filesOf([page]);
  // What a screen loads later by itself, such as a layout engine, is not listed: it is no screen.
  const screens = (manifest[page]?.dynamicImports ?? []).filter((key) => key.endsWith('.tsx'));
  const first = screens.find((key) => FIRST_SCREEN.test(key));
  if (first === undefined) throw new Error('the manifest has no first screen');
  return {
    firstScreenBytes: total(filesOf([page, first])),
    pageBytes: total(ofPage),
    screens: screens.map((screen) => {
      const files = filesOf([screen]);
      const own = [...files].filter((file) => !ofPage.has(file));
      return { screen, jsBytes: total(new Set([...files, ...ofPage])), ownJsBytes: total(own) };
    }),
  };
}

/** As api/src/console/console-files.ts does. */
const compressedBytes = (bytes: Uint8Array) =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } }).length;
