import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VestigeError } from '@vestige/core/errors';
import type { Witness } from './witness.ts';

const NOTE_NAME = /^\d{12}\.note$/;
const CALL_TIMEOUT_MS = 15_000;

/**
 * Copies in a folder, one file a checkpoint: a share of the customer's, a checked-out repository, a mounted bucket with
 * object lock. A file that is there is never written again; if it says something else, the folder belongs to another log.
 */
export function folderWitness(folder: string): Witness {
  const of = (tenant: string) => join(folder, tenant);
  return {
    kind: 'copy',
    place: folder,
    everyS: 0,
    async testify(note, { tenant, size }) {
      const file = join(of(tenant), `${String(size).padStart(12, '0')}.note`);
      const known = await contentOf(file);
      if (known !== null && known !== note) {
        throw new VestigeError('internal', 'the folder of copies holds another checkpoint of this size');
      }
      if (known === null) {
        await written(async () => {
          await mkdir(of(tenant), { recursive: true });
          // Whole or not at all: a reader must never meet half a note.
          const draft = `${file}.${randomUUID()}`;
          await writeFile(draft, note, { flush: true });
          await rename(draft, file);
        });
      }
      return Buffer.from(`sha256:${createHash('sha256').update(note).digest('hex')}`);
    },
    async newest(tenant) {
      const names = await readdir(of(tenant)).catch(() => []);
      const last = names
        .filter((name) => NOTE_NAME.test(name))
        .sort()
        .at(-1);
      return last === undefined ? null : contentOf(join(of(tenant), last));
    },
  };
}

/**
 * Copies sent to an address of the customer's: a webhook, or a bucket that takes `PUT`.
 *
 * @param url may hold `{tenant}` and `{size}`; the note is the body, and may arrive twice
 */
export function webhookWitness(url: string, call: typeof fetch = fetch): Witness {
  return {
    kind: 'copy',
    place: new URL(url.replaceAll(/[{}]/g, '')).host,
    everyS: 0,
    async testify(note, { tenant, size }) {
      const to = url.replaceAll('{tenant}', encodeURIComponent(tenant)).replaceAll('{size}', String(size));
      const response = await call(to, {
        method: 'PUT',
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body: note,
        redirect: 'error',
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      }).catch(() => null);
      await response?.body?.cancel();
      if (response === null || !response.ok) {
        throw new VestigeError('store_unavailable', 'the address for copies of checkpoints did not take one');
      }
      return Buffer.from(`sha256:${createHash('sha256').update(note).digest('hex')} ${response.status}`);
    },
  };
}

async function contentOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new VestigeError('store_unavailable', 'the folder for copies of checkpoints cannot be read');
  }
}

async function written(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch {
    throw new VestigeError('store_unavailable', 'the folder for copies of checkpoints cannot be written');
  }
}
