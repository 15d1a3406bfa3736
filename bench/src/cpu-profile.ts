import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The parts of a V8 `.cpuprofile` that we read. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** On the clock of `process.hrtime`, µs. */
  readonly startTime: number;
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

export interface SelfTime {
  readonly where: string;
  readonly us: number;
  /** Of the time the thread was not idle. */
  readonly share: number;
}

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const IDLE = new Set(['(idle)', '(program)', '(root)']);

/**
 * Where one thread spent its own time, most first: by function, and by file.
 *
 * @param fromUs on the profile's clock; what came before (loading, warming up) is left out
 */
export function selfTimes(
  profile: CpuProfile,
  fromUs: number,
): { readonly functions: SelfTime[]; readonly files: SelfTime[] } {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const functions = new Map<string, number>();
  const files = new Map<string, number>();
  let busyUs = 0;
  let nowUs = profile.startTime;
  for (const [index, id] of profile.samples.entries()) {
    const frame = frames.get(id);
    const us = profile.timeDeltas[index] ?? 0;
    nowUs += us;
    if (frame === undefined || nowUs < fromUs || IDLE.has(frame.functionName)) continue;
    busyUs += us;
    const file = fileOf(frame.url);
    const name =
      `${frame.functionName || '(anonymous)'} ${file}${file === '' ? '' : `:${frame.lineNumber + 1}`}`.trim();
    functions.set(name, (functions.get(name) ?? 0) + us);
    files.set(file || frame.functionName, (files.get(file || frame.functionName) ?? 0) + us);
  }
  const sorted = (times: Map<string, number>) =>
    [...times].map(([where, us]) => ({ where, us, share: us / busyUs })).sort((a, b) => b.us - a.us);
  return { functions: sorted(functions), files: sorted(files) };
}

/**
 * Every profile in a folder as text, the busiest functions and files of each.
 *
 * @param fromUsByPid since when each process was measured; profiles of other processes are left out
 */
export function describeProfiles(dir: string, count: number, fromUsByPid: ReadonlyMap<number, number>): string {
  return readdirSync(dir)
    .flatMap((name) => {
      const fromUs = fromUsByPid.get(Number(/\.(\d+)\.\d+\.\d+\.cpuprofile$/.exec(name)?.[1]));
      return fromUs === undefined ? [] : [{ name, fromUs }];
    })
    .map(({ name, fromUs }) => {
      const profile = JSON.parse(readFileSync(join(dir, name), 'utf8')) as CpuProfile;
      const { functions, files } = selfTimes(profile, fromUs);
      const lines = (times: readonly SelfTime[]) =>
        times
          .slice(0, count)
          .map(
            ({ where, us, share }) =>
              `${(share * 100).toFixed(1).padStart(6)} % ${(us / 1_000).toFixed(0).padStart(7)} ms  ${where}`,
          );
      return [name, 'by function', ...lines(functions), 'by file', ...lines(files)].join('\n');
    })
    .join('\n\n');
}

function fileOf(url: string): string {
  if (!url.startsWith('file:')) return url;
  const path = relative(REPOSITORY, fileURLToPath(url));
  return path.replace(/^.*node_modules\//, '');
}
