import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Files under a folder that hold any of the patterns, as bytes. The ground truth of an erasure, as far as the searched
 * values are stored uncompressed: a subject id is, in every column and index that holds one (ADR 0010).
 *
 * A file that vanishes while it is read (a part that is being cleaned up) is no finding.
 */
export async function filesHolding(folder: string, patterns: readonly (Buffer | string)[]): Promise<string[]> {
  const found: string[] = [];
  // No symbolic links: ClickHouse keeps `data/<database>` as one, and would be searched twice.
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesHolding(path, patterns)));
    if (!entry.isFile()) continue;
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    if (patterns.some((pattern) => bytes.includes(pattern))) found.push(path);
  }
  return found;
}

/** Every form in which ClickHouse or a log could write a subject id: raw, as a UUID column has it, and as text. */
export function formsOfSubject(subjectId: string): (Buffer | string)[] {
  const hex = subjectId.replaceAll('-', '');
  const raw = Buffer.from(hex, 'hex');
  const halves = Buffer.concat([Buffer.from(raw.subarray(0, 8)).reverse(), Buffer.from(raw.subarray(8)).reverse()]);
  return [raw, halves, subjectId, subjectId.toUpperCase(), hex, hex.toUpperCase(), hex.replace(/../g, '\\x$&')];
}
