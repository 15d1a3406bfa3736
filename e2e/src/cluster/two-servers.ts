import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Secret } from '@vestige/core/secret';
import { migrateClickHouse } from '@vestige/migrations/clickhouse';
import { CLICKHOUSE_ROLES, type ClickHouseRole } from '@vestige/stack/clickhouse/roles';
import { DATABASE } from '@vestige/stack/clickhouse/tables';
import { deployedUsersFile } from '@vestige/stack/clickhouse/users-file';
import { renderXml } from '@vestige/stack/clickhouse/xml';
import { freePort } from '@vestige/stack/ports';
import { type DdlQueue, startDdlQueue } from './ddl-queue.ts';

export const CLUSTER = 'two_servers';
const CHILD = fileURLToPath(new URL('./server-child.ts', import.meta.url));
const START_MS_MAX = 60_000;

/**
 * A cluster of two ClickHouse servers, one shard with two replicas where nothing else is said, with the users file that we deploy and every migration
 * applied as on a cluster. Each row lies on both: the `Distributed` tables write it twice, which is what ClickHouse does for
 * replicas that do not replicate by themselves (`internal_replication` off). The embedded engine has no Keeper, no queue of
 * statements and no port for other replicas; what stands in their place is `ddl-queue.ts`. As two shards, each row lies on
 * one of them, by the sharding key of its table.
 */
export interface TwoServers {
  url(role: ClickHouseRole): Secret;
  /** By server. */
  readonly dataDirs: readonly string[];
  readonly ddl: DdlQueue;
  /** As the administrator, on one server alone. */
  onServer(server: number, statement: string): Promise<void>;
  /** Ends a server at once, as a power cut does. */
  kill(server: number): Promise<void>;
  start(server: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startTwoServers({ shards = 1 }: { shards?: 1 | 2 } = {}): Promise<TwoServers> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vestige-two-servers-'));
  const passwords = Object.fromEntries(CLICKHOUSE_ROLES.map((role) => [role, randomBytes(16).toString('hex')]));
  const secret = randomBytes(16).toString('hex');
  const [http1, tcp1, http2, tcp2] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const servers = [
    { name: 'one', dataDir: path.join(folder, 'one', 'data'), http: http1, tcp: tcp1 },
    { name: 'two', dataDir: path.join(folder, 'two', 'data'), http: http2, tcp: tcp2 },
  ];
  for (const { name, dataDir, http, tcp } of servers) {
    await mkdir(path.join(folder, name, 'users.d'), { recursive: true });
    await mkdir(dataDir);
    // The engine itself logs in as `default` to open its ports; a server of one's own has no need of it.
    const users = deployedUsersFile().replace(/<default remove="remove"\/>/, '');
    await writeFile(path.join(folder, name, 'users.d/vestige.xml'), users);
    await writeFile(path.join(folder, name, 'users.xml'), BASE_USERS);
    await writeFile(
      path.join(folder, name, 'config.xml'),
      configOf({ name, http, tcp, secret, servers, folder, shards }),
    );
  }
  const children: (ChildProcess | null)[] = servers.map(() => null);
  const ddl = await startDdlQueue(servers.map(({ http }) => http));
  const url = (role: ClickHouseRole) =>
    new Secret(`http://${role}:${passwords[role]}@127.0.0.1:${ddl.port}/${DATABASE}`);

  async function start(server: number): Promise<void> {
    const at = servers[server];
    if (!at) throw new Error(`there is no server ${server}`);
    const child = spawn(process.execPath, [CHILD, at.dataDir, path.join(folder, at.name, 'config.xml')], {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: {
        ...process.env,
        ...Object.fromEntries(
          CLICKHOUSE_ROLES.map((role) => [`CLICKHOUSE_${role.toUpperCase()}_PASSWORD`, passwords[role]]),
        ),
      },
    });
    children[server] = child;
    const deadline = performance.now() + START_MS_MAX;
    while (!(await answers(at.http))) {
      if (child.exitCode !== null || performance.now() > deadline) throw new Error(`server ${at.name} did not start`);
      await sleep(50);
    }
  }
  async function onServer(server: number, statement: string): Promise<void> {
    const answer = await fetch(`http://127.0.0.1:${servers[server]?.http}/`, {
      method: 'POST',
      headers: { 'x-clickhouse-user': 'admin', 'x-clickhouse-key': passwords['admin'] ?? '' },
      body: statement,
    });
    if (!answer.ok) throw new Error(await answer.text());
  }
  async function kill(server: number): Promise<void> {
    const child = children[server];
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
  async function stop(): Promise<void> {
    await Promise.all([...children.keys()].map(kill));
    await ddl.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }

  try {
    await Promise.all([...servers.keys()].map(start));
    await migrateClickHouse({ url: url('admin'), cluster: CLUSTER });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, dataDirs: servers.map(({ dataDir }) => dataDir), ddl, onServer, kill, start, stop };
}

const answers = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/ping`).then(
    ({ ok }) => ok,
    () => false,
  );

const BASE_USERS = `${renderXml({
  clickhouse: {
    profiles: { default: {} },
    quotas: { default: {} },
    users: {
      default: { password: '', networks: { ip: '127.0.0.1' }, profile: 'default', quota: 'default' },
    },
  },
})}\n`;

function configOf(server: {
  name: string;
  http: number;
  tcp: number;
  secret: string;
  folder: string;
  servers: readonly { tcp: number }[];
  shards: 1 | 2;
}): string {
  const replicas = server.servers.map(({ tcp }) => ({ host: '127.0.0.1', port: tcp }));
  const shard =
    server.shards === 1
      ? { internal_replication: 'false', replica: replicas }
      : replicas.map((replica) => ({ internal_replication: 'false', replica }));
  const tree = {
    clickhouse: {
      logger: { level: 'none' },
      listen_host: '127.0.0.1',
      http_port: server.http,
      tcp_port: server.tcp,
      user_directories: { users_xml: { path: path.join(server.folder, server.name, 'users.xml') } },
      remote_servers: {
        [CLUSTER]: { secret: server.secret, shard },
      },
      macros: { shard: '01', replica: server.name },
      background_pool_size: 16,
      mark_cache_size: 67_108_864,
      database_atomic_delay_before_drop_table_sec: 1,
      merge_tree: {
        old_parts_lifetime: 1,
        merge_tree_clear_old_parts_interval_seconds: 1,
        cleanup_delay_period: 1,
        cleanup_delay_period_random_add: 0,
        max_cleanup_delay_period: 1,
        finished_mutations_to_keep: 1,
      },
    },
  };
  return `${renderXml(tree)}\n`;
}
