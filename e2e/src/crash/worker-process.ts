import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Child, type Children, until } from './children.ts';
import type { Desk } from './erasure.ts';

const MAIN = fileURLToPath(new URL('../../../stack/src/main.ts', import.meta.url));
/** The shortest there is: a test waits for it to run out. */
export const LEASE_MS = 5_000;

export function sqliteStore(file: string, node: string): object {
  return {
    connector: 'sqlite',
    file,
    tables: [{ table: 'customers', node, identifiers: { email: 'email' }, recordKey: 'id' }],
  };
}

export function httpStore(port: number, node: string): object {
  return {
    connector: 'http',
    node,
    baseUrl: `http://127.0.0.1:${port}`,
    search: { method: 'GET', path: '/members/{email}' },
    erase: { method: 'DELETE', path: '/members/{email}' },
  };
}

/** `vestige worker`, executing and verifying under two keys. Returns once it claims. */
export async function startWorker(
  children: Children,
  { folder, apiUrl, desk }: { folder: string; apiUrl: string; desk: Desk },
  name: string,
  stores: readonly object[],
): Promise<Child> {
  const file = path.join(folder, `${name}.yaml`);
  writeFileSync(file, JSON.stringify({ stores }));
  const worker = children.start(MAIN, ['worker', '--json'], {
    VESTIGE_API_URL: apiUrl,
    VESTIGE_WORKER_FILE: file,
    VESTIGE_WORKER_KEY: desk.workerKey,
    VESTIGE_VERIFIER_KEY: desk.verifierKey,
    VESTIGE_WORKER_NAME: name,
    VESTIGE_WORKER_LEASE_SECONDS: String(LEASE_MS / 1000),
    VESTIGE_WORKER_POLL_MS: '100',
  });
  await until(`worker ${name} claims`, () => {
    if (!worker.running()) throw new Error(`worker ${name} ended: ${worker.said()}`);
    return worker.lines.length > 0;
  });
  return worker;
}
