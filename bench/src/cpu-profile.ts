import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Frame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

/** The parts of a V8 `.cpuprofile` that we read. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: Frame;
    readonly children?: readonly number[];
  }[];
  /** On the clock of `process.hrtime`, µs. */
  readonly startTime: number;
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

export interface TimeSpent {
  readonly where: string;
  readonly us: number;
  /** Of the time the thread was not idle. */
  readonly share: number;
}

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const IDLE = new Set(['(idle)', '(program)', '(root)']);

export interface TimesOfThread {
  /** By function, without what it called. */
  readonly own: TimeSpent[];
  /** By function, with everything it called. */
  readonly whole: TimeSpent[];
  /** By file, own time of its functions. */
  readonly files: TimeSpent[];
}

/**
 * Where one thread spent its time, most first.
 *
 * @param fromUs on the profile's clock; what came before (loading, warming up) is left out
 */
export function timesOf(profile: CpuProfile, fromUs: number): TimesOfThread {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const parents = new Map(profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const own = new Map<string, number>();
  const whole = new Map<string, number>();
  const files = new Map<string, number>();
  const add = (times: Map<string, number>, where: string, us: number) => times.set(where, (times.get(where) ?? 0) + us);
  let busyUs = 0;
  let nowUs = profile.startTime;
  for (const [index, id] of profile.samples.entries()) {
    const frame = frames.get(id);
    const us = profile.timeDeltas[index] ?? 0;
    nowUs += us;
    if (frame === undefined || nowUs < fromUs || IDLE.has(frame.functionName)) continue;
    busyUs += us;
    add(own, nameOf(frame), us);
    add(files, fileOf(frame.url) || frame.functionName, us);
    const stack = new Set<string>();
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const caller = frames.get(at);
      if (caller !== undefined && !IDLE.has(caller.functionName)) stack.add(nameOf(caller));
    }
    for (const where of stack) add(whole, where, us);
  }
  const sorted = (times: Map<string, number>) =>
    [...times].map(([where, us]) => ({ where, us, share: us / busyUs })).sort((x, y) => y.us - x.us);
  return { own: sorted(own), whole: sorted(whole), files: sorted(files) };
}

function nameOf({ functionName, url, lineNumber }: Frame): string {
  const file = fileOf(url);
  return `${functionName || '(anonymous)'} ${file}${file === '' ? '' : `:${lineNumber + 1}`}`.trim();
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
      const { own, whole, files } = timesOf(profile, fromUs);
      const lines = (times: readonly TimeSpent[]) =>
        times
          .slice(0, count)
          .map(
            ({ where, us, share }) =>
              `${(share * 100).toFixed(1).padStart(6)} % ${(us / 1_000).toFixed(0).padStart(7)} ms  ${where}`,
          );
      return [
        name,
        'own time by function',
        ...lines(own),
        'own time by file',
        ...lines(files),
        'time by function with what it calls',
        ...lines(whole),
      ].join('\n');
    })
    .join('\n\n');
}

function fileOf(url: string): string {
  if (!url.startsWith('file:')) return url;
  const path = relative(REPOSITORY, fileURLToPath(url));
  return path.replace(/^.*node_modules\//, '');
}
