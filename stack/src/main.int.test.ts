import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const MAIN = join(import.meta.dirname, 'main.ts');
const NO_REQUEST = '00000000-0000-4000-8000-000000000000';
let dataDir: string;
const started: ChildProcess[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'vestige-cli-'));
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  }
  await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
});

function vestige(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env['PATH'], VESTIGE_DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  return child;
}

async function ended(args: readonly string[], env: Record<string, string> = {}) {
  const child = vestige(args, env);
  const said = { out: '', err: '' };
  child.stdout?.on('data', (text) => {
    said.out += text;
  });
  child.stderr?.on('data', (text) => {
    said.err += text;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...said };
}

interface Up {
  readonly apiUrl: string;
  readonly collectorUrl: string;
  readonly adminKey?: string;
}

async function up(env: Record<string, string> = {}): Promise<{ child: ChildProcess; answer: Up }> {
  const child = vestige(['up', '--json'], { VESTIGE_API_PORT: '0', VESTIGE_COLLECTOR_PORT: '0', ...env });
  const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  return { child, answer: JSON.parse(line.toString()) as Up };
}

describe('a wrong call of the command line', () => {
  test.each([
    [['bogus'], 2, /unknown command/],
    [['token', 'email'], 2, /missing required argument/],
    [['token', 'email', 'ada@example.com'], 2, /There is no subject key of tenant default/],
    [['lineage', 'ada@example.com'], 2, /required option '--purpose/],
    [['lineage', 'ada@example.com', '--purpose', 'test'], 2, /There is no API key/],
    [['ada@example.com'], 2, /unknown command '\[email\]'/],
    [['request', 'create', 'erasure', 'C-17'], 2, /as customer_id=…/],
    [['key', 'create', 'x', '--scope', 'everything'], 2, /Allowed choices are ingest/],
    [['audit', 'verify', 'absent.json', '--key', 'absent.pem'], 4, /absent\.json cannot be read/],
    [['audit', 'verify', 'absent.json'], 4, /absent\.json cannot be read/],
  ])('%j exits with %i and says why', async (args, code, says) => {
    const result = await ended(args);
    expect(result).toMatchObject({ code, out: '' });
    expect(result.err).toMatch(says);
    expect(result.err).not.toMatch(/\n\s+at /);
  });

  test.each([
    [['request', 'show', '../api-keys'], 2, /not the id of a request/],
    [['request', 'wait', NO_REQUEST, '--timeout', 'soon'], 2, /whole number of seconds/],
    [['request', 'verify-identity', NO_REQUEST, '--method', 'account_login'], 2, /both --method and --assurance/],
    [['request', 'extend', NO_REQUEST, '--code', 'complexity'], 2, /Allowed choices are eu-gdpr:/],
    [['request', 'reopen', NO_REQUEST, 'C-17', '--reason', 'residue'], 2, /^(?!.*C-17).*customer_id=/],
    [['task', 'retry', '../requests'], 2, /not the id of a task/],
  ])('%j is refused before any API is asked', async (args, code, says) => {
    const env = { VESTIGE_API_KEY: 'vst_0123456789abcdef_x', VESTIGE_API_URL: 'http://127.0.0.1:9' };
    const result = await ended(args, env);
    expect(result).toMatchObject({ code, out: '' });
    expect(result.err).toMatch(says);
  });

  test('reports all settings at once and exits with 2', async () => {
    const { code, err } = await ended(['collector'], { VESTIGE_COLLECTOR_PORT: 'x' });
    expect(code).toBe(2);
    for (const name of ['VESTIGE_COLLECTOR_PORT', 'DATABASE_URL is missing']) expect(err).toContain(name);
  });

  test('against a database that is not there says which variable leads to it', async () => {
    const env = { CLICKHOUSE_URL: 'http://u:p@127.0.0.1:9/v', DATABASE_URL: 'postgres://u:p@127.0.0.1:9/v' };
    const { code, err } = await ended(['collector'], {
      ...env,
      VESTIGE_COLLECTOR_LOG_DIR: dataDir,
      VESTIGE_COLLECTOR_PORT: '0',
      VESTIGE_COLLECTOR_GRPC_PORT: '0',
    });
    expect(code).toBe(6);
    expect(err).toContain('Postgres: unavailable (ECONNREFUSED). Is it running, and is DATABASE_URL right?');
  });

  test('with --json complains in JSON', async () => {
    const { err } = await ended(['api', '--json']);
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'misconfigured' } });
  });

  test('against an API that is not there exits with 6, and does not repeat whom it asked about', async () => {
    const env = { VESTIGE_API_KEY: 'vst_0123456789abcdef_x', VESTIGE_API_URL: 'http://127.0.0.1:9' };
    const { code, err } = await ended(['lineage', 'ada@example.com', '--purpose', 'test'], env);
    expect(code).toBe(6);
    expect(err).not.toContain('ada@example.com');
  });
});

test('every command shows an example and takes --json', async () => {
  const { program } = await import('./program.ts');
  const leaves = (command: ReturnType<typeof program>): ReturnType<typeof program>[] =>
    command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
  for (const command of leaves(program())) {
    let help = '';
    command
      .configureOutput({
        writeOut: (text) => {
          help += text;
        },
      })
      .outputHelp();
    expect(help, command.name()).toContain('Example:');
    expect(help, command.name()).toContain('--json');
  }
});

describe('vestige up', () => {
  test('tells a worker whose key opens nothing, or opens too little, which key it is and how to make one', async () => {
    const { answer } = await up();
    const workerFile = join(dataDir, 'worker.yaml');
    await writeFile(
      workerFile,
      JSON.stringify({
        stores: [
          {
            connector: 'filesystem',
            folders: [{ layout: 'file_per_person', node: 'store:x', folder: '.', name: '{email}' }],
          },
        ],
      }),
    );
    const worker = { VESTIGE_API_URL: answer.apiUrl, VESTIGE_WORKER_FILE: workerFile };
    const unknown = await ended(['worker'], { ...worker, VESTIGE_WORKER_KEY: 'vst_0123456789abcdef_secret' });
    expect(unknown).toMatchObject({ code: 3, out: '' });
    expect(unknown.err).toMatch(
      /VESTIGE_WORKER_KEY is no key that the API at .* knows\. Make one with .*--role worker/,
    );

    const made = await ended(['key', 'create', 'desk', '--role', 'ingest'], { VESTIGE_API_URL: answer.apiUrl });
    const narrow = await ended(['worker'], { ...worker, VESTIGE_VERIFIER_KEY: made.out.trim() });
    expect(narrow).toMatchObject({ code: 3, out: '' });
    expect(narrow.err).toMatch(/VESTIGE_VERIFIER_KEY has not the scope tasks:verify\. .*--role verifier/);
  });

  test('answers, keeps its keys over a restart, and leaves nothing running', async () => {
    const first = await up();
    const key = first.answer.adminKey ?? '';
    expect(await readFile(join(dataDir, 'admin-key'), 'utf8')).toBe(`${key}\n`);
    expect((await stat(join(dataDir, 'admin-key'))).mode & 0o777).toBe(0o600);
    const keys = (url: string) => fetch(`${url}/v1/api-keys`, { headers: { authorization: `Bearer ${key}` } });
    expect((await keys(first.answer.apiUrl)).status).toBe(200);
    expect((await fetch(`${first.answer.collectorUrl}/readyz`)).status).toBe(200);
    first.child.kill('SIGTERM');
    expect(await once(first.child, 'exit')).toEqual([0, null]);
    await expect(fetch(`${first.answer.apiUrl}/livez`)).rejects.toThrow();

    const second = await up();
    expect(second.answer.adminKey).toBeUndefined();
    expect((await keys(second.answer.apiUrl)).status).toBe(200);
  });

  test('goes on after kill -9 with what it had', async () => {
    const first = await up();
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');

    const second = await up();

    expect(second.answer.adminKey).toBeUndefined();
    expect((await fetch(`${second.answer.apiUrl}/readyz`)).status).toBe(200);
  });

  test('refuses a folder that another one holds, and a port that is taken, with one sentence each', async () => {
    await up();
    const locked = await ended(['up'], { VESTIGE_API_PORT: '0', VESTIGE_COLLECTOR_PORT: '0' });
    expect(locked.code).toBe(5);
    expect(locked.err).toMatch(/vestige: The data folder .* is in use by another Vestige process \(pid \d+\)/);

    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const taken = await ended(['up'], { VESTIGE_API_PORT: String(port), VESTIGE_COLLECTOR_PORT: '0' });
    other.close();
    expect(taken.code).toBe(5);
    expect(taken.err).toContain(`vestige: Port ${port} for the API is taken by another process.`);
  });
});

test('a pending migration makes migrate check exit with 7, and none after migrate up', async () => {
  const before = await ended(['migrate', 'check', '--json']);
  expect(before.code).toBe(7);
  expect(JSON.parse(before.out).pending).toContain('0001-spans.sql');

  expect((await ended(['migrate', 'up'])).code).toBe(0);

  expect(await ended(['migrate', 'check', '--json'])).toMatchObject({ code: 0, out: '{"ok":true,"pending":[]}\n' });
  expect(JSON.parse((await ended(['migrate', 'up', '--json'])).out)).toEqual({
    applied: { postgres: [], clickhouse: [] },
  });
});

test('a file that is no certificate does not hold, which is exit code 7', async () => {
  const { generateKeyPairSync } = await import('node:crypto');
  const pem = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' });
  await writeFile(join(dataDir, 'issuer.pem'), pem);
  await writeFile(join(dataDir, 'certificate.json'), '{}');

  const result = await ended([
    'audit',
    'verify',
    join(dataDir, 'certificate.json'),
    '--key',
    join(dataDir, 'issuer.pem'),
  ]);

  expect(result.code).toBe(7);
  expect(result.out).toContain('The certificate does NOT hold.');
});
