import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import type { SubjectKeyring } from '@vestige/core/identity/keyring';
import type { AliasStore } from '@vestige/store/control/alias-store';
import type { RegistryStore } from '@vestige/store/control/registry-store';
import type { TenantStore } from '@vestige/store/control/tenant-store';
import type { EventStore } from '@vestige/store/events/event-store';
import type { Logger } from 'pino';
import type { CollectorConfig } from './config.ts';
import { createLineageIngest } from './ingest/lineage-ingest.ts';
import { TenantContexts } from './ingest/tenant-contexts.ts';
import type { LogFiles } from './log/log-files.ts';
import { whereOf } from './log-error.ts';
import { createMetrics } from './metrics.ts';
import { openPipeline } from './pipeline.ts';
import { createReceiver, type ReceiverDeps } from './receive/app.ts';
import { ControlWatch } from './receive/control-watch.ts';
import { type GrpcServer, startGrpcServer } from './receive/grpc-server.ts';
import { InFlight } from './receive/in-flight.ts';
import { KeyCheck } from './receive/key-check.ts';
import { listenOn } from './receive/listen.ts';
import { TenantQuotas } from './receive/tenant-quotas.ts';

/** The open stores a collector stands on. Closing them is for whoever opened them. */
export interface CollectorDeps {
  readonly events: EventStore;
  readonly aliases: AliasStore;
  readonly tenants: TenantStore;
  readonly registry: RegistryStore;
  /** Subject keys the operator gave this process. Without a tenant's key its raw identifiers are dropped and counted. */
  readonly keyring?: SubjectKeyring;
  readonly log: Logger;
  /** The system's clock unless a test steps it. */
  readonly wallMs?: () => number;
  /** The system's calls unless a test lets one fail. */
  readonly logFiles?: LogFiles;
}

export interface Collector {
  /** `http://host:port`, with the port that was really taken. */
  readonly url: string;
  /** The same for gRPC; null when it is switched off. */
  readonly grpcUrl: string | null;
  /**
   * Takes no new request, finishes those under way and stores what is in the log, all within about `closeGraceMs`:
   * connections are cut after it, and what is not stored stays in the log for the next start.
   */
  close(): Promise<void>;
}

/** Above the usual 60 s of load balancers, or a request meets a connection that is being closed. */
const KEEP_ALIVE_MS = 65_000;
const HEADERS_MS = 15_000;

/**
 * @throws VestigeError `misconfigured` when the address cannot be listened on or the log's folder not be used, `conflict`
 *   when another collector holds it
 */
export async function startCollector(config: CollectorConfig, deps: CollectorDeps): Promise<Collector> {
  const { log } = deps;
  const wallMs = deps.wallMs ?? Date.now;
  const monotonicMs = () => performance.now();
  const inFlight = new InFlight(config.inFlightBytesMax);
  const metrics = createMetrics(inFlight, config.metricsToken !== null);
  const onStoreFailed = (error: unknown) => log.warn(whereOf(error), 'a store failed; senders are told to come back');
  const contexts = new TenantContexts({
    registry: deps.registry,
    events: deps.events,
    keyring: deps.keyring ?? null,
    nowMs: wallMs,
    monotonicMs,
  });
  const keys = new KeyCheck({
    tenants: deps.tenants,
    freshMs: config.keyCacheMs,
    graceMs: config.keyGraceMs,
    nowMs: monotonicMs,
    onAway: (away, error) =>
      away ? log.warn(whereOf(error), 'API keys cannot be checked now') : log.info('API keys can be checked again'),
  });
  const quotas = new TenantQuotas(config.quota, monotonicMs);
  const control = new ControlWatch({
    tenants: deps.tenants,
    keys,
    quotas,
    pollMs: Math.max(100, config.keyCacheMs / 2),
  });
  // Before the first request, so that a tenant's own quota holds for it.
  await control.refresh();
  const pipeline = await openPipeline(config, {
    ...deps,
    keyring: deps.keyring ?? null,
    contexts,
    metrics,
    logger: log,
    wallMs,
    monotonicMs,
  });
  let closing = false;
  const receive = {
    ...deps,
    keys,
    quotas,
    inFlight,
    metrics,
    requestBytesMax: config.requestBytesMax,
    requestMs: config.requestMs,
    pathPrefix: config.pathPrefix,
    metricsToken: config.metricsToken,
    ingest: pipeline.ingest,
    ackLog: { isDurable: config.ackMode === 'log', state: () => pipeline.log.state() },
    lineage: createLineageIngest({ events: deps.events, registry: deps.registry, contexts, metrics, onStoreFailed }),
    isClosing: () => closing,
  };
  const receiver = createReceiver(receive);
  const server = createAdaptorServer({
    fetch: receiver.fetch,
    overrideGlobalObjects: false,
    serverOptions: {
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEADERS_MS,
      requestTimeout: config.requestMs + HEADERS_MS,
    },
  }) as Server;
  const url = await listenOn(server, config.host, config.port).catch(async (error: unknown) => {
    await pipeline.close(0);
    throw error;
  });
  // A failed accept (no file handle left) must not end the process: the connection is lost, its client comes back.
  server.on('error', (error) => log.error(whereOf(error), 'a connection could not be accepted'));
  const grpc = await openGrpc(config, receive).catch(async (error: unknown) => {
    await closeServer(server, 0);
    await pipeline.close(0);
    throw error;
  });
  control.start();
  log.info({ url, grpcUrl: grpc?.url ?? null, collectorId: pipeline.collectorId }, 'collector takes spans');

  return {
    url,
    grpcUrl: grpc?.url ?? null,
    async close() {
      closing = true;
      const startedMs = monotonicMs();
      await Promise.all([closeServer(server, config.closeGraceMs), grpc?.close(config.closeGraceMs)]);
      await pipeline.close(Math.max(0, config.closeGraceMs - (monotonicMs() - startedMs)));
      control.close();
      log.info('collector closed');
    },
  };
}

async function openGrpc({ host, grpcPort }: CollectorConfig, receive: ReceiverDeps): Promise<GrpcServer | null> {
  return grpcPort === null ? null : startGrpcServer({ host, port: grpcPort }, { ...receive, health: receive });
}

/** Connections without a request are closed as soon as they have none; the others get their answer first. */
function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(cut);
      resolve();
    });
  });
}
