import type { OnMask } from '../scrub/mask.ts';
import { hostText } from './host.ts';
import { NODE_ID_CHARS_MAX, nodeId, UNKNOWN } from './kind.ts';
import { part } from './part.ts';
import { reduceIndex, reduceKey } from './reduce.ts';

/**
 * Names of stores, spelled as OpenLineage spells datasets (namespace + name), so that spans and batch jobs meet in one
 * node (rulings 17, 19, 24; OpenLineage `website/docs/spec/naming.md`; systems it does not name follow its pattern).
 */

/** What a span or a connector knows of a store. Absent and empty parts are unknown. */
export interface StoreParts {
  /** `db.system.name`, new or old spelling. */
  readonly system: string;
  /** From `cleanHost`. */
  readonly host?: string;
  /** 0 when unknown. */
  readonly port?: number;
  /** Database, catalog, keyspace, bucket, Redis index, or the file of an embedded database. */
  readonly database?: string;
  readonly schema?: string;
  /** Table, collection, index, container, key. */
  readonly name?: string;
  readonly region?: string;
  readonly account?: string;
}

const RENAMED: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    postgres: 'postgresql',
    mssql: 'microsoft.sql_server',
    sqlserver: 'microsoft.sql_server',
    dynamodb: 'aws.dynamodb',
    cosmosdb: 'azure.cosmosdb',
    oracle: 'oracle.db',
    db2: 'ibm.db2',
    redshift: 'aws.redshift',
    spanner: 'gcp.spanner',
    bigquery: 'gcp.bigquery',
    hanadb: 'sap.hana',
    h2: 'h2database',
    firebird: 'firebirdsql',
    chromadb: 'chroma',
    better_sqlite3: 'sqlite',
    'better-sqlite3': 'sqlite',
    valkey: 'redis',
    s3: 'aws.s3',
  }),
);

/** `db.system.name` in its stable spelling, lower case. */
export function systemName(system: string): string {
  const lower = system.trim().toLowerCase();
  return RENAMED.get(lower) ?? lower;
}

type Shape =
  | 'db.schema.table'
  | 'db.table'
  | 'db.name'
  | 'name'
  | 'redis'
  | 'index'
  | 'file'
  | 'lance'
  | 'bucket'
  | 'dynamodb'
  | 'cosmos'
  | 'bigquery'
  | 'spanner'
  | 'snowflake'
  | 'path';

interface Family {
  readonly scheme: string;
  /** Written even when the span leaves it out (ruling 19); 0 where the system has none. */
  readonly port: number;
  readonly shape: Shape;
  /** The schema that applies when nobody names one. */
  readonly schema?: string;
}

/** One row per system; a system that is not here is named `{system}://{host}:{port}/{database}.{name}`. */
export const STORE_FAMILIES: ReadonlyMap<string, Family> = new Map(
  Object.entries<Family>({
    postgresql: { scheme: 'postgres', port: 5432, shape: 'db.schema.table', schema: 'public' },
    cockroachdb: { scheme: 'cockroach', port: 26257, shape: 'db.schema.table', schema: 'public' },
    'aws.redshift': { scheme: 'redshift', port: 5439, shape: 'db.schema.table', schema: 'public' },
    mysql: { scheme: 'mysql', port: 3306, shape: 'db.table' },
    mariadb: { scheme: 'mysql', port: 3306, shape: 'db.table' },
    'microsoft.sql_server': { scheme: 'mssql', port: 1433, shape: 'db.schema.table', schema: 'dbo' },
    'oracle.db': { scheme: 'oracle', port: 1521, shape: 'db.schema.table' },
    'ibm.db2': { scheme: 'db2', port: 50000, shape: 'db.schema.table' },
    'sap.hana': { scheme: 'hana', port: 30015, shape: 'db.schema.table' },
    teradata: { scheme: 'teradata', port: 1025, shape: 'db.table' },
    trino: { scheme: 'trino', port: 8080, shape: 'db.schema.table' },
    cassandra: { scheme: 'cassandra', port: 9042, shape: 'db.table' },
    clickhouse: { scheme: 'clickhouse', port: 8123, shape: 'db.table', schema: 'default' },
    snowflake: { scheme: 'snowflake', port: 0, shape: 'snowflake' },
    'gcp.bigquery': { scheme: 'bigquery', port: 0, shape: 'bigquery' },
    'gcp.spanner': { scheme: 'spanner', port: 0, shape: 'spanner' },
    mongodb: { scheme: 'mongodb', port: 27017, shape: 'db.name' },
    couchbase: { scheme: 'couchbase', port: 11210, shape: 'db.name' },
    couchdb: { scheme: 'couchdb', port: 5984, shape: 'db.name' },
    neo4j: { scheme: 'neo4j', port: 7687, shape: 'db.name' },
    influxdb: { scheme: 'influxdb', port: 8086, shape: 'db.name' },
    redis: { scheme: 'redis', port: 6379, shape: 'redis' },
    memcached: { scheme: 'memcached', port: 11211, shape: 'redis' },
    elasticsearch: { scheme: 'elasticsearch', port: 9200, shape: 'index' },
    opensearch: { scheme: 'opensearch', port: 9200, shape: 'index' },
    milvus: { scheme: 'milvus', port: 19530, shape: 'db.name' },
    qdrant: { scheme: 'qdrant', port: 6333, shape: 'name' },
    chroma: { scheme: 'chroma', port: 8000, shape: 'name' },
    weaviate: { scheme: 'weaviate', port: 8080, shape: 'name' },
    pinecone: { scheme: 'pinecone', port: 443, shape: 'name' },
    'aws.dynamodb': { scheme: 'dynamodb', port: 0, shape: 'dynamodb' },
    'azure.cosmosdb': { scheme: 'azurecosmos', port: 0, shape: 'cosmos' },
    sqlite: { scheme: 'sqlite', port: 0, shape: 'file', schema: 'main' },
    libsql: { scheme: 'libsql', port: 443, shape: 'file', schema: 'main' },
    duckdb: { scheme: 'duckdb', port: 0, shape: 'file', schema: 'main' },
    lancedb: { scheme: 'lancedb', port: 0, shape: 'lance' },
    'aws.s3': { scheme: 's3', port: 0, shape: 'bucket' },
    'gcp.storage': { scheme: 'gs', port: 0, shape: 'bucket' },
    'azure.blob': { scheme: 'abfss', port: 0, shape: 'bucket' },
    file: { scheme: 'file', port: 0, shape: 'path' },
  }),
);

/**
 * Node id of a store, e.g. `store:postgres://db:5432/shop.public.users`. Without a table it is the database as a whole
 * (`store:postgres://db:5432/shop`).
 */
export function storeNode(parts: StoreParts, onMask?: OnMask): string {
  const { namespace, name } = storeDataset(parts, onMask);
  return storeOf(namespace, name);
}

/** `store:{namespace}/{name}`; no slash when the name is empty (ruling 19). */
export function storeOf(namespace: string, name: string): string {
  return nodeId('store', name === '' ? namespace : `${namespace}/${name}`);
}

/** The same store as OpenLineage's pair. */
export function storeDataset(parts: StoreParts, onMask?: OnMask): { namespace: string; name: string } {
  const system = systemName(parts.system);
  const family = STORE_FAMILIES.get(system);
  const clean = (text: string | undefined) => {
    const cleaned = part(text, onMask);
    return cleaned === UNKNOWN ? '' : cleaned;
  };
  const host = hostText(family?.scheme === 'redshift' ? redshiftCluster(parts.host ?? '') : (parts.host ?? ''));
  const port = parts.port || family?.port || 0;
  const authority = `${family?.scheme ?? part(system, onMask)}://${host}${port > 0 ? `:${port}` : ''}`;
  const name = clean(parts.name);
  switch (family?.shape) {
    case 'db.schema.table': {
      const table = name && dotted(clean(parts.schema) || family.schema || UNKNOWN, name);
      const whole = clean(parts.database) || UNKNOWN;
      return { namespace: authority, name: table ? dotted(whole, table) : dotted(whole, clean(parts.schema)) };
    }
    case 'db.table': {
      const database = clean(parts.schema) || clean(parts.database) || family.schema || UNKNOWN;
      return { namespace: authority, name: dotted(database, name) };
    }
    case 'snowflake': {
      const account = snowflakeAccount(parts.host || clean(parts.account) || UNKNOWN);
      const table = name && dotted(clean(parts.schema) || UNKNOWN, name);
      return { namespace: `snowflake://${account}`, name: dotted(clean(parts.database) || UNKNOWN, table) };
    }
    case 'bigquery': {
      const dataset = dotted(clean(parts.schema) || (name ? UNKNOWN : ''), name);
      return { namespace: 'bigquery', name: dotted(clean(parts.database) || UNKNOWN, dataset) };
    }
    case 'spanner': {
      const [project = UNKNOWN, instance = UNKNOWN, database = UNKNOWN] = spannerPath(clean(parts.database));
      return {
        namespace: `spanner://${project}:${instance}`,
        name: dotted(database, dotted(clean(parts.schema), name)),
      };
    }
    case 'redis': {
      const index = clean(parts.database) || '0';
      return { namespace: authority, name: dotted(index, reduceKey(name)) };
    }
    case 'index':
      return { namespace: authority, name: reduceIndex(name) };
    case 'name':
      return { namespace: authority, name: name || clean(parts.database) };
    case 'dynamodb': {
      const namespace = `arn:aws:dynamodb:${clean(parts.region) || UNKNOWN}:${clean(parts.account) || UNKNOWN}`;
      return { namespace, name: `table/${name || UNKNOWN}` };
    }
    case 'cosmos':
      return {
        namespace: `azurecosmos://${host}/dbs/${clean(parts.database) || UNKNOWN}`,
        name: name && `colls/${name}`,
      };
    case 'file': {
      // A file path is the database's address here, set by an operator: masked, but its segments are kept.
      const remote = family.scheme === 'libsql' && (parts.host ?? '') !== '';
      const namespace = remote ? authority : `${family.scheme}:${filePath(parts.database, onMask)}`;
      return { namespace, name: name && dotted(clean(parts.schema) || family.schema || 'main', name) };
    }
    case 'lance':
      return { namespace: `lancedb:${filePath(parts.database, onMask)}`, name };
    case 'bucket':
      return { namespace: `${family.scheme}://${clean(parts.database) || UNKNOWN}`, name: objectPrefix(name) };
    case 'path': {
      const path = reduceKey(filePath(parts.name ?? parts.database, onMask));
      return { namespace: 'file', name: path.replace(/^\/+/, '') };
    }
    default:
      return { namespace: authority, name: dotted(dotted(clean(parts.database), clean(parts.schema)), name) };
  }
}

const dotted = (left: string, right: string) => (left === '' ? right : right === '' ? left : `${left}.${right}`);

/**
 * Account of a Snowflake host or namespace as OpenLineage's integrations write it: `{organization}-{account}` alone, an old
 * locator with region and cloud, of which AWS and its west are what is left out (`openlineage.common.provider.snowflake`).
 */
export function snowflakeAccount(text: string): string {
  const account = text
    .toLowerCase()
    .replace(/\.snowflakecomputing\.(?:com|cn)$/, '')
    .replaceAll('_', '-');
  const [locator = '', region, cloud] = account.split('.');
  if (region === undefined) return locator.includes('-') ? locator : `${locator}.us-west-1.aws`;
  return cloud === undefined ? `${account}.aws` : account;
}

/** `{cluster}.{region}` of a Redshift endpoint: the one name that its SQL and its Data API have in common (OpenLineage naming). */
export function redshiftCluster(host: string): string {
  const endpoint = /^([^.]+)\.[^.]+\.([^.]+)\.redshift(?:-serverless)?\.amazonaws\.com(?:\.cn)?$/.exec(
    host.toLowerCase(),
  );
  return endpoint === null ? host : `${endpoint[1]}.${endpoint[2]}`;
}

/** `wasbs://c@acct.blob.core…` and `abfss://c@acct.dfs.core…` are two doors to one container. */
export function azureAccount(bucket: string): string {
  return bucket.replace(/\.blob\.(core\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net))$/, '.dfs.$1');
}

function spannerPath(database: string): string[] {
  const match = /^projects\/([^/]+)\/instances\/([^/]+)\/databases\/([^/]+)$/.exec(database);
  return match === null ? [UNKNOWN, UNKNOWN, database || UNKNOWN] : match.slice(1);
}

/** Twice as long as a name may be, so that a deep path keeps its file. */
const FILE_PATH_CHARS_MAX = NODE_ID_CHARS_MAX / 2;

function filePath(path: string | undefined, onMask: OnMask | undefined): string {
  const bare = (path ?? '')
    .replace(/^(?:file|sqlite|duckdb|lancedb|libsql):(?:\/\/(?=\/|$))?/, '')
    .replace(/\?.*$/s, '');
  return part(bare, onMask, FILE_PATH_CHARS_MAX);
}

/**
 * An object's key truncated to the folder that names its store; the whole key is a record ref. Folders that are ids, dates
 * or partitions (`dt=2026-11-22`) at the end belong to the object, not to the store. A last segment without a dot is a
 * folder itself, as in the datasets of batch jobs.
 */
export function objectPrefix(key: string): string {
  const segments = reduceKey(key.replace(/^\/+/, '')).split('/');
  const last = segments.at(-1) ?? '';
  if (last === '' || last.includes('.') || last.includes('*')) segments.pop();
  while (segments.length > 0 && /^\*$|=|^$/.test(segments.at(-1) ?? '')) segments.pop();
  return segments.join('/');
}
