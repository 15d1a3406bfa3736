import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SubjectKeyring } from '@vestige/core/identity/keyring';
import type { TenantId } from '@vestige/core/ids';
import type { KeptSpan } from '@vestige/core/model/kept-span';
import type { AliasStore } from '@vestige/store/control/alias-store';
import type { EventStore, RejectedSpan } from '@vestige/store/events/event-store';
import type { Logger } from 'pino';
import type { CollectorConfig } from './config.ts';
import { Drain } from './drain/drain.ts';
import { dropErasedAside, namesErased } from './drain/erased-aside.ts';
import type { OpenedRecord, StoreRecordsDeps } from './drain/store-records.ts';
import { createInlineEncoder } from './encode/inline-encoder.ts';
import { recordFormat } from './encode/record-format.ts';
import type { RequestEncoder } from './encode/request-encoder.ts';
import { createWorkerPool } from './encode/worker-pool.ts';
import { SubjectCache } from './ingest/subject-cache.ts';
import { SuppressionWatch } from './ingest/suppression-watch.ts';
import type { TenantContexts } from './ingest/tenant-contexts.ts';
import { createTraceIngest, type TraceIngest } from './ingest/trace-ingest.ts';
import { type DiskLog, openDiskLog } from './log/disk-log.ts';
import type { IngestLog } from './log/ingest-log.ts';
import type { LogFiles } from './log/log-files.ts';
import type { LogReport } from './log/log-report.ts';
import { openMemoryLog } from './log/memory-log.ts';
import { whereOf } from './log-error.ts';
import { createLogMetrics, type LogMetrics } from './log-metrics.ts';
import type { Metrics } from './metrics.ts';

export interface PipelineDeps {
  readonly keyring: SubjectKeyring | null;
  readonly events: EventStore;
  readonly aliases: AliasStore;
  readonly contexts: TenantContexts;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly wallMs: () => number;
  readonly monotonicMs: () => number;
  readonly logFiles?: LogFiles;
}

/** The road of a request behind its receiver: encode → log → acknowledge → drain. */
export interface Pipeline {
  readonly ingest: TraceIngest;
  readonly log: IngestLog;
  readonly collectorId: string;
  /** Stores what it can within `graceMs` and leaves the rest in the log. Nothing is taken any more. */
  close(graceMs: number): Promise<void>;
}

/** An append that was given up may still be written for this long: the time limit of an insert and of its request. */
const IN_DOUBT_MS = 90_000;
const TENANT_IDLE_MS = 600_000;
/** A block holds a record more than this at most. */
const BLOCK_BYTES_MAX = 32 * 1024 * 1024;
const CLOSE_POLL_MS = 20;

/** @throws VestigeError `conflict` when another collector holds the log's folder, `misconfigured` when it is unusable */
export async function openPipeline(config: CollectorConfig, deps: PipelineDeps): Promise<Pipeline> {
  const { logger, aliases, monotonicMs, wallMs } = deps;
  const metrics = createLogMetrics(deps.metrics.registry);
  const disk = config.ackMode === 'log' ? await openFolder(config, deps, metrics) : null;
  const log = disk ?? openMemoryLog({ ...boundsOf(config), nowMs: monotonicMs });
  metrics.watch(log);
  const collectorId = config.collectorId ?? (disk === null ? newId() : await idOfFolder(config.logDir));
  const onStoreFailed = (error: unknown) => logger.warn(whereOf(error), 'a database failed; it is asked again');
  let isClosed = false;
  const drainedAndDropped = async (tenant: TenantId): Promise<void> => {
    await log.drained(tenant);
    if (disk === null) return;
    const onDropped = (files: number) =>
      logger.warn({ files }, 'bytes set aside named somebody who is being erased, and are removed');
    const deps = { aside: disk.aside, aliases, onDropped, onRetry: onStoreFailed, isClosed: () => isClosed };
    await dropErasedAside(deps, tenant);
  };
  const watch = new SuppressionWatch({
    aliases,
    collectorId,
    log: { drained: (tenant) => drainedAndDropped(tenant), waiting: () => log.backlog().bytesByTenant },
    inDoubtAtStart: disk?.recovered ?? new Set<TenantId>(),
    pollMs: config.suppressionPollMs,
    staleMs: config.suppressionStaleMs,
    inDoubtMs: IN_DOUBT_MS,
    idleMs: TENANT_IDLE_MS,
    nowMs: monotonicMs,
    onPollFailed: onStoreFailed,
  });
  const encoder = encoderOf(config, deps);
  const drain = new Drain({
    log,
    limits: {
      spansMax: config.blockSpans,
      bytesMax: BLOCK_BYTES_MAX,
      // A sender that is told after the insert is not made to wait for others; inserts under way make blocks enough.
      waitMs: disk === null ? 0 : config.blockMs,
    },
    format: recordFormat,
    events: deps.events,
    aliases,
    cache: new SubjectCache(config.subjectCacheMax),
    watch,
    waits: disk !== null,
    ...counting(metrics, onStoreFailed),
    ...asideOf(disk, deps, metrics),
  });
  watch.start();
  drain.start();

  return {
    ingest: createTraceIngest({
      encoder,
      contexts: deps.contexts,
      watch,
      log: refusalsCounted(log, metrics),
      metrics: deps.metrics,
      nowMs: wallMs,
      onStoreFailed,
    }),
    log,
    collectorId,
    async close(graceMs) {
      const deadline = monotonicMs() + graceMs;
      while (log.backlog().records > 0 && monotonicMs() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, CLOSE_POLL_MS));
      }
      await drain.stop(Math.max(0, deadline - monotonicMs()));
      watch.close();
      isClosed = true;
      await log.close();
      await encoder.close();
      const { records, spans } = log.backlog();
      if (records > 0) logger.warn({ records, spans }, 'what is not stored yet stays in the log for the next start');
    },
  };
}

/** On one or two cores threads only take the core from whom they wait for. */
function encoderOf({ encodeThreads: threads }: CollectorConfig, { logger, keyring }: PipelineDeps): RequestEncoder {
  const onReaderFault = (error: unknown) =>
    logger.error(whereOf(error), 'a span could not be read for a fault of ours');
  if (threads === 0) return createInlineEncoder({ onReaderFault });
  const onThreadLost = () => logger.error('an encoding thread ended by itself; another one takes its place');
  return createWorkerPool({ threads, keyring, onReaderFault, onThreadLost });
}

const newId = () => `collector-${randomUUID()}`;
const boundsOf = ({ logBytesMax, logTenantPercent }: CollectorConfig) => ({
  bytesMax: logBytesMax,
  tenantBytesMax: Math.floor((logBytesMax * logTenantPercent) / 100),
});

function openFolder(config: CollectorConfig, deps: PipelineDeps, metrics: LogMetrics): Promise<DiskLog> {
  return openDiskLog({
    folder: config.logDir,
    ...boundsOf(config),
    segmentBytes: config.logSegmentBytes,
    memoryBytesMax: config.logMemoryBytesMax,
    nowMs: deps.monotonicMs,
    wallMs: deps.wallMs,
    report: (event) => tell(deps.logger, metrics, event),
    onSynced: (ms) => metrics.syncSeconds.observe(ms / 1000),
    ...(deps.logFiles !== undefined && { files: deps.logFiles }),
  });
}

/**
 * The name a collector without a given one acknowledges suppression under: it belongs to the folder, for whoever takes
 * over the folder takes over what its last process left undone.
 */
async function idOfFolder(folder: string): Promise<string> {
  const file = join(folder, 'collector-id');
  const kept = await readFile(file, 'utf8').catch(() => '');
  if (/^collector-[0-9a-f-]{36}$/.test(kept)) return kept;
  const id = newId();
  // On a full disk the name lasts as long as the process.
  await writeFile(file, id, { mode: 0o600 }).catch(() => {});
  return id;
}

function counting(
  metrics: LogMetrics,
  onStoreFailed: (error: unknown) => void,
): Pick<StoreRecordsDeps, 'onStored' | 'onRetry'> {
  return {
    onStored({ accepted, suppressedSpans, suppressedTags, unknownSets }, records, ms) {
      metrics.storedSpans.inc(accepted);
      metrics.suppressedSpans.inc(suppressedSpans);
      metrics.suppressedTags.inc(suppressedTags);
      metrics.unknownSets.inc(unknownSets);
      metrics.blocks.inc();
      metrics.blockSpans.observe(records.reduce((sum, { spans }) => sum + spans, 0));
      metrics.insertSeconds.observe(ms / 1000);
    },
    onRetry(error) {
      metrics.retries.inc();
      onStoreFailed(error);
    },
  };
}

/** What can never be stored is counted, told, shown as rejected and, where there is a folder, kept for a week. */
function asideOf(disk: DiskLog | null, { aliases, events, logger, wallMs }: PipelineDeps, metrics: LogMetrics) {
  const keep = async (payload: Uint8Array, spans: number, error: unknown, tenant?: TenantId): Promise<void> => {
    // Late bytes about somebody who was erased meanwhile: the erasure has looked through this folder already.
    const isErased = tenant !== undefined && (await namesErased(aliases, tenant, payload).catch(() => false));
    const keptAs = isErased ? null : ((await disk?.aside.keep(`unstorable-${randomUUID()}`, payload)) ?? null);
    metrics.unstorable.inc(spans);
    logger.error({ ...whereOf(error), spans, keptAs }, 'acknowledged spans cannot be stored and were set aside');
  };
  return {
    async onUnstorable({ payload, record }: OpenedRecord, error: unknown): Promise<void> {
      await keep(payload, record.spans, error, record.tenant);
      await events
        .appendRejected(record.tenant, [unstorableRow(wallMs())])
        .catch((failure: unknown) => logger.error(whereOf(failure), 'what was set aside is missing from the gaps'));
    },
    onUnreadable: (payload: Uint8Array, error: unknown) => keep(payload, 0, error),
  };
}

/** One for the whole record: nothing of its spans may be read out of bytes that nobody could store. */
function unstorableRow(receivedAtMs: number): RejectedSpan {
  const span: KeptSpan = {
    traceId: randomUUID().replaceAll('-', ''),
    spanId: '',
    parentId: '',
    name: '',
    kind: 'internal',
    startNs: '0',
    endNs: '0',
    status: 'unset',
    scopeName: '',
    scopeVersion: '',
    resource: {},
    attributes: {},
    events: [],
    links: [],
    attribution: 'ambient',
    cut: true,
  };
  const whose = { subjectIds: [], linkSubjectIds: [] };
  return { receivedAtMs, reason: 'not_storable', service: 'service:-', span: JSON.stringify(span), ...whose };
}

function refusalsCounted(log: IngestLog, metrics: LogMetrics): Pick<IngestLog, 'append'> {
  return {
    async append(record) {
      try {
        await log.append(record);
      } catch (error) {
        const { code } = whereOf(error);
        if (code === 'rate_limited' || code === 'store_unavailable') metrics.refused.inc({ reason: code });
        throw error;
      }
    },
  };
}

const TOLD: Readonly<Record<LogReport['kind'], readonly ['info' | 'warn' | 'error', string]>> = {
  recovered: ['info', 'the log of a former process is drained'],
  torn: ['warn', 'a write that had not ended was cut off the log: nothing of it was acknowledged'],
  damaged: ['error', 'a piece of the log is damaged: spans that were acknowledged may be lost'],
  failed: ['error', 'the log could not be written or read'],
};

function tell(logger: Logger, metrics: LogMetrics, event: LogReport): void {
  const [level, message] = TOLD[event.kind];
  if (event.kind !== 'recovered') metrics.reports.inc({ kind: event.kind });
  logger[level](event, message);
}
