import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** One process that a test may kill, stop and resume. */
export interface Child {
  readonly pid: number;
  /** Whole lines of standard output so far. */
  readonly lines: readonly string[];
  running(): boolean;
  /** Everything it has said, for the message of a test that fails and for what a test looks for. */
  said(): string;
  tell(line: string): void;
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void;
  /** kill -9, as the kernel does it when memory is short: no handler runs. Returns when the process is gone. */
  kill9(): Promise<void>;
  /** Code or signal it ended with. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** Processes of one test. Whatever happens in it, {@link Children.endAll} leaves none of them running. */
export class Children {
  readonly #all: Child[] = [];

  /** @param environment all of it: nothing is inherited, so that a setting of the developer cannot change the test */
  start(script: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Child {
    const process_ = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...args], {
      env: { ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const child = asChild(process_);
    this.#all.push(child);
    return child;
  }

  async endAll(): Promise<void> {
    await Promise.all(this.#all.splice(0).map((child) => child.kill9()));
  }
}

function asChild(child: ChildProcess): Child {
  const lines: string[] = [];
  let partial = '';
  let all = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    all += text;
    const parts = (partial + text).split('\n');
    partial = parts.pop() ?? '';
    lines.push(...parts);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    all += text;
  });
  // A write to a process that was killed a moment ago says no more than `running` does.
  child.stdin?.on('error', () => {});
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? code));
  });
  const running = () => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid ?? 0,
    lines,
    running,
    said: () => all,
    tell: (line) => void child.stdin?.write(`${line}\n`),
    signal: (name) => void child.kill(name),
    async kill9() {
      if (running()) child.kill('SIGKILL');
      await ended;
    },
    ended,
  };
}

/**
 * Looks again until it sees something.
 *
 * @param what for the error message: what was waited for
 * @throws after `timeoutMs`
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  { timeoutMs = 60_000, everyMs = 25 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await sleep(everyMs);
  }
}
