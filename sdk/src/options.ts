import { TENANT_KEY_BYTES_MIN, type TenantKey } from '@vestige/core/identity/token';
import { Secret } from '@vestige/core/secret';
import type { CoverageReport } from './check/coverage.ts';
import type { Problem } from './problem.ts';
import { hostPatternFault } from './trust.ts';

/**
 * When an ended span reaches the disk. Data in the page cache survives `kill -9` of the process; every batch file is
 * also fsynced before it is sent, so that it survives the machine.
 *
 * - `each`: before `span.end()` returns. Even `kill -9` loses no ended span. One small write per span.
 * - `tick` (default): when the current turn of the event loop ends, all its spans in one write. Spans of our own
 *   record helpers are written at once, as with `each`: they are evidence.
 * - `batch`: with the next batch, up to `batchMs` later. `kill -9` can lose that much; every other way to exit, nothing.
 */
export type Durability = 'each' | 'tick' | 'batch';

/**
 * Ended spans that are gone: the disk was full, or unwritable and memory full too; a span could not be read; it ended
 * after the shutdown; or somebody removed its file.
 */
export interface Loss {
  readonly spans: number;
  readonly reason: 'spool_full' | 'memory_full' | 'unencodable' | 'closed' | 'removed';
}

export interface VestigeOptions {
  /** `service.name`. With the namespace it names this service in every lineage: `service:{namespace}/{name}`. */
  readonly serviceName: string;
  readonly serviceNamespace?: string;
  /** Tenant name (slug). Part of token derivation: another name gives other tokens. */
  readonly tenant: string;
  /** The collector, e.g. `https://collector.internal:4318`; `/v1/traces` is appended to a bare origin. */
  readonly endpoint: string;
  /** Key with scope `ingest`: `vst_<key id>_<secret>`. */
  readonly apiKey: string | Secret;
  /** The tenant's pseudonymisation key, at least 32 bytes; a string is read as base64 or base64url. */
  readonly subjectKey: Uint8Array | string | Secret<Uint8Array>;
  /** Id of that key, `[a-z0-9]{1,32}`. */
  readonly kid: string;
  /** Folder on a local disk where spans wait. Several processes may share it. Put it on a volume that outlives the container. */
  readonly spoolDir: string;
  /** Hosts that may be told whose data is handled: `api.internal`, `*.svc.cluster.local`. All others get no subject. */
  readonly trustedHosts: readonly string[];
  /** Queues and topics, likewise, by destination name: `orders`, `support.*`. Default: none. */
  readonly trustedDestinations?: readonly string[];
  /** ISO 3166-1 alpha-2, for phone numbers without a country code. */
  readonly defaultRegion?: string;
  readonly durability?: Durability;
  /** An open batch is closed, fsynced and sent after this long. Default 1,000. */
  readonly batchMs?: number;
  /** … or when it holds this many bytes of protobuf, before compression. Default 2 MiB. */
  readonly batchBytesMax?: number;
  /** Bytes this process may hold on disk. Beyond it new spans are refused, counted and reported. Default 1 GiB. */
  readonly spoolBytesMax?: number;
  /** Bytes held in memory while the disk cannot be written. Default 16 MiB. */
  readonly memoryBytesMax?: number;
  /** For one POST to the collector. Default 10,000. */
  readonly requestMs?: number;
  /** First and longest pause after a failed POST; doubled in between, with full jitter. Defaults 500 and 30,000. */
  readonly retryMsMin?: number;
  readonly retryMsMax?: number;
  /** How long `SIGTERM`, `SIGINT` and a natural exit may be held up to send what is on disk. Default 2,000; 0 never waits. */
  readonly exitDrainMs?: number;
  /** Flush on `SIGTERM` and `SIGINT`. Default true. A host with handlers of its own keeps the decision to exit. */
  readonly handleSignals?: boolean;
  /** A subject on an inbound call or message counts only this long after it was sealed. Default 24 hours. */
  readonly baggageAgeMsMax?: number;
  readonly onProblem?: (problem: Problem) => void;
  readonly onLoss?: (loss: Loss) => void;
  readonly onCoverage?: (report: CoverageReport) => void;
}

/** The options with every default filled in. */
export interface Settings {
  readonly serviceName: string;
  readonly serviceNamespace: string;
  readonly tenantKey: TenantKey;
  readonly endpoint: URL;
  readonly apiKey: Secret;
  readonly spoolDir: string;
  readonly trustedHosts: readonly string[];
  readonly trustedDestinations: readonly string[];
  readonly defaultRegion: string | undefined;
  readonly durability: Durability;
  readonly batchMs: number;
  readonly batchBytesMax: number;
  readonly spoolBytesMax: number;
  readonly memoryBytesMax: number;
  readonly requestMs: number;
  readonly retryMsMin: number;
  readonly retryMsMax: number;
  readonly exitDrainMs: number;
  readonly handleSignals: boolean;
  readonly baggageAgeMsMax: number;
  readonly onLoss: ((loss: Loss) => void) | undefined;
  readonly onCoverage: ((report: CoverageReport) => void) | undefined;
}

/** @returns the settings, or every fault of the options at once, in words that repeat no value of them */
export function readOptions(options: VestigeOptions): { settings: Settings } | { faults: string[] } {
  const faults: string[] = [];
  const text = (name: 'serviceName' | 'tenant' | 'spoolDir'): string => {
    const value = options[name];
    if (typeof value === 'string' && value !== '') return value;
    faults.push(`${name} is missing`);
    return '';
  };
  const amount = (name: AmountName): number => {
    const { min, max, unset } = AMOUNTS[name];
    const value = options[name];
    if (value === undefined) return unset;
    if (typeof value === 'number' && value >= min && value <= max) return value;
    faults.push(`${name} is not between ${min} and ${max}`);
    return unset;
  };
  const settings: Settings = {
    serviceName: text('serviceName'),
    serviceNamespace: options.serviceNamespace ?? '',
    tenantKey: {
      key: readKey(options.subjectKey, faults),
      tenant: text('tenant'),
      kid: readKid(options.kid, faults),
    },
    endpoint: readEndpoint(options.endpoint, faults),
    apiKey: readApiKey(options.apiKey, faults),
    spoolDir: text('spoolDir'),
    trustedHosts: readHosts(options.trustedHosts, faults),
    trustedDestinations: readPatterns('trustedDestinations', options.trustedDestinations ?? [], faults),
    defaultRegion: options.defaultRegion,
    durability: readDurability(options.durability, faults),
    batchMs: amount('batchMs'),
    batchBytesMax: amount('batchBytesMax'),
    spoolBytesMax: amount('spoolBytesMax'),
    memoryBytesMax: amount('memoryBytesMax'),
    requestMs: amount('requestMs'),
    retryMsMin: amount('retryMsMin'),
    retryMsMax: amount('retryMsMax'),
    exitDrainMs: amount('exitDrainMs'),
    handleSignals: options.handleSignals ?? true,
    baggageAgeMsMax: amount('baggageAgeMsMax'),
    onLoss: options.onLoss,
    onCoverage: options.onCoverage,
  };
  return faults.length > 0 ? { faults } : { settings };
}

/** Bounds and defaults. The collector refuses requests above 64 MiB, so a batch stays far below it. */
const AMOUNTS = {
  batchMs: { min: 0, max: 60_000, unset: 1_000 },
  batchBytesMax: { min: 1_024, max: 16 << 20, unset: 2 << 20 },
  spoolBytesMax: { min: 64 << 10, max: 2 ** 40, unset: 2 ** 30 },
  memoryBytesMax: { min: 64 << 10, max: 2 ** 30, unset: 16 << 20 },
  requestMs: { min: 10, max: 120_000, unset: 10_000 },
  retryMsMin: { min: 1, max: 60_000, unset: 500 },
  retryMsMax: { min: 1, max: 3_600_000, unset: 30_000 },
  exitDrainMs: { min: 0, max: 60_000, unset: 2_000 },
  baggageAgeMsMax: { min: 60_000, max: 30 * 86_400_000, unset: 86_400_000 },
} as const;
type AmountName = keyof typeof AMOUNTS;

function readKey(given: VestigeOptions['subjectKey'], faults: string[]): Secret<Uint8Array> {
  const key =
    given instanceof Secret
      ? given
      : new Secret<Uint8Array>(typeof given === 'string' ? Buffer.from(given, 'base64') : (given ?? new Uint8Array()));
  if (key.reveal().length < TENANT_KEY_BYTES_MIN)
    faults.push(`subjectKey is shorter than ${TENANT_KEY_BYTES_MIN} bytes`);
  return key;
}

function readKid(kid: string, faults: string[]): string {
  if (!/^[a-z0-9]{1,32}$/.test(kid)) faults.push('kid is not [a-z0-9]{1,32}');
  return kid;
}

function readApiKey(given: string | Secret, faults: string[]): Secret {
  const key = given instanceof Secret ? given : new Secret(given ?? '');
  // A line break would end the header it travels in.
  if (!/^[\x21-\x7e]+$/.test(key.reveal())) faults.push('apiKey is missing or holds characters no key has');
  return key;
}

function readEndpoint(endpoint: string, faults: string[]): URL {
  const url = URL.parse(endpoint);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    faults.push('endpoint is no http or https address');
    return new URL('http://localhost:4318/v1/traces');
  }
  if (url.pathname === '/') url.pathname = '/v1/traces';
  return url;
}

function readDurability(given: Durability | undefined, faults: string[]): Durability {
  if (given !== undefined && given !== 'each' && given !== 'tick' && given !== 'batch') {
    faults.push('durability is none of each, tick, batch');
  }
  return given ?? 'tick';
}

function readHosts(given: readonly string[], faults: string[]): readonly string[] {
  const hosts = readPatterns('trustedHosts', given, faults);
  const fault = hosts.map(hostPatternFault).find((found) => found !== null);
  if (fault) faults.push(`trustedHosts: ${fault}`);
  return hosts;
}

function readPatterns(name: string, given: readonly string[], faults: string[]): readonly string[] {
  if (Array.isArray(given) && given.every((entry) => typeof entry === 'string' && entry !== '')) return given;
  faults.push(`${name} is no list of names`);
  return [];
}
