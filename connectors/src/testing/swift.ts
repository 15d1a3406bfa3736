import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { freePort, installed, type TestServer } from './servers.ts';

const run = promisify(execFile);

/** May do everything, and may read everything: names of accounts as Swift writes them. */
export const S3_OWNER = { accessKeyId: 'crm:owner', secretAccessKey: 'owner-secret' };
export const S3_READER = { accessKeyId: 'crm:reader', secretAccessKey: 'reader-secret' };

const RINGS = ['account', 'container', 'object'] as const;

/**
 * OpenStack Swift with its S3 interface: a real object store from Debian that keeps versions, delete markers and
 * multipart uploads on one disk, in files whose bytes can be searched. It knows no object lock.
 */
export async function startTestS3(): Promise<TestServer> {
  const proxy = await installed('swift-proxy', ['/usr/bin/swift-proxy-server']);
  const builder = await installed('swift-object', ['/usr/bin/swift-ring-builder']);
  const folder = await mkdtemp(path.join(tmpdir(), 'vestige-swift-'));
  const disk = path.join(folder, 'disks', 'd1');
  await mkdir(disk, { recursive: true });
  const port = await freePort();
  const common = `[DEFAULT]\nbind_ip = 127.0.0.1\nworkers = 0\nswift_dir = ${folder}\nuser = ${userInfo().username}\nlog_level = ERROR\n`;
  const commands = await Promise.all(
    RINGS.map(async (ring) => {
      const ringPort = await freePort();
      const file = path.join(folder, `${ring}.builder`);
      await run(builder, [file, 'create', '2', '1', '0']);
      await run(builder, [file, 'add', `r1z1-127.0.0.1:${ringPort}/d1`, '1']);
      await run(builder, [file, 'rebalance']);
      const config = path.join(folder, `${ring}-server.conf`);
      const devices = `bind_port = ${ringPort}\ndevices = ${path.dirname(disk)}\nmount_check = false\n`;
      const app = `[pipeline:main]\npipeline = ${ring}-server\n[app:${ring}-server]\nuse = egg:swift#${ring}\n`;
      await writeFile(config, `${common}${devices}${app}`);
      return [path.join(path.dirname(proxy), `swift-${ring}-server`), config] as const;
    }),
  );
  const config = path.join(folder, 'proxy-server.conf');
  await writeFile(config, `${common}bind_port = ${port}\n${PROXY}`);
  commands.push([proxy, config]);

  const owner = new S3Client({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { ...S3_OWNER },
  });
  let children: ChildProcess[] = [];
  const kill = async () => {
    const running = children;
    children = [];
    await Promise.all(running.map(endOf));
  };
  const start = async () => {
    children = commands.map(([command, file]) => spawn(command, [file], { stdio: 'ignore' }));
    for (let tries = 0; tries < 2_400; tries++) {
      if (children.some(({ exitCode }) => exitCode !== null)) throw new Error('A server of Swift ended at once.');
      if (await answers(owner)) return;
      await sleep(50);
    }
    throw new Error('Swift does not answer.');
  };
  await start();
  return {
    port,
    folder,
    kill,
    start,
    async stop() {
      owner.destroy();
      await kill();
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
}

/** Listing its buckets reaches the proxy, an account and its disk. */
const answers = (owner: S3Client) =>
  owner.send(new ListBucketsCommand()).then(
    () => true,
    () => false,
  );

const PROXY = `
[pipeline:main]
pipeline = catch_errors cache s3api tempauth bulk slo dlo versioned_writes symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:s3api]
use = egg:swift#s3api
auth_pipeline_check = false
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_crm_owner = ${S3_OWNER.secretAccessKey} .admin
user_crm_reader = ${S3_READER.secretAccessKey} .reseller_reader
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
[filter:symlink]
use = egg:swift#symlink
`;
