import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Secret } from '@vestige/core/secret';
import { until } from '@vestige/e2e/crash/children';
import { clickHouseLines, clickHouseText } from '@vestige/e2e/harness/clickhouse-text';
import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { migrateClickHouse } from '@vestige/migrations/clickhouse';
import { type EmbeddedClickHouse, startEmbeddedClickHouse } from '@vestige/stack/clickhouse/embedded';
import type { AliasStore } from '@vestige/store/control/alias-store';
import { postgresAliasStore } from '@vestige/store/control/postgres-alias-store';
import { postgresRegistryStore } from '@vestige/store/control/postgres-registry-store';
import { postgresTenantStore } from '@vestige/store/control/postgres-tenant-store';
import type { Tenant } from '@vestige/store/control/tenant-store';
import { expect } from 'vitest';
import type { CollectorArgument } from './collector.main.ts';
import { type CollectorProcess, startCollectorProcess } from './collector-process.ts';
import type { SeededSender } from './seeded-sender.ts';

export interface CollectorOptions extends Partial<Omit<CollectorArgument, 'clickHouse'>> {
  readonly log?: string;
  /** Of something between the collector and ClickHouse. */
  readonly port?: number;
}

/** What outlives the collectors of a test: the databases, a tenant with keys, and the folder of the log. */
export class FaultWorld {
  readonly aliases: AliasStore;
  readonly tenants: readonly Tenant[];
  /** One of each tenant. */
  readonly keys: readonly string[];
  readonly #folder: string;
  readonly #postgres: Awaited<ReturnType<typeof openTestPostgres>>;
  readonly #stores: Readonly<Record<string, object>>;
  readonly #collectors: CollectorProcess[] = [];
  #postgresIsAway = false;
  #engine: EmbeddedClickHouse;

  static async open(): Promise<FaultWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'vestige-fault-'));
    const [engine, postgres] = await Promise.all([
      startEmbeddedClickHouse({ dataDir: join(folder, 'clickhouse') }),
      openTestPostgres(),
    ]);
    await migrateClickHouse({ url: engine.url('admin') });
    const tenantStore = postgresTenantStore(postgres.db);
    const tenants: Tenant[] = [];
    const keys: string[] = [];
    for (const name of ['acme', 'rival', 'third']) {
      const tenant = await tenantStore.ensureTenant(name);
      const key = await tenantStore.createKey(tenant.id, { name: 'test', scopes: ['ingest'], expiresAt: null });
      tenants.push(tenant);
      keys.push(key.secret.reveal());
    }
    return new FaultWorld(folder, engine, postgres, tenants, keys);
  }

  private constructor(
    folder: string,
    engine: EmbeddedClickHouse,
    postgres: Awaited<ReturnType<typeof openTestPostgres>>,
    tenants: readonly Tenant[],
    keys: readonly string[],
  ) {
    this.#folder = folder;
    this.#engine = engine;
    this.#postgres = postgres;
    this.tenants = tenants;
    this.keys = keys;
    this.aliases = postgresAliasStore(postgres.db);
    this.#stores = {
      aliases: this.aliases,
      tenants: postgresTenantStore(postgres.db),
      registry: postgresRegistryStore(postgres.db),
    };
  }

  /** Away: every call of a collector fails as one to a database that is not there. */
  setPostgres(state: 'away' | 'back'): void {
    this.#postgresIsAway = state === 'away';
  }

  get clickHousePid(): number {
    return this.#engine.pid;
  }

  get clickHousePort(): number {
    return this.#engine.httpPort;
  }

  url(role: 'collector' | 'api' | 'verifier'): Secret {
    return this.#engine.url(role);
  }

  /** @param log several collectors have a folder each */
  logDir(log = 'log'): string {
    return join(this.#folder, log);
  }

  /** The next life of the collector on the same folder. */
  collector({
    log = 'log',
    port = this.#engine.httpPort,
    settings = {},
    ...more
  }: CollectorOptions = {}): CollectorProcess {
    const collector = startCollectorProcess(
      {
        ...more,
        clickHouse: { writeUrl: this.#through(port, 'collector'), readUrl: this.#through(port, 'api') },
        settings: {
          VESTIGE_COLLECTOR_HOST: '127.0.0.1',
          VESTIGE_COLLECTOR_PORT: '0',
          VESTIGE_COLLECTOR_GRPC_PORT: 'off',
          VESTIGE_COLLECTOR_LOG_DIR: this.logDir(log),
          VESTIGE_COLLECTOR_LOG_SEGMENT_BYTES: '16384',
          VESTIGE_COLLECTOR_LOG_MEMORY_BYTES_MAX: '32768',
          VESTIGE_COLLECTOR_BLOCK_SPANS: '1000',
          VESTIGE_COLLECTOR_BLOCK_MS: '30',
          ...settings,
        },
      },
      { stores: this.#stores, isAway: () => this.#postgresIsAway },
      join(this.#folder, 'compiled'),
    );
    this.#collectors.push(collector);
    return collector;
  }

  #through(port: number, role: 'collector' | 'api'): string {
    const url = new URL(this.url(role).reveal());
    url.port = String(port);
    return url.toString();
  }

  async killClickHouse(): Promise<void> {
    await this.endClickHouse();
    await this.startClickHouse();
  }

  async endClickHouse(): Promise<void> {
    process.kill(this.#engine.pid, 'SIGKILL');
    await this.#engine.exited;
  }

  /** On the same ports. */
  async startClickHouse(): Promise<void> {
    const { httpPort, nativePort } = this.#engine;
    this.#engine = await startEmbeddedClickHouse({ dataDir: join(this.#folder, 'clickhouse'), httpPort, nativePort });
  }

  /** Names of files that hold records. */
  segments(log?: string): string[] {
    const folder = this.logDir(log);
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.log')) : [];
  }

  aside(log?: string): string[] {
    const folder = join(this.logDir(log), 'aside');
    return existsSync(folder) ? readdirSync(folder) : [];
  }

  /** Rows that stand for each span once copies are collapsed. */
  async rowsPerSpan(): Promise<Map<string, number>> {
    const lines = await clickHouseLines(
      this.url('verifier'),
      'SELECT lower(hex(span_id)), count() FROM spans FINAL GROUP BY span_id FORMAT TSV',
    );
    return new Map(lines.map((line) => [line.slice(0, 16), Number(line.slice(17))]));
  }

  /** How often a span was really written again. */
  async copies(): Promise<number> {
    return Number(await clickHouseText(this.url('verifier'), 'SELECT count() - uniqExact(tenant, span_id) FROM spans'));
  }

  /** Drains the log with a collector that nobody disturbs, and then: acknowledged = stored exactly once, and no file left. */
  async expectAllStoredOnce(sender: SeededSender, ...logs: readonly string[]): Promise<Map<string, number>> {
    for (const log of logs.length === 0 ? ['log'] : logs) {
      const last = this.collector({ log });
      await last.url;
      await until('the log is drained', () => this.segments(log).length === 0).catch((error: unknown) => {
        throw new Error(`${error}: ${this.segments(log)} of ${log} are left: ${last.said()}`);
      });
      await last.stop();
    }
    const stored = await this.rowsPerSpan();
    const missing = [...sender.acknowledged].filter(([spanId]) => !stored.has(spanId));
    expect(missing, `acknowledged and not stored, with the life that took them`).toEqual([]);
    expect([...stored].filter(([, rows]) => rows !== 1)).toEqual([]);
    expect([...stored.keys()].filter((spanId) => !sender.attempted.has(spanId))).toEqual([]);
    return stored;
  }

  async close(): Promise<void> {
    await Promise.all(this.#collectors.map((collector) => collector.kill9()));
    this.#engine.kill();
    await this.#engine.exited;
    await this.#postgres.close();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
