import { readFileSync } from 'node:fs';
import path from 'node:path';
import { VestigeError } from '@vestige/core/errors';
import type { TenantKey } from '@vestige/core/identity/token';
import { parse } from 'yaml';
import { z } from 'zod';
import { FilesystemConfig, filesystemConnector } from './files/filesystem.ts';
import { HttpConfig, httpConnector } from './http/recipient.ts';
import type { Connector } from './kit.ts';
import { OpendsrConfig, opendsrConnector } from './opendsr/processor.ts';
import { ownDefinition } from './own-module.ts';
import { RedisConfig } from './redis/mapping.ts';
import { redisDefinition } from './redis/redis.ts';
import { S3Config } from './s3/mapping.ts';
import { s3Definition } from './s3/s3.ts';
import { OpensearchConfig, opensearch } from './search/opensearch.ts';
import { QdrantConfig, qdrant } from './search/qdrant.ts';
import { DuckdbConfig, duckdbConnector } from './sql/duckdb.ts';
import { MysqlConfig, mysqlConnector } from './sql/mysql.ts';
import { PostgresConfig, postgresConnector } from './sql/postgres.ts';
import { SqliteConfig, sqliteConnector } from './sql/sqlite.ts';
import { LancedbConfig, lancedbConnector } from './vector/lancedb.ts';
import { WebhookConfig, webhookConnector } from './webhook/webhook.ts';

/** One store that a connector of ours serves. */
export const BuiltInStore = z.discriminatedUnion('connector', [
  PostgresConfig,
  MysqlConfig,
  SqliteConfig,
  DuckdbConfig,
  LancedbConfig,
  FilesystemConfig,
  RedisConfig,
  S3Config,
  OpensearchConfig,
  OpendsrConfig,
  QdrantConfig,
  WebhookConfig,
  HttpConfig,
]);
export type BuiltInStore = z.infer<typeof BuiltInStore>;

/**
 * The file that tells a worker which stores it serves and how a person is found in each (YAML or JSON).
 *
 * `connector` names one of ours, or a module of yours by a path that starts with `./` or `../`. `${NAME}` in any text is
 * replaced from the environment, so that credentials stay out of the file. Relative paths are relative to the file.
 */
export const WorkerFile = z.strictObject({
  stores: z
    .array(z.looseObject({ connector: z.string().min(1) }))
    .min(1)
    .max(200),
});
export type WorkerFile = z.infer<typeof WorkerFile>;

/** Larger than any sensible mapping. */
const FILE_CHARS_MAX = 1_000_000;

/**
 * Opens every store of a worker file; nothing is connected yet.
 *
 * @param file path of the worker file
 * @param keys the tenant's subject keys, where the operator gives them to the worker: rows are then found by record ref too
 * @throws VestigeError `misconfigured`, naming every problem of the file at once
 */
export async function connectorsFromFile(file: string, keys: readonly TenantKey[] = []): Promise<Connector[]> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new VestigeError('misconfigured', `The worker file ${file} cannot be read.`);
  }
  if (text.length > FILE_CHARS_MAX)
    throw new VestigeError('misconfigured', `The worker file ${file} is larger than ${FILE_CHARS_MAX} characters.`);
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (error) {
    const line = error instanceof Error && 'linePos' in error ? ` near line ${JSON.stringify(error.linePos)}` : '';
    throw new VestigeError('misconfigured', `The worker file ${file} is no valid YAML${line}.`);
  }
  const missing = new Set<string>();
  const filled = fill(raw, process.env, missing);
  const parsed = WorkerFile.safeParse(filled);
  const problems = [...missing].map((name) => `the environment has no ${name}`);
  if (!parsed.success) problems.push(...problemsOf(parsed.error, []));
  const folder = path.dirname(path.resolve(file));
  const connectors: Connector[] = [];
  for (const [i, store] of (parsed.data?.stores ?? []).entries()) {
    const opened = await openStore(store, folder, keys);
    if ('connector' in opened) connectors.push(opened.connector);
    else problems.push(...opened.problems.map((problem) => `stores.${i}${problem}`));
  }
  if (problems.length > 0) {
    throw new VestigeError(
      'misconfigured',
      `The worker file ${file} has ${problems.length} problem(s):\n  - ${problems.join('\n  - ')}`,
    );
  }
  const nodes = new Map<string, number>();
  for (const node of connectors.flatMap((connector) => connector.nodes)) nodes.set(node, (nodes.get(node) ?? 0) + 1);
  const twice = [...nodes].filter(([, count]) => count > 1).map(([node]) => node);
  if (twice.length > 0)
    throw new VestigeError('misconfigured', `The worker file ${file} maps more than once: ${twice.join(', ')}.`);
  return connectors;
}

type Opened = { readonly connector: Connector } | { readonly problems: readonly string[] };

async function openStore(
  store: WorkerFile['stores'][number],
  folder: string,
  keys: readonly TenantKey[],
): Promise<Opened> {
  if (!/^\.\.?\//.test(store.connector)) {
    const parsed = BuiltInStore.safeParse(store);
    return parsed.success
      ? { connector: open(parsed.data, folder, keys) }
      : { problems: problemsOf(parsed.error, ['']) };
  }
  const { connector: module, ...rest } = store;
  const definition = await ownDefinition(path.resolve(folder, module));
  if ('problem' in definition) return { problems: [`.connector: ${module} ${definition.problem}`] };
  const parsed = definition.config.safeParse(rest);
  return parsed.success
    ? { connector: definition.create(parsed.data, keys) }
    : { problems: problemsOf(parsed.error, ['']) };
}

function problemsOf(error: z.ZodError, start: readonly string[]): string[] {
  return error.issues.map(
    (issue) => `${[...start, ...issue.path].join('.') || (start.length === 0 ? 'file' : '')}: ${issue.message}`,
  );
}

function open(store: BuiltInStore, folder: string, keys: readonly TenantKey[]): Connector {
  const at = (relative: string) => path.resolve(folder, relative);
  switch (store.connector) {
    case 'postgres':
      return postgresConnector(store, keys);
    case 'mysql':
      return mysqlConnector(store, keys);
    case 'sqlite':
      return sqliteConnector({ ...store, file: at(store.file) }, keys);
    case 'duckdb':
      return duckdbConnector({ ...store, file: at(store.file) }, keys);
    case 'lancedb':
      return lancedbConnector({ ...store, path: at(store.path) }, keys);
    case 'filesystem':
      return filesystemConnector({
        ...store,
        folders: store.folders.map((entry) => ({ ...entry, folder: at(entry.folder) })),
      });
    case 'redis':
      return redisDefinition.create(store, keys);
    case 's3':
      return s3Definition.create(store, keys);
    case 'webhook':
      return webhookConnector(store);
    case 'opendsr':
      return opendsrConnector(store);
    case 'opensearch':
      return opensearch.create(store, keys);
    case 'qdrant':
      return qdrant.create(store, keys);
    case 'http':
      return httpConnector(store);
  }
}

/** Replaces `${NAME}` in every text; collects names the environment lacks instead of stopping at the first. */
function fill(value: unknown, env: NodeJS.ProcessEnv, missing: Set<string>): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{([A-Z][A-Z0-9_]*)\}/g, (_, name: string) => {
      const text = env[name];
      if (text === undefined) missing.add(name);
      return text ?? '';
    });
  }
  if (Array.isArray(value)) return value.map((entry) => fill(entry, env, missing));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, fill(entry, env, missing)]));
  }
  return value;
}
