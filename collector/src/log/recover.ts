import { join } from 'node:path';
import type { Aside } from './aside.ts';
import type { LogFiles } from './log-files.ts';
import type { LogReport } from './log-report.ts';
import { Segment, segmentNo } from './segment.ts';
import { type FoundRecord, readSegment } from './segment-format.ts';

export interface Recovered {
  readonly segment: Segment;
  readonly records: readonly FoundRecord[];
}

/**
 * What a process that ended left in the folder, oldest first. What was torn off is left out and told; what was damaged
 * is kept aside and told, and everything whole around it is recovered.
 *
 * @returns also the number of the next segment: above every name that is or was here
 */
export async function recover(
  files: LogFiles,
  folder: string,
  aside: Aside,
  nowMs: number,
  report: (event: LogReport) => void,
): Promise<{ readonly found: Recovered[]; readonly nextNo: number }> {
  const names = (await files.list(folder)).filter((name) => segmentNo(name) !== null).sort();
  const found: Recovered[] = [];
  for (const name of names) {
    const bytes = await files.read(join(folder, name));
    const { salt, records, wholeBytes, damaged } = readSegment(bytes);
    if (wholeBytes < bytes.length) report({ kind: 'torn', file: join(folder, name), bytes: bytes.length - wholeBytes });
    for (const { from, to } of damaged) {
      const keptAs = await aside.keep(`damaged-${name}-${from}`, bytes.subarray(from, to));
      report({ kind: 'damaged', file: join(folder, name), bytes: to - from, keptAs });
    }
    const segment = Segment.recovered(files, folder, {
      name,
      salt: salt ?? Buffer.alloc(0),
      bytes: bytes.length,
      madeAtMs: nowMs,
    });
    found.push({ segment, records });
  }
  const last = names.at(-1);
  return { found, nextNo: last === undefined ? 1 : (segmentNo(last) ?? 0) + 1 };
}
