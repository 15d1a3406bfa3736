import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import path from 'node:path';

/**
 * Makes a file in a folder and removes it. The rights that a folder shows are not enough: a read-only mount, a container's
 * mapping of users or a full disk refuse what they promise.
 *
 * @throws what the file system says
 */
export async function tryToWrite(folder: string): Promise<void> {
  const file = path.join(folder, `.vestige-check-${randomUUID()}`);
  const handle = await open(file, 'wx');
  await handle.close();
  await rm(file);
}
