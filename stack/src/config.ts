import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { type ApiConfig, readApiConfig } from '@vestige/api/config';
import { type CollectorConfig, readCollectorConfig } from '@vestige/collector/config';
import { isVestigeError } from '@vestige/core/errors';
import type { TenantKey } from '@vestige/core/identity/token';
import type { Secret } from '@vestige/core/secret';
import type { AuditLogSettings } from './audit-log.ts';
import { type Environment, exampleOf, readSettings, refuseProblems, type SettingProblem } from './settings.ts';
import { PART_EXAMPLES, SCHEMAS } from './settings-schemas.ts';

/** Every reader takes the process's own environment unless a test or another process passes one. */
const own: Environment = process.env;

export type ClickHouseUrls = Readonly<Record<'collector' | 'api' | 'eraser' | 'verifier', Secret>>;
type UrlRole = keyof ClickHouseUrls;

/** What every process that speaks to the databases knows. */
export interface ServerSettings {
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug';
  readonly subjectKeys: readonly TenantKey[];
  readonly defaultRegion: string | undefined;
}

export interface UpConfig extends ServerSettings {
  readonly dataDir: string;
  /** Null: the embedded engine. */
  readonly clickhouse: { readonly urls: ClickHouseUrls; readonly admin: Secret; readonly cluster?: string } | null;
  /** Null: PGlite. */
  readonly postgres: { readonly url: Secret; readonly admin: Secret } | null;
  readonly clickhousePorts: { readonly httpPort?: number; readonly nativePort?: number };
  readonly api: ApiConfig;
  readonly collector: CollectorConfig;
  /** Null: made in the data folder. */
  readonly signingKeyFile: string | null;
  readonly auditLog: AuditLogSettings;
  /** Null: no worker in this process. */
  readonly workerFile: string | null;
}

export interface CollectorProcessConfig extends ServerSettings {
  readonly clickhouse: Pick<ClickHouseUrls, 'collector' | 'api'>;
  readonly cluster?: string;
  readonly databaseUrl: Secret;
  readonly collector: CollectorConfig;
}

export interface ApiProcessConfig extends ServerSettings {
  readonly clickhouse: ClickHouseUrls;
  readonly cluster?: string;
  readonly databaseUrl: Secret;
  readonly api: ApiConfig;
  readonly signingKeyFile: string;
  readonly auditLog: AuditLogSettings;
  readonly workflowIntervalMs: number;
}

export interface WorkerProcessConfig {
  readonly logLevel: ServerSettings['logLevel'];
  readonly apiUrl: string;
  readonly workerFile: string;
  readonly executorKey: Secret | null;
  readonly verifierKey: Secret | null;
  readonly name: string;
  readonly leaseSeconds: number;
  readonly pollMs: number;
  readonly tasksAtOnceMax: number;
  readonly subjectKeys: readonly TenantKey[];
}

export interface MigrateConfig {
  readonly dataDir: string;
  /** Null: the embedded engine under `dataDir`; likewise for `postgres`. */
  readonly clickhouse: Secret | null;
  readonly cluster?: string;
  readonly postgres: Secret | null;
}

/** For commands that work on what is stored. */
export interface StoredConfig {
  readonly dataDir: string;
  /** Null: the embedded engine under `dataDir`; likewise for `databaseUrl`. */
  readonly clickhouse: Pick<ClickHouseUrls, 'collector' | 'api'> | null;
  readonly databaseUrl: Secret | null;
}

/** For commands that erase and verify on an installation that rests. */
export interface RestoreConfig {
  readonly dataDir: string;
  /** Null: the embedded engine under `dataDir`; likewise for `databaseUrl`. */
  readonly clickhouse: ClickHouseUrls | null;
  readonly cluster?: string;
  readonly databaseUrl: Secret | null;
}

/** What checks the audit logs beside the processes that write them. */
export interface CheckConfig {
  readonly dataDir: string;
  /** A login of the role vestige_verifier; null: the embedded database. */
  readonly databaseUrl: Secret | null;
}

export interface ClientConfig {
  readonly dataDir: string;
  readonly apiUrl: string;
  readonly apiKey: Secret | null;
  readonly subjectKeys: readonly TenantKey[];
  readonly defaultRegion: string | undefined;
}

/** @throws VestigeError misconfigured with every problem at once; so do all readers here */
export function readUpConfig(env: Environment = own): UpConfig {
  const problems: SettingProblem[] = [];
  // On one machine both listen on loopback unless told otherwise. A name that survives a restart: an erasure would wait
  // for a collector that is gone to acknowledge the suppression.
  const local = {
    VESTIGE_COLLECTOR_HOST: '127.0.0.1',
    VESTIGE_COLLECTOR_ID: 'all-in-one',
    VESTIGE_COLLECTOR_LOG_DIR: join(resolve(env['VESTIGE_DATA_DIR'] || '.vestige'), 'collector-log'),
    VESTIGE_API_HOST: '127.0.0.1',
    ...env,
  };
  const collector = partOf(() => readCollectorConfig(local), problems);
  const api = partOf(() => readApiConfig(local), problems);
  const set = readSettings(SCHEMAS.up, env, problems);
  const named = Object.keys(env).some((name) => /^CLICKHOUSE_(\w+_)?URL$/.test(name) && env[name]);
  const urls = named ? urlsOf(set, env, ['collector', 'api', 'eraser', 'verifier'], problems) : null;
  const admin = set?.CLICKHOUSE_ADMIN_URL ?? set?.CLICKHOUSE_URL;
  if (named && !(env['CLICKHOUSE_ADMIN_URL'] || env['CLICKHOUSE_URL']))
    problems.push(missingUrl('CLICKHOUSE_ADMIN_URL'));
  if (set === null || api === null || collector === null || problems.length > 0)
    return refuseProblems('vestige up', problems);
  return {
    ...serverOf(set),
    dataDir: resolve(set.VESTIGE_DATA_DIR),
    clickhouse: urls && admin ? { urls, admin, ...clusterOf(set) } : null,
    postgres: set.DATABASE_URL ? { url: set.DATABASE_URL, admin: set.DATABASE_ADMIN_URL ?? set.DATABASE_URL } : null,
    clickhousePorts: {
      ...(set.VESTIGE_CLICKHOUSE_HTTP_PORT !== undefined && { httpPort: set.VESTIGE_CLICKHOUSE_HTTP_PORT }),
      ...(set.VESTIGE_CLICKHOUSE_NATIVE_PORT !== undefined && { nativePort: set.VESTIGE_CLICKHOUSE_NATIVE_PORT }),
    },
    api,
    collector,
    signingKeyFile: set.VESTIGE_SIGNING_KEY_FILE ?? null,
    auditLog: auditLogOf(set),
    workerFile: set.VESTIGE_WORKER_FILE === undefined ? null : resolve(set.VESTIGE_WORKER_FILE),
  };
}

export function readCollectorProcessConfig(env: Environment = own): CollectorProcessConfig {
  const problems: SettingProblem[] = [];
  const collector = partOf(() => readCollectorConfig(env), problems);
  const set = readSettings(SCHEMAS.collector, env, problems);
  const clickhouse = urlsOf(set, env, ['collector', 'api'], problems);
  if (set === null || clickhouse === null || collector === null) return refuseProblems('vestige collector', problems);
  return { ...serverOf(set), ...clusterOf(set), clickhouse, databaseUrl: set.DATABASE_URL, collector };
}

export function readApiProcessConfig(env: Environment = own): ApiProcessConfig {
  const problems: SettingProblem[] = [];
  const api = partOf(() => readApiConfig(env), problems);
  const set = readSettings(SCHEMAS.api, env, problems);
  const clickhouse = urlsOf(set, env, ['collector', 'api', 'eraser', 'verifier'], problems);
  if (set === null || clickhouse === null || api === null) return refuseProblems('vestige api', problems);
  return {
    ...serverOf(set),
    ...clusterOf(set),
    clickhouse,
    databaseUrl: set.DATABASE_URL,
    api,
    signingKeyFile: set.VESTIGE_SIGNING_KEY_FILE,
    auditLog: auditLogOf(set),
    workflowIntervalMs: set.VESTIGE_WORKFLOW_INTERVAL_MS,
  };
}

export function readWorkerProcessConfig(env: Environment = own): WorkerProcessConfig {
  const problems: SettingProblem[] = [];
  const set = readSettings(SCHEMAS.worker, env, problems);
  if (!env['VESTIGE_WORKER_KEY'] && !env['VESTIGE_VERIFIER_KEY']) {
    problems.push({
      variable: 'VESTIGE_WORKER_KEY',
      problem: 'or VESTIGE_VERIFIER_KEY must be set: the one executes, the other verifies',
      example: exampleOf(SCHEMAS.worker, 'VESTIGE_WORKER_KEY'),
    });
  }
  if (env['VESTIGE_WORKER_KEY'] && env['VESTIGE_WORKER_KEY'] === env['VESTIGE_VERIFIER_KEY']) {
    problems.push({
      variable: 'VESTIGE_VERIFIER_KEY',
      problem: 'must be another key than VESTIGE_WORKER_KEY: nobody verifies their own erasure',
      example: exampleOf(SCHEMAS.worker, 'VESTIGE_VERIFIER_KEY'),
    });
  }
  if (set === null || problems.length > 0) return refuseProblems('vestige worker', problems);
  return {
    logLevel: set.VESTIGE_LOG_LEVEL,
    apiUrl: set.VESTIGE_API_URL,
    workerFile: resolve(set.VESTIGE_WORKER_FILE),
    executorKey: set.VESTIGE_WORKER_KEY ?? null,
    verifierKey: set.VESTIGE_VERIFIER_KEY ?? null,
    name:
      set.VESTIGE_WORKER_NAME ??
      `worker-${hostname()
        .replace(/[^A-Za-z0-9._-]/g, '-')
        .slice(0, 40)}`,
    leaseSeconds: set.VESTIGE_WORKER_LEASE_SECONDS,
    pollMs: set.VESTIGE_WORKER_POLL_MS,
    tasksAtOnceMax: set.VESTIGE_WORKER_TASKS_MAX,
    subjectKeys: set.VESTIGE_SUBJECT_KEYS ?? [],
  };
}

/** For comparing a worker file with its stores: neither the API nor a key of its is needed. */
export function readWorkerCheckConfig(env: Environment = own): Pick<WorkerProcessConfig, 'workerFile' | 'subjectKeys'> {
  const problems: SettingProblem[] = [];
  const set = readSettings(SCHEMAS.workerCheck, env, problems);
  if (set === null) return refuseProblems('vestige worker --check', problems);
  return { workerFile: resolve(set.VESTIGE_WORKER_FILE), subjectKeys: set.VESTIGE_SUBJECT_KEYS ?? [] };
}

export function readMigrateConfig(env: Environment = own): MigrateConfig {
  const problems: SettingProblem[] = [];
  const set = readSettings(SCHEMAS.migrate, env, problems);
  if (set === null) return refuseProblems('vestige migrate', problems);
  return {
    dataDir: resolve(set.VESTIGE_DATA_DIR),
    clickhouse: set.CLICKHOUSE_ADMIN_URL ?? set.CLICKHOUSE_URL ?? null,
    ...clusterOf(set),
    postgres: set.DATABASE_ADMIN_URL ?? set.DATABASE_URL ?? null,
  };
}

export function readStoredConfig(env: Environment = own): StoredConfig {
  const problems: SettingProblem[] = [];
  const set = readSettings(SCHEMAS.stored, env, problems);
  const named = Object.keys(env).some((name) => /^CLICKHOUSE_(\w+_)?URL$/.test(name) && env[name]);
  const clickhouse = named ? urlsOf(set, env, ['collector', 'api'], problems) : null;
  if (set === null || problems.length > 0) return refuseProblems('this command', problems);
  return { dataDir: resolve(set.VESTIGE_DATA_DIR), clickhouse, databaseUrl: set.DATABASE_URL ?? null };
}

export function readRestoreConfig(env: Environment = own): RestoreConfig {
  const problems: SettingProblem[] = [];
  const set = readSettings(SCHEMAS.stored, env, problems);
  const named = Object.keys(env).some((name) => /^CLICKHOUSE_(\w+_)?URL$/.test(name) && env[name]);
  const clickhouse = named ? urlsOf(set, env, ['collector', 'api', 'eraser', 'verifier'], problems) : null;
  if (set === null || problems.length > 0) return refuseProblems('this command', problems);
  return {
    dataDir: resolve(set.VESTIGE_DATA_DIR),
    clickhouse,
    ...clusterOf(set),
    databaseUrl: set.DATABASE_URL ?? null,
  };
}

export function readTenantConfig(env: Environment = own): { readonly databaseUrl: Secret } {
  const problems: SettingProblem[] = [];
  const set = readSettings(SCHEMAS.tenant, env, problems);
  if (set === null) return refuseProblems('vestige tenant', problems);
  return { databaseUrl: set.DATABASE_URL };
}

export function readCheckConfig(env: Environment = own): CheckConfig {
  const problems: SettingProblem[] = [];
  const set = readSettings(SCHEMAS.check, env, problems);
  if (set === null) return refuseProblems('vestige audit check', problems);
  return { dataDir: resolve(set.VESTIGE_DATA_DIR), databaseUrl: set.DATABASE_URL ?? null };
}

export function readClientConfig(env: Environment = own): ClientConfig {
  const problems: SettingProblem[] = [];
  const set = readSettings(SCHEMAS.client, env, problems);
  if (set === null) return refuseProblems('the vestige command line', problems);
  return {
    dataDir: resolve(set.VESTIGE_DATA_DIR),
    apiUrl: set.VESTIGE_API_URL.replace(/\/+$/, ''),
    apiKey: set.VESTIGE_API_KEY ?? null,
    subjectKeys: set.VESTIGE_SUBJECT_KEYS ?? [],
    defaultRegion: set.VESTIGE_DEFAULT_REGION,
  };
}

type GivenUrls = { readonly [role in UrlRole as `CLICKHOUSE_${Uppercase<role>}_URL`]?: Secret | undefined } & {
  readonly CLICKHOUSE_URL?: Secret | undefined;
};

/**
 * A role without a URL of its own uses `CLICKHOUSE_URL`.
 *
 * @param set null when something else is wrong: what is missing here is told in the same breath
 */
function urlsOf<Role extends UrlRole>(
  set: GivenUrls | null,
  env: Environment,
  roles: readonly Role[],
  problems: SettingProblem[],
): Readonly<Record<Role, Secret>> | null {
  const urls: Partial<Record<UrlRole, Secret>> = {};
  for (const role of roles) {
    const name = `CLICKHOUSE_${role.toUpperCase() as Uppercase<UrlRole>}_URL` as const;
    if (!env[name] && !env['CLICKHOUSE_URL']) problems.push(missingUrl(name));
    const url = set?.[name] ?? set?.CLICKHOUSE_URL;
    if (url !== undefined) urls[role] = url;
  }
  return roles.every((role) => urls[role] !== undefined) ? (urls as Readonly<Record<Role, Secret>>) : null;
}

const missingUrl = (name: keyof typeof SCHEMAS.up.shape): SettingProblem => ({
  variable: name,
  problem: 'is missing, and CLICKHOUSE_URL, which would stand in for it, too',
  example: exampleOf(SCHEMAS.up, name),
});

/** The settings of the collector and the API are their own; their problems join ours. */
function partOf<Part>(read: () => Part, problems: SettingProblem[]): Part | null {
  try {
    return read();
  } catch (error) {
    if (!isVestigeError(error, 'misconfigured') || !Array.isArray(error.facts['problems'])) throw error;
    for (const text of error.facts['problems'] as readonly string[]) {
      const [variable = '', ...rest] = text.split(': ');
      problems.push({ variable, problem: rest.join(': '), example: PART_EXAMPLES[variable] ?? '' });
    }
    return null;
  }
}

const clusterOf = (set: { CLICKHOUSE_CLUSTER?: string | undefined }): { cluster?: string } =>
  set.CLICKHOUSE_CLUSTER === undefined ? {} : { cluster: set.CLICKHOUSE_CLUSTER };

const serverOf = (set: {
  VESTIGE_LOG_LEVEL: ServerSettings['logLevel'];
  VESTIGE_SUBJECT_KEYS?: TenantKey[] | undefined;
  VESTIGE_DEFAULT_REGION?: string | undefined;
}): ServerSettings => ({
  logLevel: set.VESTIGE_LOG_LEVEL,
  subjectKeys: set.VESTIGE_SUBJECT_KEYS ?? [],
  defaultRegion: set.VESTIGE_DEFAULT_REGION,
});

function auditLogOf(set: {
  readonly VESTIGE_AUDIT_ORIGIN: string;
  readonly VESTIGE_AUDIT_KEY_FILES?: string[] | undefined;
  readonly VESTIGE_AUDIT_COPY_DIR?: string | undefined;
  readonly VESTIGE_AUDIT_COPY_URL?: string | undefined;
  readonly VESTIGE_AUDIT_TSA_URLS?: string[] | undefined;
  readonly VESTIGE_AUDIT_TSA_CA_FILE?: string | undefined;
  readonly VESTIGE_AUDIT_TSA_EVERY_S: number;
}): AuditLogSettings {
  return {
    origin: set.VESTIGE_AUDIT_ORIGIN,
    keyFiles: set.VESTIGE_AUDIT_KEY_FILES ?? null,
    copyFolder: set.VESTIGE_AUDIT_COPY_DIR === undefined ? null : resolve(set.VESTIGE_AUDIT_COPY_DIR),
    copyUrl: set.VESTIGE_AUDIT_COPY_URL ?? null,
    timestampUrls: set.VESTIGE_AUDIT_TSA_URLS ?? [],
    timestampAuthoritiesFile: set.VESTIGE_AUDIT_TSA_CA_FILE ?? null,
    timestampEveryS: set.VESTIGE_AUDIT_TSA_EVERY_S,
  };
}
