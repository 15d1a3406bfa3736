import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TenantKey } from '@vestige/core/identity/token';
import { Secret } from '@vestige/core/secret';
import { storedSubjectKeys } from '@vestige/stack/own-keys';
import { type Child, type Children, until } from './children.ts';
import type { Dice } from './dice.ts';

const MAIN = fileURLToPath(new URL('../../../stack/src/main.ts', import.meta.url));
const READY_MS = 60_000;

/** `vestige up` on one data folder and fixed ports, over many deaths of its process. */
export class VestigeProcess {
  readonly #children: Children;
  readonly #environment: Readonly<Record<string, string>>;
  readonly dataDir: string;
  readonly apiUrl: string;
  readonly collectorUrl: string;
  #child: Child | null = null;

  /** Ports are chosen here and kept, because clients must find Vestige again after a restart. */
  static async on(dataDir: string, children: Children, chance: Dice): Promise<VestigeProcess> {
    const ports: number[] = [];
    while (ports.length < 4) {
      // Below what the kernel gives to outgoing connections: those would take a port while Vestige is down.
      const port = chance.between(20_000, 32_000);
      if (!ports.includes(port) && (await isFree(port))) ports.push(port);
    }
    const [api, collector, http, native] = ports.map(String) as [string, string, string, string];
    return new VestigeProcess(children, dataDir, { api, collector, http, native });
  }

  private constructor(
    children: Children,
    dataDir: string,
    ports: { api: string; collector: string; http: string; native: string },
  ) {
    this.#children = children;
    this.dataDir = dataDir;
    this.apiUrl = `http://127.0.0.1:${ports.api}`;
    this.collectorUrl = `http://127.0.0.1:${ports.collector}`;
    this.#environment = {
      VESTIGE_DATA_DIR: dataDir,
      VESTIGE_API_PORT: ports.api,
      VESTIGE_COLLECTOR_PORT: ports.collector,
      VESTIGE_COLLECTOR_GRPC_PORT: 'off',
      VESTIGE_CLICKHOUSE_HTTP_PORT: ports.http,
      VESTIGE_CLICKHOUSE_NATIVE_PORT: ports.native,
      VESTIGE_LOG_LEVEL: 'warn',
    };
  }

  /** Does not wait until it answers, so that a test can kill it while it starts. */
  launch(): void {
    this.#child = this.#children.start(MAIN, ['up', '--json'], this.#environment);
  }

  async start(): Promise<void> {
    this.launch();
    await this.untilReady();
  }

  /** Until both answer and reach their databases. @throws when the process ended instead */
  async untilReady(): Promise<void> {
    await until(
      'Vestige is ready',
      async () => {
        if (!this.#child?.running()) throw new Error(`vestige up ended: ${this.#child?.said()}`);
        const ready = await Promise.all([this.collectorUrl, this.apiUrl].map(isReady));
        return ready.every(Boolean);
      },
      { timeoutMs: READY_MS },
    );
  }

  /** Until everything that was acknowledged is in ClickHouse, where readers see it. */
  async untilStored(): Promise<void> {
    await until(
      'everything acknowledged is stored',
      async () => {
        const metrics = await (await fetch(`${this.collectorUrl}/metrics`)).text();
        return /^vestige_collector_log_records 0$/m.test(metrics);
      },
      { timeoutMs: READY_MS },
    );
  }

  /** The collector, the API, Postgres and the workflow at once; ClickHouse ends by itself when it notices. */
  async kill9(): Promise<void> {
    await this.#child?.kill9();
  }

  /** Of the embedded engine, which writes its own number beside its lock. */
  clickHousePid(): number {
    return Number.parseInt(readFileSync(join(this.dataDir, 'clickhouse', 'lock.owner'), 'utf8'), 10);
  }

  /** Vestige goes on and starts it again. Signals at once; the wait is for another engine to be up. */
  async killClickHouse9(): Promise<void> {
    const killed = this.clickHousePid();
    process.kill(killed, 'SIGKILL');
    await until('ClickHouse was started again', () => this.clickHousePid() !== killed, { timeoutMs: READY_MS });
  }

  get adminKey(): string {
    return readFileSync(join(this.dataDir, 'admin-key'), 'utf8').trim();
  }

  get subjectKey(): TenantKey {
    const [key] = storedSubjectKeys(this.dataDir);
    if (!key) throw new Error('vestige up has made no subject key');
    return key;
  }

  /** Counts past Vestige's own readers, with the credential that may look under row policies and masks. */
  get verifierUrl(): Secret {
    const passwords = JSON.parse(readFileSync(join(this.dataDir, 'clickhouse', 'credentials.json'), 'utf8'));
    const port = this.#environment['VESTIGE_CLICKHOUSE_HTTP_PORT'];
    return new Secret(`http://verifier:${passwords.verifier}@127.0.0.1:${port}/vestige`);
  }

  said(): string {
    return this.#child?.said() ?? '';
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
