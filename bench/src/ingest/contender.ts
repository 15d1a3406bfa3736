import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { VestigeError } from '@vestige/core/errors';
import type { ClickHouseRole } from '@vestige/stack/clickhouse/roles';
import type { BenchEngine } from './engine.ts';

/** One way from OTLP over HTTP into ClickHouse, in a process of its own so that its CPU time stands alone. */
export interface Contender {
  readonly name: string;
  /** Where its rows land; the first one has a row per span. */
  readonly tables: readonly [string, ...string[]];
  /** @param urlOf where to reach ClickHouse, with the login of a role; perhaps by way of a recorder */
  start(engine: BenchEngine, urlOf: ClickHouseUrl): Promise<RunningContender>;
}

export type ClickHouseUrl = (role: ClickHouseRole) => string;

export interface RunningContender {
  readonly pid: number;
  /** Takes `POST` of an export request. */
  readonly tracesUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The name of its Postgres database when that is a server's; null when it has none or carries it inside itself. */
  readonly postgresDatabase: string | null;
  stop(): Promise<void>;
}

/** What a child of ours says on its first line, once it takes spans. */
export interface Hello {
  readonly url: string;
  readonly key?: string;
  readonly postgresDatabase?: string | null;
}

/**
 * @param script in this folder's language; it says a {@link Hello} when ready and ends when its standard input closes
 * @param setup handed over as JSON
 * @param cpuProfileDir where the child writes a CPU profile when it ends
 */
export async function startScript(
  script: URL,
  setup: object,
  cpuProfileDir: string | null,
): Promise<{ readonly pid: number; readonly hello: Hello; stop(): Promise<void> }> {
  const profile = cpuProfileDir === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${cpuProfileDir}`];
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    process.execPath,
    [...profile, script.pathname, JSON.stringify(setup)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'exit');
  const first = await Promise.race([once(createInterface(child.stdout), 'line'), ended.then(() => null)]);
  if (first === null) throw new VestigeError('internal', `${script.pathname.split('/').at(-1)} ended at its start`);
  return {
    pid: child.pid ?? 0,
    hello: JSON.parse(String(first[0])) as Hello,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

/**
 * A program that says nothing and listens when it is ready.
 *
 * @param port where it will listen
 */
export async function startProgram(
  program: string,
  args: readonly string[],
  port: number,
): Promise<{ readonly pid: number; stop(): Promise<void> }> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'exit');
  while (!(await isListening(port))) {
    if (child.exitCode !== null) throw new VestigeError('internal', `${program.split('/').at(-1)} ended at its start`);
    await new Promise((next) => setTimeout(next, 50));
  }
  return {
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

/** For the children: says hello, and resolves when the parent wants the end. */
export async function serveUntilToldToStop(hello: Hello): Promise<void> {
  process.stdout.write(`${JSON.stringify(hello)}\n`);
  process.stdin.resume();
  await once(process.stdin, 'end');
}
