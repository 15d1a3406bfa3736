import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Every file under a folder that an engine works in meanwhile: a folder that a merge takes away during the walk holds
 * nothing any more. `readdir` with `recursive` throws for it.
 */
export async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const found = entries.map((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesUnder(path);
    return entry.isFile() ? [path] : [];
  });
  return (await Promise.all(found)).flat();
}
