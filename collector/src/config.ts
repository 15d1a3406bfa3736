import { availableParallelism } from 'node:os';
import { VestigeError } from '@vestige/core/errors';
import { Secret } from '@vestige/core/secret';
import { z } from 'zod';
import type { QuotaDefaults } from './receive/tenant-quotas.ts';

const MIB = 1024 * 1024;

const whole = (min: number, max: number) => {
  const message = `must be a whole number, ${min} to ${max}`;
  return z.coerce.number(message).int(message).min(min, message).max(max, message);
};
const bytes = (min: number) => whole(min, 16_384 * MIB);

/** The collector's own settings; its databases are handed to it open. Names in capitals are environment variables. */
const CollectorEnv = z.object({
  VESTIGE_COLLECTOR_HOST: z.string().min(1).default('0.0.0.0'),
  /** 4318 is OTLP/HTTP; 0 takes a free port. */
  VESTIGE_COLLECTOR_PORT: whole(0, 65_535).default(4318),
  /** 4317 is OTLP/gRPC; 0 takes a free port, as it does when the other port is 0 and this one is not set. */
  VESTIGE_COLLECTOR_GRPC_PORT: z
    .union([z.literal('off'), whole(0, 65_535)], 'must be a port, 0 to 65535, or off')
    .optional(),
  /** Before `/v1/traces` and `/api/v1/lineage`, for a collector behind a path of a shared host. */
  VESTIGE_COLLECTOR_PATH_PREFIX: z
    .string()
    .regex(/^(?:\/[A-Za-z0-9._~-]+)*$/, 'must start with a slash and not end with one')
    .default(''),
  VESTIGE_COLLECTOR_ID: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, dashes or underscores')
    .optional(),
  VESTIGE_COLLECTOR_REQUEST_BYTES_MAX: bytes(1024).default(64 * MIB),
  VESTIGE_COLLECTOR_IN_FLIGHT_BYTES_MAX: bytes(MIB).default(256 * MIB),
  /** A body that takes longer to arrive is given up. */
  VESTIGE_COLLECTOR_REQUEST_MS: whole(1000, 600_000).default(60_000),
  VESTIGE_COLLECTOR_KEY_CACHE_MS: whole(0, 10_000).default(2000),
  /** While Postgres is away a key it vouched for is taken this much longer. */
  VESTIGE_COLLECTOR_KEY_GRACE_MS: whole(0, 86_400_000).default(3_600_000),
  /** For tenants without a quota of their own (`vestige tenant quota`); 0 is no limit. */
  VESTIGE_COLLECTOR_TENANT_SPANS_PER_S: whole(0, 1_000_000_000).default(0),
  VESTIGE_COLLECTOR_TENANT_BYTES_PER_S: whole(0, 1_000_000_000_000).default(0),
  VESTIGE_COLLECTOR_TENANT_BURST_S: whole(1, 3600).default(10),
  VESTIGE_COLLECTOR_SUPPRESSION_POLL_MS: whole(50, 10_000).default(1000),
  VESTIGE_COLLECTOR_SUPPRESSION_STALE_MS: whole(200, 60_000).default(5000),
  /** Threads that encode requests; 0 encodes where they are received. `auto` leaves two cores to the rest. */
  VESTIGE_COLLECTOR_ENCODE_THREADS: z
    .union([z.literal('auto'), whole(0, 32)], 'must be auto, or a whole number, 0 to 32')
    .default('auto'),
  VESTIGE_COLLECTOR_SUBJECT_CACHE_MAX: whole(0, 10_000_000).default(200_000),
  /** `log`: a request is acknowledged when it is durable here; `store`: when ClickHouse has it. */
  VESTIGE_COLLECTOR_ACK: z.enum(['log', 'store'], 'must be log or store').default('log'),
  VESTIGE_COLLECTOR_LOG_DIR: z.string().min(1).default('.vestige/collector-log'),
  VESTIGE_COLLECTOR_LOG_BYTES_MAX: whole(MIB, 1024 * 1024 * MIB).default(4096 * MIB),
  VESTIGE_COLLECTOR_LOG_TENANT_PERCENT: whole(1, 100).default(75),
  VESTIGE_COLLECTOR_LOG_SEGMENT_BYTES: whole(4096, 1024 * MIB).default(64 * MIB),
  VESTIGE_COLLECTOR_LOG_MEMORY_BYTES_MAX: whole(0, 16_384 * MIB).default(128 * MIB),
  VESTIGE_COLLECTOR_BLOCK_SPANS: whole(1, 100_000).default(20_000),
  VESTIGE_COLLECTOR_BLOCK_MS: whole(0, 10_000).default(200),
  VESTIGE_COLLECTOR_CLOSE_GRACE_MS: whole(0, 600_000).default(30_000),
  /** Guards `/metrics` and turns on its series per service. */
  VESTIGE_COLLECTOR_METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
});

export interface CollectorConfig {
  readonly host: string;
  readonly port: number;
  /** Null: no gRPC. */
  readonly grpcPort: number | null;
  readonly pathPrefix: string;
  /**
   * Unique among running collectors: suppression is acknowledged under it. Null: it is kept in the log's folder, and
   * random for each process that has none.
   */
  readonly collectorId: string | null;
  /** Of one body, before and after inflating. */
  readonly requestBytesMax: number;
  /** Of all bodies held at once; beyond it requests are told to come back. */
  readonly inFlightBytesMax: number;
  /** The longest a body may take to arrive. */
  readonly requestMs: number;
  /** The longest a revoked key is still taken while Postgres answers. */
  readonly keyCacheMs: number;
  /** The longest a key is taken that Postgres last vouched for before it went away. */
  readonly keyGraceMs: number;
  readonly quota: QuotaDefaults;
  readonly suppressionPollMs: number;
  /** Without news of the suppression list for this long nothing is stored. */
  readonly suppressionStaleMs: number;
  /** Threads besides the receiving one that encode requests; 0 encodes there. */
  readonly encodeThreads: number;
  /** Tokens whose subject is remembered; about 200 bytes each. */
  readonly subjectCacheMax: number;
  /** What an acknowledgement promises: `log`, that the request is durable here; `store`, that ClickHouse has it. */
  readonly ackMode: 'log' | 'store';
  /** For one collector alone; on a volume that survives the process. */
  readonly logDir: string;
  /** Of everything acknowledged and not stored; beyond it requests are told to come back. */
  readonly logBytesMax: number;
  /** Of `logBytesMax`, for one tenant. */
  readonly logTenantPercent: number;
  readonly logSegmentBytes: number;
  /** Of the log, kept in memory too, so that storing reads no disk. */
  readonly logMemoryBytesMax: number;
  /** A block is stored when it has so many spans, or when its first record is so old. */
  readonly blockSpans: number;
  readonly blockMs: number;
  /** How long a shutdown waits for requests under way, and then for the log to be stored. */
  readonly closeGraceMs: number;
  readonly metricsToken: Secret | null;
}

/**
 * @param env defaults to the process's own; tests and the all-in-one process pass theirs
 * @throws VestigeError `misconfigured` that names every problem at once, and no value
 */
export function readCollectorConfig(env: Readonly<Record<string, string | undefined>> = process.env): CollectorConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = CollectorEnv.safeParse(given);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  if (parsed.success) problems.push(...contradictions(parsed.data));
  if (!parsed.success || problems.length > 0) {
    throw new VestigeError('misconfigured', `collector settings: ${problems.join('; ')}`, { problems });
  }
  const set = parsed.data;
  return {
    host: set.VESTIGE_COLLECTOR_HOST,
    port: set.VESTIGE_COLLECTOR_PORT,
    grpcPort: grpcPortOf(set),
    pathPrefix: set.VESTIGE_COLLECTOR_PATH_PREFIX,
    collectorId: set.VESTIGE_COLLECTOR_ID ?? null,
    requestBytesMax: set.VESTIGE_COLLECTOR_REQUEST_BYTES_MAX,
    inFlightBytesMax: set.VESTIGE_COLLECTOR_IN_FLIGHT_BYTES_MAX,
    requestMs: set.VESTIGE_COLLECTOR_REQUEST_MS,
    keyCacheMs: set.VESTIGE_COLLECTOR_KEY_CACHE_MS,
    keyGraceMs: set.VESTIGE_COLLECTOR_KEY_GRACE_MS,
    quota: {
      spansPerS: set.VESTIGE_COLLECTOR_TENANT_SPANS_PER_S,
      bytesPerS: set.VESTIGE_COLLECTOR_TENANT_BYTES_PER_S,
      burstS: set.VESTIGE_COLLECTOR_TENANT_BURST_S,
    },
    suppressionPollMs: set.VESTIGE_COLLECTOR_SUPPRESSION_POLL_MS,
    suppressionStaleMs: set.VESTIGE_COLLECTOR_SUPPRESSION_STALE_MS,
    encodeThreads: threadsOf(set.VESTIGE_COLLECTOR_ENCODE_THREADS),
    subjectCacheMax: set.VESTIGE_COLLECTOR_SUBJECT_CACHE_MAX,
    ackMode: set.VESTIGE_COLLECTOR_ACK,
    logDir: set.VESTIGE_COLLECTOR_LOG_DIR,
    logBytesMax: set.VESTIGE_COLLECTOR_LOG_BYTES_MAX,
    logTenantPercent: set.VESTIGE_COLLECTOR_LOG_TENANT_PERCENT,
    logSegmentBytes: set.VESTIGE_COLLECTOR_LOG_SEGMENT_BYTES,
    logMemoryBytesMax: set.VESTIGE_COLLECTOR_LOG_MEMORY_BYTES_MAX,
    blockSpans: set.VESTIGE_COLLECTOR_BLOCK_SPANS,
    blockMs: set.VESTIGE_COLLECTOR_BLOCK_MS,
    closeGraceMs: set.VESTIGE_COLLECTOR_CLOSE_GRACE_MS,
    metricsToken: set.VESTIGE_COLLECTOR_METRICS_TOKEN ? new Secret(set.VESTIGE_COLLECTOR_METRICS_TOKEN) : null,
  };
}

function grpcPortOf(set: z.infer<typeof CollectorEnv>): number | null {
  const asked = set.VESTIGE_COLLECTOR_GRPC_PORT ?? (set.VESTIGE_COLLECTOR_PORT === 0 ? 0 : 4317);
  return asked === 'off' ? null : asked;
}

function contradictions(set: z.infer<typeof CollectorEnv>): string[] {
  const problems: string[] = [];
  // A tenant may hold half of it (receive/in-flight.ts).
  if (set.VESTIGE_COLLECTOR_IN_FLIGHT_BYTES_MAX < 3 * set.VESTIGE_COLLECTOR_REQUEST_BYTES_MAX) {
    problems.push(
      'VESTIGE_COLLECTOR_IN_FLIGHT_BYTES_MAX: must be at least three times VESTIGE_COLLECTOR_REQUEST_BYTES_MAX, or the largest request is hardly ever taken',
    );
  }
  if (set.VESTIGE_COLLECTOR_SUPPRESSION_STALE_MS <= set.VESTIGE_COLLECTOR_SUPPRESSION_POLL_MS) {
    problems.push('VESTIGE_COLLECTOR_SUPPRESSION_STALE_MS: must be above VESTIGE_COLLECTOR_SUPPRESSION_POLL_MS');
  }
  return problems;
}

/** One core is left to the receiver and one to ClickHouse or the log; more than eight encoders outrun any receiver. */
const AUTO_THREADS_MAX = 8;

function threadsOf(setting: 'auto' | number): number {
  return setting === 'auto' ? Math.max(0, Math.min(AUTO_THREADS_MAX, availableParallelism() - 2)) : setting;
}
