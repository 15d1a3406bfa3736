import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Real servers out of Debian and Maven, each on a fixed port of the loopback interface and in a folder of its own. */

const started = [];

/** A recording that fails leaves no server behind. */
process.once('exit', () => {
  for (const { child, folder } of started) {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Ends every server that this process started and removes their folders. */
export async function stopServers() {
  for (const { child, folder, ended } of started.splice(0)) {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 8_000);
    await ended;
    clearTimeout(timer);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function start(name, port, command) {
  const folder = mkdtempSync(path.join(tmpdir(), `golden-${name}-`));
  chmodSync(folder, 0o777);
  const [file, args, env = {}] = command(folder);
  const child = spawn(file, args, { cwd: folder, stdio: 'ignore', env: { ...process.env, ...env } });
  started.push({ child, folder, ended: new Promise((resolve) => child.once('exit', resolve)) });
  for (let tries = 0; tries < 240; tries++) {
    if (await isOpen(port)) return port;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  await stopServers();
  throw new Error(`${name} did not open port ${port}.`);
}

function isOpen(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** PostgreSQL refuses to run as root, so it runs as the user `postgres` that its package makes. */
export const startPostgres = () =>
  start('postgres', 55_432, (folder) => {
    const bin = globSync('/usr/lib/postgresql/*/bin').at(-1);
    const data = path.join(folder, 'data');
    const asPostgres = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : [];
    const [first, ...rest] = [...asPostgres, `${bin}/initdb`, '-D', data, '-U', 'desk', '-A', 'trust', '--no-sync'];
    execFileSync(first, rest, { stdio: 'ignore' });
    const [file, ...args] = [
      ...asPostgres,
      `${bin}/postgres`,
      '-D',
      data,
      '-p',
      '55432',
      '-k',
      folder,
      '-h',
      '127.0.0.1',
    ];
    return [file, args];
  });

export const startMariadb = () =>
  start('mariadb', 53_306, (folder) => {
    const data = path.join(folder, 'data');
    mkdirSync(data);
    execFileSync(
      'mariadb-install-db',
      ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--user=root'],
      { stdio: 'ignore' },
    );
    return [
      'mariadbd',
      [
        '--no-defaults',
        `--datadir=${data}`,
        '--port=53306',
        `--socket=${folder}/s`,
        '--bind-address=127.0.0.1',
        '--user=root',
      ],
    ];
  });

export const startRedis = () =>
  start('redis', 56_379, (folder) => [
    'redis-server',
    ['--port', '56379', '--bind', '127.0.0.1', '--save', '', '--dir', folder],
  ]);

export const startMemcached = () =>
  start('memcached', 51_211, () => ['memcached', ['-p', '51211', '-l', '127.0.0.1', '-u', 'nobody']]);

export const startRabbit = () =>
  start('rabbitmq', 55_672, (folder) => [
    '/usr/lib/rabbitmq/bin/rabbitmq-server',
    [],
    {
      HOME: folder,
      RABBITMQ_NODENAME: 'golden@localhost',
      RABBITMQ_NODE_PORT: '55672',
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_MNESIA_BASE: folder,
      RABBITMQ_LOG_BASE: folder,
      RABBITMQ_ENABLED_PLUGINS_FILE: path.join(folder, 'plugins'),
      RABBITMQ_DIST_PORT: '55673',
    },
  ]);

/** Microsoft's own emulator of Azure's blobs, out of npm. */
export const startAzurite = () =>
  start('azurite', 58_120, (folder) => [
    process.execPath,
    [
      path.join(import.meta.dirname, 'node_modules/azurite/dist/src/blob/main.js'),
      '--blobPort',
      '58120',
      '--location',
      folder,
      '--skipApiVersionCheck',
    ],
  ]);

/** An in-memory server that speaks MongoDB's protocol: Debian has no MongoDB. */
export const startMongo = () =>
  start('mongo', 57_017, (folder) => {
    const jars = jarsOf('de.bwaldvogel', 'mongo-java-server', '1.47.0', folder);
    writeFileSync(
      path.join(folder, 'Serve.java'),
      `import de.bwaldvogel.mongo.MongoServer;
       import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
       public class Serve {
         public static void main(String[] args) throws Exception {
           new MongoServer(new MemoryBackend()).bind("127.0.0.1", 57017);
           Thread.currentThread().join();
         }
       }`,
    );
    return ['java', ['-cp', jars, path.join(folder, 'Serve.java')]];
  });

/** One broker that is its own controller. */
export const startKafka = () =>
  start('kafka', 59_092, (folder) => {
    const jars = jarsOf('org.apache.kafka', 'kafka_2.13', '3.9.1', folder);
    const properties = path.join(folder, 'server.properties');
    writeFileSync(
      properties,
      [
        'process.roles=broker,controller',
        'node.id=1',
        'controller.quorum.voters=1@127.0.0.1:59093',
        'listeners=PLAINTEXT://127.0.0.1:59092,CONTROLLER://127.0.0.1:59093',
        'advertised.listeners=PLAINTEXT://127.0.0.1:59092',
        'controller.listener.names=CONTROLLER',
        `log.dirs=${folder}/logs`,
        'offsets.topic.replication.factor=1',
        'transaction.state.log.replication.factor=1',
        'transaction.state.log.min.isr=1',
        'group.initial.rebalance.delay.ms=0',
      ].join('\n'),
    );
    execFileSync(
      'java',
      ['-cp', jars, 'kafka.tools.StorageTool', 'format', '-t', 'GoldenGoldenGolden0000', '-c', properties],
      {
        stdio: 'ignore',
      },
    );
    return ['java', ['-Xmx384m', '-cp', jars, 'kafka.Kafka', properties]];
  });

/** Class path of a Maven artifact with everything it needs. */
function jarsOf(group, artifact, version, folder) {
  const pom = path.join(folder, 'pom.xml');
  writeFileSync(
    pom,
    `<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>g</artifactId><version>1</version>
     <dependencies><dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency></dependencies></project>`,
  );
  execFileSync('mvn', ['-q', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}/jars`], {
    stdio: 'ignore',
  });
  if (!existsSync(`${folder}/jars`)) throw new Error(`Maven brought nothing for ${artifact}.`);
  return `${folder}/jars/*`;
}
