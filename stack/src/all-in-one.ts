import { startLogKeeper } from '@vestige/api/audit/keep-log';
import { CONSOLE_DIR, readConsoleFiles } from '@vestige/api/console/console-files';
import { startMonitor } from '@vestige/api/monitoring/monitor';
import { startWorkflow } from '@vestige/api/requests/workflow';
import { startApi } from '@vestige/api/server';
import { startCollector } from '@vestige/collector/server';
import { SubjectKeyring } from '@vestige/core/identity/keyring';
import type { TenantKey } from '@vestige/core/identity/token';
import type { Secret } from '@vestige/core/secret';
import type { Tenant } from '@vestige/store/control/tenant-store';
import { openStores, type Stores } from '@vestige/store/open';
import { type Logger, pino } from 'pino';
import { readLogKeys, witnessesOf } from './audit-log.ts';
import type { EmbeddedClickHouse } from './clickhouse/embedded.ts';
import type { UpConfig } from './config.ts';
import { startEngines } from './engines.ts';
import { lockFolder } from './folder-lock.ts';
import { keptApiKey } from './kept-api-key.ts';
import { keyFiles, keyringOptions, ownSubjectKeys, readSigningKey } from './own-keys.ts';
import { assertGrpcPortFree, assertPortFree } from './ports.ts';

/** The tenant that an all-in-one installation is made for. */
const TENANT = 'default';
const WORKFLOW_INTERVAL_MS = 250;
const LOG_KEEPER_INTERVAL_MS = 1_000;
const MONITOR_INTERVAL_MS = 300_000;

export interface RunningStack {
  /** Takes OTLP/HTTP at `/v1/traces`. */
  readonly collectorUrl: string;
  /** Takes OTLP/gRPC; null when it is switched off. */
  readonly collectorGrpcUrl: string | null;
  readonly apiUrl: string;
  /** Whether the console was built and is served beside the API. */
  readonly hasConsole: boolean;
  readonly dataDir: string;
  readonly tenant: Tenant;
  /** All scopes. Also in `<dataDir>/admin-key`; the database holds a hash. */
  readonly adminKey: Secret;
  /** It was made by this start, so it has to be shown now. */
  readonly adminKeyIsNew: boolean;
  /** Newest pseudonymisation key of the tenant: what its applications start the SDK with. */
  readonly subjectKey: TenantKey;
  readonly stores: Stores;
  /** Null when ClickHouse was given by URL. */
  readonly clickhouse: EmbeddedClickHouse | null;
  /** In the order of the flow, each after what feeds it; leaves nothing running. May be called twice. */
  stop(): Promise<void>;
}

export interface AllInOneOptions {
  readonly log?: Logger;
  /** The embedded ClickHouse died and would not start again: the process should end. */
  readonly onLost?: (error: unknown) => void;
  /** The built console; defaults to what `npm run console` builds. */
  readonly consoleDir?: string;
}

/**
 * The whole system in one process, on engines of its own or on given ones.
 *
 * @param config from `readUpConfig`, which tests and the demo hand their own variables
 * @throws VestigeError conflict for a taken port or a locked folder, unsupported_platform, misconfigured,
 *   store_unavailable; what had started by then is stopped
 */
export async function startAllInOne(config: UpConfig, options: AllInOneOptions = {}): Promise<RunningStack> {
  const log = options.log ?? pino({ enabled: false });
  const closers: (() => Promise<void> | void)[] = [];
  /** Once, however often it is asked for. */
  let stopping: Promise<void> | null = null;
  const stop = () => {
    stopping ??= closeAll(closers, log);
    return stopping;
  };
  try {
    await assertPortFree(config.collector.port, config.collector.host, 'the collector', 'VESTIGE_COLLECTOR_PORT');
    await assertGrpcPortFree(config.collector);
    await assertPortFree(config.api.port, config.api.host, 'the API', 'VESTIGE_API_PORT');
    closers.push(lockFolder(config.dataDir).release);
    const engines = await startEngines(config, log, options.onLost ?? (() => {}));
    closers.push(engines.stop);
    const stores = await openStores(engines.stores);
    closers.push(stores.close);

    const tenant = await stores.tenants.ensureTenant(TENANT);
    const admin = await keptApiKey(stores.tenants, tenant, {
      file: keyFiles(config.dataDir).adminKey,
      name: 'admin',
      role: 'owner',
    });
    const subjectKeys = ownSubjectKeys(config.dataDir, tenant.name, config.subjectKeys);
    const keyring = new SubjectKeyring(subjectKeys, keyringOptions(config));
    const signingKey = readSigningKey(
      config.signingKeyFile ?? keyFiles(config.dataDir).signingKey,
      config.signingKeyFile === null,
    );
    const logKeys = readLogKeys(config.auditLog, keyFiles(config.dataDir).auditKey);
    const witnesses = witnessesOf(config.auditLog);

    const deps = {
      ...stores,
      keyring,
      signingKey,
      logKeys,
      consoleFiles: await readConsoleFiles(options.consoleDir ?? CONSOLE_DIR),
      now: () => new Date(),
      skew: config.api.skew,
      log,
    };
    const api = await startApi(config.api, deps);
    const logKeeper = startLogKeeper({ ...deps, witnesses }, { intervalMs: LOG_KEEPER_INTERVAL_MS });
    closers.push(logKeeper.close);
    const workflow = startWorkflow(deps, { intervalMs: WORKFLOW_INTERVAL_MS });
    const monitor = startMonitor(deps, { intervalMs: MONITOR_INTERVAL_MS });
    closers.push(monitor.close, workflow.close, api.close);
    const collector = await startCollector(config.collector, { ...stores, keyring, log });
    closers.push(collector.close);
    if (config.workerFile !== null) {
      // The connectors carry native libraries that only a worker needs.
      const { startOwnWorker } = await import('./own-worker.ts');
      const worker = await startOwnWorker(
        { ...config, workerFile: config.workerFile },
        { apiUrl: api.url, tenant, tenants: stores.tenants, subjectKeys, log },
      );
      closers.push(() => worker.stop());
    }

    const subjectKey = subjectKeys.find((key) => key.tenant === tenant.name);
    if (subjectKey === undefined) throw new Error('unreachable: a key was made');
    return {
      collectorUrl: collector.url,
      collectorGrpcUrl: collector.grpcUrl,
      apiUrl: api.url,
      hasConsole: deps.consoleFiles.size > 0,
      dataDir: config.dataDir,
      tenant,
      adminKey: admin.key,
      adminKeyIsNew: admin.isNew,
      subjectKey,
      stores,
      clickhouse: engines.clickhouse,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Last started, first stopped. One that fails does not keep the others running. */
async function closeAll(closers: readonly (() => Promise<void> | void)[], log: Logger): Promise<void> {
  for (const close of closers.toReversed()) {
    try {
      await close();
    } catch {
      log.error('a part did not stop in order');
    }
  }
}
