import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface TestOpensearch {
  readonly url: string;
  /** Everything the node keeps on disk; null for recorded answers. */
  readonly folder: string | null;
  stop(): Promise<void>;
}

const JARS = path.join(tmpdir(), 'vestige-opensearch-2.19.1');
const READY_MS = 60_000;

/**
 * A real OpenSearch node on a free port. Its parts come from Maven once per machine and stay in a folder of the system's
 * temporary directory.
 */
export async function startTestOpensearch(): Promise<TestOpensearch> {
  needs('java', 'openjdk-17-jdk-headless');
  needs('mvn', 'maven');
  const classes = path.join(JARS, 'classes');
  const at = (file: string) => path.join(import.meta.dirname, file);
  if (!existsSync(path.join(JARS, 'lib'))) {
    const lib = `-DoutputDirectory=${path.join(JARS, 'lib')}`;
    execFileSync('mvn', ['-q', '-B', '-f', at('pom.xml'), 'dependency:copy-dependencies', lib]);
  }
  mkdirSync(classes, { recursive: true });
  execFileSync('javac', ['-cp', path.join(JARS, 'lib', '*'), '-d', classes, at('Embedded.java')]);
  const folder = mkdtempSync(path.join(tmpdir(), 'vestige-opensearch-'));
  mkdirSync(path.join(folder, 'snapshots'));
  const port = await freePort();
  const classPath = [path.join(JARS, 'lib', '*'), classes].join(path.delimiter);
  const child = spawn('java', ['-Xmx384m', '-cp', classPath, 'Embedded', folder, String(port)], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  await ready(child);
  return {
    url: `http://127.0.0.1:${port}`,
    folder,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function needs(command: string, debianPackage: string): void {
  try {
    execFileSync('which', [command], { stdio: 'ignore' });
  } catch {
    throw new Error(`${command} is missing; install the Debian package ${debianPackage}`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('OpenSearch did not start in time')), READY_MS);
    child.stdout?.on('data', (chunk: Buffer) => {
      if (!chunk.toString().includes('ready')) return;
      clearTimeout(late);
      resolve();
    });
    child.once('exit', (code) => {
      clearTimeout(late);
      reject(new Error(`OpenSearch ended with ${code} before it was ready`));
    });
  });
}
