import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';

/** True when any file under `folder` (or the file itself) holds these bytes. The ground truth of "erased". */
export async function bytesHold(folder: string, text: string): Promise<boolean> {
  const needle = Buffer.from(text, 'utf8');
  if ((await stat(folder)).isFile()) return (await readFile(folder)).includes(needle);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && (await readFile(path.join(entry.parentPath, entry.name))).includes(needle)) return true;
  }
  return false;
}
