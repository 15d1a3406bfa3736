import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { access, chmod, chown, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A real server of a test: a process of its own on a free port of the loopback, its files in a temporary folder. */
export interface TestServer {
  readonly port: number;
  /** Where its files lie, for byte searches and backups. */
  readonly folder: string;
  /** Ends the process at once, files kept: the store is down. */
  kill(): Promise<void>;
  /** Starts it again on the same port and files. */
  start(): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

/** Redis with an append-only file, so that what it writes to disk can be searched. */
export async function startTestRedis(more: readonly string[] = []): Promise<TestServer> {
  const binary = await installed('redis-server', ['/usr/bin/redis-server']);
  const folder = await mkdtemp(path.join(tmpdir(), 'vestige-redis-'));
  const port = await freePort();
  const options = ['--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes', '--appendfsync', 'always'];
  return server(folder, port, () =>
    spawn(binary, ['--port', String(port), ...options, '--save', '', ...more], { stdio: 'ignore' }),
  );
}

/** MariaDB with the user `root` without a password. */
export async function startTestMariadb(): Promise<TestServer> {
  const binary = await installed('mariadb-server', ['/usr/sbin/mariadbd']);
  const install = await installed('mariadb-server', ['/usr/bin/mariadb-install-db']);
  const folder = await mkdtemp(path.join(tmpdir(), 'vestige-mariadb-'));
  const port = await freePort();
  const data = path.join(folder, 'data');
  // Named, because the server does not run as root by accident.
  const user = process.getuid?.() === 0 ? ['--user=root'] : [];
  await run(install, [
    '--no-defaults',
    `--datadir=${data}`,
    ...user,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--skip-name-resolve',
  ]);
  const options = [`--datadir=${data}`, `--socket=${path.join(folder, 's')}`, `--pid-file=${path.join(folder, 'pid')}`];
  const small = [
    '--innodb-buffer-pool-size=16M',
    '--innodb-log-file-size=8M',
    '--skip-networking=0',
    '--skip-name-resolve',
  ];
  return server(folder, port, () =>
    spawn(binary, ['--no-defaults', ...options, ...user, ...small, '--bind-address=127.0.0.1', `--port=${port}`], {
      stdio: 'ignore',
    }),
  );
}

/** PostgreSQL with the superuser `postgres` without a password. */
export async function startTestPostgresServer(): Promise<TestServer> {
  const bin = await postgresBin();
  const folder = await mkdtemp(path.join(tmpdir(), 'vestige-postgres-'));
  const port = await freePort();
  const data = path.join(folder, 'data');
  await ownedByPostgres(folder);
  await asPostgres(path.join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--no-sync']);
  return postgresOn(bin, folder, data, port);
}

/** A streaming replica of `primary` that stays `delay` behind: what it says was true then. */
export async function startTestPostgresReplica(primary: TestServer, delay: string): Promise<TestServer> {
  const bin = await postgresBin();
  const folder = await mkdtemp(path.join(tmpdir(), 'vestige-replica-'));
  const port = await freePort();
  const data = path.join(folder, 'data');
  await ownedByPostgres(folder);
  const from = ['-h', '127.0.0.1', '-p', String(primary.port), '-U', 'postgres'];
  await asPostgres(path.join(bin, 'pg_basebackup'), [...from, '-D', data, '-R', '-c', 'fast', '--no-sync']);
  return postgresOn(bin, folder, data, port, ['-c', `recovery_min_apply_delay=${delay}`]);
}

function postgresOn(
  bin: string,
  folder: string,
  data: string,
  port: number,
  more: readonly string[] = [],
): Promise<TestServer> {
  const settings = [
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
    'fsync=off',
    'shared_buffers=16MB',
  ];
  const command = path.join(bin, 'postgres');
  const options = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting]), ...more];
  const launch = () =>
    process.getuid?.() === 0
      ? spawn('setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', command, ...options], {
          stdio: 'ignore',
        })
      : spawn(command, options, { stdio: 'ignore' });
  // Its port answers while it still recovers; `pg_isready` asks whether it takes queries.
  const asked = ['-q', '-h', '127.0.0.1', '-p', String(port)];
  const ready = () =>
    run(path.join(bin, 'pg_isready'), asked).then(
      () => true,
      () => false,
    );
  return server(folder, port, launch, ready);
}

async function asPostgres(command: string, options: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0) await run(command, [...options]);
  else await run('setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', command, ...options]);
}

async function ownedByPostgres(folder: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout);
  await chown(folder, await id('-u'), await id('-g'));
  await chmod(folder, 0o700);
}

async function postgresBin(): Promise<string> {
  const versions = await readdir('/usr/lib/postgresql').catch(() => []);
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0] ?? '0';
  const bin = path.join('/usr/lib/postgresql', newest, 'bin');
  await installed('postgresql', [path.join(bin, 'postgres')]);
  return bin;
}

export async function installed(debianPackage: string, places: readonly string[]): Promise<string> {
  for (const place of places) {
    if (
      await access(place).then(
        () => true,
        () => false,
      )
    )
      return place;
  }
  throw new Error(`This test needs ${places[0]}: apt-get install ${debianPackage}`);
}

/** Waits until the server is ready: by default, that its port answers; a server that ends before has failed to start. */
async function server(
  folder: string,
  port: number,
  launch: () => ChildProcess,
  ready: () => Promise<boolean> = () => answers(port),
): Promise<TestServer> {
  let child: ChildProcess | null = null;
  const start = async () => {
    const started = launch();
    child = started;
    for (let tries = 0; tries < 600; tries++) {
      if (started.exitCode !== null) throw new Error(`The server in ${path.basename(folder)} ended at once.`);
      if (await ready()) return;
      await sleep(50);
    }
    throw new Error(`The server in ${path.basename(folder)} does not answer.`);
  };
  const kill = async () => {
    const running = child;
    child = null;
    if (running === null || running.exitCode !== null) return;
    const exited = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await exited;
  };
  await mkdir(folder, { recursive: true });
  await start();
  return {
    port,
    folder,
    kill,
    start,
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (up: boolean) => {
      socket.destroy();
      resolve(up);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}
