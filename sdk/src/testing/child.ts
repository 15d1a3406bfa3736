import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A scenario in a process of its own, so that it can be killed, or run on another line of OpenTelemetry. */
export interface Child {
  readonly process: ChildProcess;
  /** Lines of standard output so far. */
  readonly lines: string[];
  readonly stderr: () => string;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** @param argument handed over as JSON in `process.argv[2]` */
export function startChild(scenario: string, argument: unknown, imports: readonly string[] = []): Child {
  const path = fileURLToPath(new URL(scenario, import.meta.url));
  const flags = imports.flatMap((name) => ['--import', new URL(name, import.meta.url).href]);
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', ...flags, path, JSON.stringify(argument)],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const lines: string[] = [];
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    const parts = out.split('\n');
    out = parts.pop() ?? '';
    lines.push(...parts);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  return {
    process: child,
    lines,
    stderr: () => err,
    exited: new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code, signal }))),
  };
}

/** Runs a scenario to its end. @returns the JSON of its last line. @throws with its error output if it failed */
export async function runChild<T>(scenario: string, argument: unknown, imports: readonly string[] = []): Promise<T> {
  const child = startChild(scenario, argument, imports);
  const { code } = await child.exited;
  const last = child.lines.at(-1);
  if (code !== 0 || last === undefined) throw new Error(`${scenario} ended with ${code}: ${child.stderr()}`);
  return JSON.parse(last) as T;
}
