import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Where a text or a UUID's raw bytes still lie. */
export interface ByteHit {
  readonly file: string;
  readonly what: string;
}

/**
 * Reads every file under the folders and looks for each needle as text, and for a UUID also as its 16 bytes, in the
 * order of its text and in ClickHouse's (two little-endian halves).
 *
 * What this proves and what not: a compressed block hides bytes from it, so it stands beside the counts of the engines,
 * not in their place.
 */
export async function byteSearch(folders: readonly string[], needles: readonly string[]): Promise<ByteHit[]> {
  const wanted = needles.flatMap((needle) => formsOf(needle).map((bytes) => ({ what: needle, bytes })));
  const hits: ByteHit[] = [];
  for (const folder of folders) {
    for (const file of await filesUnder(folder)) {
      const content = await readFile(file).catch(() => null); // merges remove files while we walk
      if (!content) continue;
      for (const { what, bytes } of wanted) {
        if (content.includes(bytes)) hits.push({ file, what });
      }
    }
  }
  return hits;
}

/** Not `readdir` with `recursive`: that throws for a folder which a merge takes away during the walk. */
async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = entries.map((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return filesUnder(file);
    return entry.isFile() ? [file] : [];
  });
  return (await Promise.all(found)).flat();
}

function formsOf(needle: string): Buffer[] {
  const forms = [Buffer.from(needle, 'utf8')];
  const hex = needle.replaceAll('-', '');
  if (/^[0-9a-f]{32}$/i.test(hex)) {
    const bytes = Buffer.from(hex, 'hex');
    const halves = Buffer.concat([
      Buffer.from(bytes.subarray(0, 8)).reverse(),
      Buffer.from(bytes.subarray(8)).reverse(),
    ]);
    forms.push(bytes, halves, Buffer.from(hex, 'utf8'));
  }
  return forms;
}
