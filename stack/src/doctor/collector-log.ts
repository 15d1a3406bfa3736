import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { segmentNo } from '@vestige/collector/log/segment';
import { readSegment } from '@vestige/collector/log/segment-format';
import { bad, type Finding, good, warning } from './finding.ts';
import { diskFinding } from './machine.ts';

/** Drained within a second when all is well; ClickHouse that was restarted is back before this. */
const AGE_MS_MAX = 5 * 60_000;
const MIB = 1024 ** 2;

export interface LogToExamine {
  readonly logDir: string;
  /** What the log may grow to. */
  readonly bytesMax: number;
}

/** The durable log of a collector: room for it, and what lies in it. Reads only; a collector may be running on it. */
export async function logFindings({ logDir, bytesMax }: LogToExamine, nowMs: number): Promise<Finding[]> {
  const disk = await diskFinding({
    check: 'log disk',
    name: 'the log folder',
    path: logDir,
    freeBytesMin: bytesMax,
    setting: 'VESTIGE_COLLECTOR_LOG_DIR or a lower VESTIGE_COLLECTOR_LOG_BYTES_MAX',
    why: 'the log may grow to its bound while ClickHouse is away, and spans are refused when the disk is full before',
    state: 'warning',
  });
  try {
    return [disk, ...contentFindings(await contentOf(logDir), nowMs)];
  } catch {
    return [disk, bad('collector log', `The log folder ${logDir} cannot be read.`, 'Run the doctor as its owner.')];
  }
}

export interface LogContent {
  readonly segments: number;
  readonly records: number;
  readonly bytes: number;
  /** Null when nothing lies there. */
  readonly oldestMs: number | null;
  /** Files with bytes that may have been acknowledged and cannot be read. */
  readonly damaged: readonly string[];
  /** Files whose end was being written when their process died. */
  readonly torn: readonly string[];
  /** What a collector could not store and put aside. */
  readonly aside: number;
}

export function contentFindings(content: LogContent, nowMs: number): Finding[] {
  const { segments, records, bytes, oldestMs, damaged, torn, aside } = content;
  const waiting =
    records === 0
      ? good('collector log', 'Nothing waits in the log of the collector.')
      : backlogFinding(records, bytes, segments, nowMs - (oldestMs ?? nowMs));
  return [
    waiting,
    ...damaged.map((file) =>
      bad(
        'collector log',
        `The log file ${file} is damaged: spans in it that were acknowledged may be lost.`,
        'Look at the disk. The next start of the collector stores what is whole and keeps the rest in the folder aside.',
      ),
    ),
    ...torn.map((file) =>
      good('collector log', `The end of the log file ${file} is incomplete: nothing of it was acknowledged.`),
    ),
    ...(aside === 0
      ? []
      : [
          warning(
            'collector log',
            `${aside} files lie in the folder aside of the log: what could not be read or stored.`,
            'Look into the log of the collector for the reason; the files still hold tokens and go after a week.',
          ),
        ]),
  ];
}

function backlogFinding(records: number, bytes: number, segments: number, ageMs: number): Finding {
  const says = `${records} requests (${(bytes / MIB).toFixed(1)} MiB, ${segments} files) lie in the log of the collector, the oldest for ${Math.round(ageMs / 1000)} s`;
  return ageMs <= AGE_MS_MAX
    ? good('collector log', `${says}.`)
    : warning(
        'collector log',
        `${says}: they are accepted and not stored.`,
        'See that a collector runs on this folder and that ClickHouse and Postgres answer it.',
      );
}

/** One file in memory at a time. A file that a running collector removes meanwhile is left out. */
export async function contentOf(folder: string): Promise<LogContent> {
  const names = (await namesIn(folder)).filter((name) => segmentNo(name) !== null).sort();
  let [records, bytes, segments] = [0, 0, 0];
  let oldestMs: number | null = null;
  const [damaged, torn]: [string[], string[]] = [[], []];
  for (const name of names) {
    const file = await readFile(join(folder, name)).catch(absent);
    if (file === null) continue;
    const content = readSegment(file);
    segments += 1;
    records += content.records.length;
    bytes += file.length;
    for (const { appendedAtMs } of content.records) oldestMs = Math.min(oldestMs ?? appendedAtMs, appendedAtMs);
    if (content.damaged.length > 0) damaged.push(name);
    else if (content.wholeBytes < file.length) torn.push(name);
  }
  const aside = (await namesIn(join(folder, 'aside'))).length;
  return { segments, records, bytes, oldestMs, damaged, torn, aside };
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(absent)) ?? [];
}

function absent(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
  throw error;
}
