import { findPackage } from './installed.ts';
import { satisfies } from './version-range.ts';

/**
 * What this process uses and what of it is seen. Instrumentations say nothing when they do not patch a library, be it
 * for its version or for the way it is loaded (ES modules need a loader hook), so somebody has to ask.
 */
export interface CoverageReport {
  readonly libraries: readonly LibraryCoverage[];
  /** Those of the list that handle data unseen. */
  readonly gaps: readonly LibraryCoverage[];
}

export interface LibraryCoverage {
  readonly library: string;
  readonly version: string;
  /**
   * - `patched`: calls are seen
   * - `seen_as_http`: nothing knows the library, but its calls are seen as HTTP calls with their host
   * - `by_hand`: the application says that it records these itself (`recordedByHand`)
   * - `not_patched`: instrumented and supported, but not loaded so far, or loaded around the hooks
   * - `unsupported_version`: installed in a version its instrumentation does not know
   * - `no_instrumentation`: a library that moves data, installed, with nothing that watches it
   */
  readonly state: 'patched' | 'seen_as_http' | 'by_hand' | 'not_patched' | 'unsupported_version' | 'no_instrumentation';
  /** Versions its instrumentation knows. */
  readonly supported: string;
  /** Who patches it, or whose package would. */
  readonly by: string;
}

/** An instrumentation of either line, taken structurally; `_modules` is protected in its type and stable in fact. */
export interface OtelInstrumentation {
  readonly instrumentationName: string;
  setTracerProvider?(provider: unknown): void;
  enable(): void;
  disable(): void;
}

/** Libraries through which personal data moves, and what would watch them. */
const WATCHABLE: Readonly<Record<string, string>> = {
  pg: '@opentelemetry/instrumentation-pg',
  mysql: '@opentelemetry/instrumentation-mysql',
  mysql2: '@opentelemetry/instrumentation-mysql2',
  mongodb: '@opentelemetry/instrumentation-mongodb',
  redis: '@opentelemetry/instrumentation-redis',
  '@redis/client': '@opentelemetry/instrumentation-redis',
  ioredis: '@opentelemetry/instrumentation-ioredis',
  kafkajs: '@opentelemetry/instrumentation-kafkajs',
  amqplib: '@opentelemetry/instrumentation-amqplib',
  'cassandra-driver': '@opentelemetry/instrumentation-cassandra-driver',
  tedious: '@opentelemetry/instrumentation-tedious',
  oracledb: '@opentelemetry/instrumentation-oracledb',
  '@grpc/grpc-js': '@opentelemetry/instrumentation-grpc',
  '@smithy/smithy-client': '@opentelemetry/instrumentation-aws-sdk',
  openai: '@opentelemetry/instrumentation-openai',
  '@anthropic-ai/sdk': '@traceloop/instrumentation-anthropic',
  '@langchain/core': '@arizeai/openinference-instrumentation-langchain',
  '@libsql/client': 'defineStore()',
  'better-sqlite3': 'defineStore()',
  '@lancedb/lancedb': 'defineStore()',
  '@duckdb/node-api': 'defineStore()',
  '@qdrant/js-client-rest': 'defineStore()',
  '@pinecone-database/pinecone': 'defineStore()',
  chromadb: 'defineStore()',
  bullmq: 'bullmq-otel',
  nodemailer: 'recordShare()',
};

/** Those that speak HTTP through `fetch` or undici: without an instrumentation of their own they are half seen. */
const OVER_HTTP: ReadonlySet<string> = new Set([
  'openai',
  '@anthropic-ai/sdk',
  '@qdrant/js-client-rest',
  '@pinecone-database/pinecone',
  'chromadb',
]);

const SEEN: ReadonlySet<LibraryCoverage['state']> = new Set(['patched', 'seen_as_http', 'by_hand']);

/**
 * @param from folder of the application, from which its libraries are resolved
 * @param byHand libraries the application records itself
 */
export function coverageOf(
  instrumentations: readonly OtelInstrumentation[],
  from: string,
  byHand: readonly string[] = [],
): CoverageReport {
  const libraries: LibraryCoverage[] = [];
  const watched = new Set<string>();
  const overHttp = instrumentations.some(({ instrumentationName }) => /undici|fetch/.test(instrumentationName));
  for (const { instrumentation, name, supportedVersions, patched } of modulesOf(instrumentations)) {
    if (BUILT_IN.has(name) || watched.has(name)) continue;
    const found = findPackage(name, from);
    if (!found) continue;
    const known = supportedVersions.some((range) => satisfies(found.version, range) !== false);
    const state = byHand.includes(name)
      ? 'by_hand'
      : !known
        ? 'unsupported_version'
        : patched
          ? 'patched'
          : 'not_patched';
    watched.add(name);
    libraries.push({
      library: name,
      version: found.version,
      state,
      supported: supportedVersions.join(' || '),
      by: instrumentation,
    });
  }
  for (const [name, by] of Object.entries(WATCHABLE)) {
    const found = watched.has(name) ? null : findPackage(name, from);
    if (!found) continue;
    const half = overHttp && OVER_HTTP.has(name);
    const state = byHand.includes(name) ? 'by_hand' : half ? 'seen_as_http' : 'no_instrumentation';
    libraries.push({ library: name, version: found.version, state, supported: '', by });
  }
  return { libraries, gaps: libraries.filter(({ state }) => !SEEN.has(state)) };
}

/** Patched through diagnostics channels or as part of Node: always there, in every version. */
const BUILT_IN: ReadonlySet<string> = new Set(['http', 'https', 'undici', 'net', 'dns', 'fs']);

interface WatchedModule {
  readonly instrumentation: string;
  readonly name: string;
  readonly supportedVersions: readonly string[];
  readonly patched: boolean;
}

function* modulesOf(instrumentations: readonly OtelInstrumentation[]): Generator<WatchedModule> {
  for (const instrumentation of instrumentations) {
    const modules = '_modules' in instrumentation ? instrumentation._modules : undefined;
    if (!Array.isArray(modules)) continue;
    for (const module of modules) {
      const name: unknown = module?.name;
      const versions: unknown = module?.supportedVersions;
      if (typeof name !== 'string' || name.startsWith('.') || name.startsWith('/')) continue;
      yield {
        instrumentation: instrumentation.instrumentationName,
        name,
        supportedVersions: Array.isArray(versions) ? versions.filter((range) => typeof range === 'string') : [],
        patched: module.moduleExports !== undefined && module.moduleExports !== null,
      };
    }
  }
}
