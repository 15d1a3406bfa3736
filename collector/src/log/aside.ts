import { mkdir, readdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Long enough for somebody to be told and to look; not for ever, for what lies here still carries tokens. */
const KEPT_MS = 7 * 86_400_000;
const TIDY_MS = 3_600_000;
const BYTES_MAX = 256 * 1024 * 1024;
const NAME = /^[A-Za-z0-9._-]{1,200}$/;

/**
 * Bytes that cannot be stored and must not be lost silently: damaged pieces of the log, and records that ClickHouse
 * refuses for their content. Nothing here is ever drained again by itself; after a week it is removed, and what names
 * somebody who is erased goes before that erasure is acknowledged (`drain/erased-aside.ts`).
 */
export interface Aside {
  /** @returns the file, or null when it could not be kept */
  keep(name: string, bytes: Uint8Array): Promise<string | null>;
  files(): Promise<number>;
  /** Removes the files for whose bytes the answer is true. @returns how many */
  dropWhere(isToGo: (bytes: Buffer) => Promise<boolean>): Promise<number>;
  close(): void;
}

export async function openAside(folder: string, nowMs: () => number): Promise<Aside> {
  const contents = async () => {
    const names = await readdir(folder).catch(() => []);
    const found = await Promise.all(
      names
        .filter((name) => NAME.test(name))
        .map(async (name) => {
          const { mtimeMs, size } = await stat(join(folder, name)).catch(() => ({ mtimeMs: nowMs(), size: 0 }));
          return { name, mtimeMs, size };
        }),
    );
    return found;
  };
  const tidy = async (): Promise<void> => {
    for (const { name, mtimeMs } of await contents()) {
      if (nowMs() - mtimeMs > KEPT_MS) await unlink(join(folder, name)).catch(() => {});
    }
  };
  await tidy();
  const timer = setInterval(() => void tidy(), TIDY_MS).unref();
  return {
    async keep(name, bytes) {
      const held = (await contents()).reduce((sum, { size }) => sum + size, 0);
      if (held + bytes.length > BYTES_MAX) return null;
      const file = join(folder, name);
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(file, bytes, { mode: 0o600, flush: true });
        return file;
      } catch {
        // A full disk: what is lost with it is reported with the name it would have had.
        return null;
      }
    },
    files: async () => (await contents()).length,
    async dropWhere(isToGo) {
      let dropped = 0;
      for (const { name } of await contents()) {
        const file = join(folder, name);
        const bytes = await readFile(file).catch(() => null);
        if (bytes === null || !(await isToGo(bytes))) continue;
        await unlink(file);
        dropped += 1;
      }
      return dropped;
    },
    close: () => clearInterval(timer),
  };
}
