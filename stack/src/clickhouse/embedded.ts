import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { VestigeError } from '@vestige/core/errors';
import { Secret } from '@vestige/core/secret';
import { makeFolder } from '../folder-lock.ts';
import { assertPortFree, freePort } from '../ports.ts';
import { embeddedPasswords } from './credentials.ts';
import { clickHouseLibrary } from './library.ts';
import type { ClickHouseRole } from './roles.ts';
import { DATABASE } from './tables.ts';
import { DEFAULT_USER_QUERIES } from './users-file.ts';

export interface EmbeddedClickHouseOptions {
  /** Holds data, users file and passwords; made when absent. */
  readonly dataDir: string;
  /** Absent: a free one. */
  readonly httpPort?: number;
  readonly nativePort?: number;
  /** How long to wait for a former engine to let go of the folder. */
  readonly lockWaitMs?: number;
}

export interface EmbeddedClickHouse {
  /** `http://role:password@127.0.0.1:port/vestige` */
  url(role: ClickHouseRole): Secret;
  readonly dataDir: string;
  readonly httpPort: number;
  readonly nativePort: number;
  readonly pid: number;
  /** Resolves when the engine is gone, whoever ended it. */
  readonly exited: Promise<void>;
  /** Lets the engine write what it has and waits for its end. May be called twice. */
  stop(): Promise<void>;
  /** Ends it at once. Loses nothing that was acknowledged, so it is also what a stop that takes too long comes to. */
  kill(): void;
}

const START_MS_MAX = 60_000;
/** Idle keep-alive connections of clients that were not closed would hold the engine for another five seconds. */
const STOP_MS_MAX = 3_000;
const LOCK_WAIT_MS = 5_000;
const EXIT_LOCKED = 75;
/** A port that was free a moment ago may be taken by now; given ports are tried once. */
const PORT_ATTEMPTS = 3;

/**
 * Starts a real ClickHouse server on loopback from the library in `node_modules`, about 0.3 s on a warm disk, with the
 * users of `roles.ts` and the empty Atomic database `vestige`.
 *
 * It dies with this process, also by kill -9 (its standard input closes), and keeps acknowledged inserts over its own.
 *
 * @throws VestigeError conflict for a taken port or a locked folder, unsupported_platform, store_unavailable
 */
export async function startEmbeddedClickHouse(options: EmbeddedClickHouseOptions): Promise<EmbeddedClickHouse> {
  const library = clickHouseLibrary();
  const dataDir = resolve(options.dataDir);
  makeFolder(dataDir);
  const passwords = embeddedPasswords(dataDir);
  const fixed = options.httpPort !== undefined;
  if (options.httpPort !== undefined) await checkPort(options.httpPort, 'VESTIGE_CLICKHOUSE_HTTP_PORT');
  if (options.nativePort !== undefined) await checkPort(options.nativePort, 'VESTIGE_CLICKHOUSE_NATIVE_PORT');

  for (let attempt = 1; ; attempt++) {
    const httpPort = options.httpPort ?? (await freePort());
    const nativePort = options.nativePort ?? (await freePort());
    const waitMs = options.lockWaitMs ?? LOCK_WAIT_MS;
    const engine = launch([library, dataDir, `${httpPort}`, `${nativePort}`, `${waitMs}`]);
    const url = (role: ClickHouseRole) =>
      new Secret(`http://${role}:${passwords[role]}@127.0.0.1:${httpPort}/${DATABASE}`);
    try {
      await untilAnswering(engine, httpPort, passwords.admin);
      await exhaustDefaultUser(httpPort);
    } catch (error) {
      await engine.stop();
      const taken = engine.stderr().includes('Address already in use');
      if (taken && !fixed && attempt < PORT_ATTEMPTS) continue;
      throw error;
    }
    return {
      url,
      dataDir,
      httpPort,
      nativePort,
      pid: engine.pid,
      exited: engine.exited,
      stop: engine.stop,
      kill: engine.kill,
    };
  }
}

const checkPort = (port: number, setting: string) =>
  assertPortFree(port, '127.0.0.1', 'the embedded ClickHouse', setting);

interface Engine {
  readonly pid: number;
  readonly exited: Promise<void>;
  exitCode(): number | null;
  running(): boolean;
  stderr(): string;
  stop(): Promise<void>;
  kill(): void;
}

/** Its own process group, so that Ctrl-C in the terminal reaches the parent alone and the engine is stopped in order. */
function launch(args: readonly string[]): Engine {
  const script = fileURLToPath(new URL('./server-child.ts', import.meta.url));
  const child: ChildProcessByStdio<Writable, null, Readable> = spawn(process.execPath, [script, ...args], {
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-16_384);
  });
  child.stdin.on('error', () => {}); // a broken pipe says what `exited` says
  let running = true;
  const exited = once(child, 'close').then(
    () => {
      running = false;
    },
    () => {
      running = false;
    },
  );
  return {
    pid: child.pid ?? 0,
    exited,
    exitCode: () => child.exitCode,
    running: () => running,
    stderr: () => stderr,
    kill: () => {
      child.kill('SIGKILL');
    },
    async stop() {
      if (!running) return;
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** Polls until the admin gets an answer: a 200 from `/ping` could come from somebody else on the same port. */
async function untilAnswering(engine: Engine, httpPort: number, adminPassword: string): Promise<void> {
  const deadline = performance.now() + START_MS_MAX;
  while (engine.running()) {
    const answer = await ask(
      httpPort,
      `CREATE DATABASE IF NOT EXISTS ${DATABASE} ENGINE = Atomic`,
      'admin',
      adminPassword,
    );
    if (answer === 0) return;
    if (performance.now() > deadline) {
      throw new VestigeError(
        'store_unavailable',
        `The embedded ClickHouse did not answer within ${START_MS_MAX / 1000} s.`,
      );
    }
    await sleep(25);
  }
  if (engine.exitCode() === EXIT_LOCKED) throw new VestigeError('conflict', engine.stderr().trim());
  const reason =
    /Code: \d+\. DB::Exception: [^\n]{0,300}/.exec(engine.stderr())?.[0] ?? `exit code ${engine.exitCode()}`;
  throw new VestigeError('store_unavailable', `The embedded ClickHouse did not start: ${reason}`);
}

/** See `embeddedUsersFile`. The statement is one that counts (a plain `SELECT 1` does not) and does nothing here. */
async function exhaustDefaultUser(httpPort: number): Promise<void> {
  for (let query = 0; query <= DEFAULT_USER_QUERIES; query++) {
    if ((await ask(httpPort, 'SYSTEM START LISTEN MYSQL', 'default', '')) === QUOTA_EXCEEDED) return;
  }
  throw new VestigeError('store_unavailable', 'The embedded ClickHouse would have left its start-up user open.');
}

const QUOTA_EXCEEDED = 201;

/** @returns 0 for success, else ClickHouse's exception code; -1 without an answer */
async function ask(port: number, query: string, user: string, password: string): Promise<number> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      body: query,
      headers: {
        'x-clickhouse-user': user,
        connection: 'close',
        ...(password !== '' && { 'x-clickhouse-key': password }),
      },
      signal: AbortSignal.timeout(5_000),
    });
    await response.arrayBuffer();
    return response.ok ? 0 : Number(response.headers.get('x-clickhouse-exception-code') ?? -1);
  } catch {
    return -1;
  }
}
