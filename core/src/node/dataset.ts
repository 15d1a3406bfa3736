import { mask, type OnMask } from '../scrub/mask.ts';
import { datasetId } from './canonical.ts';
import { part } from './part.ts';
import { reduceKey } from './reduce.ts';
import { azureAccount, objectPrefix, storeNode } from './store.ts';

const QUEUE_NAMESPACE = /^(?:kafka:\/\/|amqps?:\/\/|nats:\/\/|pulsar:\/\/|pubsub$|arn:aws[a-z-]*:(?:sqs|sns|kinesis):)/;
/** Nothing behind the bucket: with a path it is a catalog's warehouse, whose tables are no object keys. */
const BUCKET = /^(s3[an]?|gs|abfss?|wasbs?):\/\/([^/]+)$/;
/** Distributed file systems, whose datasets are folders of part files as in a bucket. */
const FILE_SYSTEM = /^(?:hdfs|dbfs|viewfs|adl|oss|obs|cosn?):\/\/|^dbfs$/;
const EMBEDDED = /^(duckdb|sqlite):(?:\/\/(?=\/|[^/]))?(.*)$/;
const PUBSUB = /^(topic|subscription):[^:]+:.+$/;

/** Systems of `store.ts` whose datasets are objects in a bucket, by scheme. */
const BUCKET_SYSTEMS: ReadonlyMap<string, string> = new Map([
  ['s3', 'aws.s3'],
  ['s3a', 'aws.s3'],
  ['s3n', 'aws.s3'],
  ['gs', 'gcp.storage'],
  ['abfs', 'azure.blob'],
  ['abfss', 'azure.blob'],
  ['wasb', 'azure.blob'],
  ['wasbs', 'azure.blob'],
]);

/** These keep names without quotes in upper case; dbt and Spark tell them as they were typed. */
const UPPER_CASE = /^(?:snowflake|oracle|db2|hana):\/\//;

interface Named {
  readonly id: string;
  /** The dataset is less than what the node stands for: a partition, a part file, the file of one record. */
  readonly isPart: boolean;
}

/**
 * Node id of an OpenLineage dataset: the id that a span touching the same store or topic gets (rulings 19, 20). Objects
 * are reduced to their folder, `file` paths to patterns; everything else keeps its name.
 */
export function datasetNode(namespace: string, name: string, onMask?: OnMask): string {
  return named(namespace, name, onMask).id;
}

/**
 * Whether a dataset is only part of what its node stands for (`s3://lake/users/dt=2026-11-22` of `store:s3://lake/users`).
 * To drop a part, or to call it by another name, says nothing about the rest.
 */
export function isPartOfNode(namespace: string, name: string): boolean {
  return named(namespace, name, undefined).isPart;
}

function named(namespace: string, name: string, onMask: OnMask | undefined): Named {
  const space = withoutEnd(namespace.trim());
  // A dot inside one part of a name comes escaped where the producer was told to (`openlineage.client.naming.escape`).
  // Masked before anything is cut or reduced: half an address is still personal data.
  const path = mask(name.trim().replaceAll('\\.', '.'), onMask);
  if (QUEUE_NAMESPACE.test(space)) {
    return whole(datasetId('queue', `${space}/${part(queueName(space, path), onMask)}`, onMask));
  }
  const bucket = BUCKET.exec(space);
  const system = BUCKET_SYSTEMS.get(bucket?.[1] ?? '');
  if (bucket !== null && system !== undefined) {
    const database = azureAccount(bucket[2] ?? '');
    return { id: storeNode({ system, database, name: path }, onMask), isPart: isReduced(path, objectPrefix(path)) };
  }
  if (FILE_SYSTEM.test(space)) {
    const folder = objectPrefix(path);
    return { id: stored(space, folder, onMask), isPart: isReduced(path, folder) };
  }
  const table = tableOf(path);
  if (space === 'file' || space === 'file:' || (space === '' && path.startsWith('/'))) {
    return { id: storeNode({ system: 'file', name: table }, onMask), isPart: isReduced(path, reduceKey(table)) };
  }
  if (space.startsWith('file://')) {
    const kept = reduceKey(withoutSlashes(table));
    return { id: stored(space, kept, onMask), isPart: isReduced(path, kept) };
  }
  if (/^bigquery:?$/.test(space)) return whole(stored('bigquery', path, onMask));
  const embedded = EMBEDDED.exec(space);
  if (embedded !== null) {
    const [, scheme = '', file = ''] = embedded;
    return whole(stored(`${scheme}:${file}`, embeddedTable(scheme, file, path), onMask));
  }
  const cased = inUpperCase(space, path.replace(/^\/+/, ''));
  return whole(stored(space === '' ? '-' : space, cased, onMask));
}

const whole = (id: string): Named => ({ id, isPart: false });

const stored = (space: string, name: string, onMask: OnMask | undefined) =>
  datasetId('store', name === '' ? space : `${space}/${name}`, onMask);

/** A path without the partitions and part files of Hadoop at its end (`/lake/users/country=FR/part-00000-….parquet`). */
function tableOf(path: string): string {
  const segments = withoutEnd(path).split('/');
  const isLast = (pattern: RegExp) => segments.length > 1 && pattern.test(segments.at(-1) ?? '');
  if (isLast(/^part-\d/)) segments.pop();
  while (isLast(/^[^=]+=/)) segments.pop();
  return segments.join('/');
}

/** Without slashes at its end. A regular expression would look from each of thousands of slashes at all that follow. */
function withoutEnd(text: string): string {
  let end = text.length;
  while (text[end - 1] === '/') end -= 1;
  return text.slice(0, end);
}

const withoutSlashes = (path: string) => withoutEnd(path).replace(/^\/+/, '');

const isReduced = (path: string, kept: string) => withoutSlashes(path) !== withoutSlashes(kept);

/** Flink names a Kinesis stream as the end of its ARN; Pub/Sub resources may come as paths. */
function queueName(space: string, name: string): string {
  if (/:kinesis:/.test(space)) return name.replace(/^stream\//, '');
  if (space !== 'pubsub' || PUBSUB.test(name)) return name;
  const path = /^projects\/([^/]+)\/(topic|subscription)s\/(.+)$/.exec(name);
  return path === null ? name : `${path[2]}:${path[1]}:${path[3]}`;
}

/** `{catalog}.{schema}.{table}` of a DuckDB file, whose catalog is the file's name; compared without case, kept lower. */
function embeddedTable(scheme: string, file: string, name: string): string {
  const parts = name.toLowerCase().split('.');
  if (scheme !== 'duckdb' || parts.length !== 3) return parts.join('.');
  const stem = file
    .toLowerCase()
    .replace(/[?#].*$/s, '')
    .replace(/^md:|^.*[/\\]/, '')
    .replace(/\.[^.]*$/, '');
  return parts[0] === stem || (file === ':memory:' && parts[0] === 'memory')
    ? parts.slice(1).join('.')
    : parts.join('.');
}

/**
 * Only what nobody can have meant with quotes and capitals: `users` is `USERS`, `Users` is itself. Schema and table; the
 * database is a name in SQL too at Snowflake, elsewhere that of a service.
 */
function inUpperCase(space: string, name: string): string {
  if (!UPPER_CASE.test(space)) return name;
  const parts = name.split('.');
  const first = space.startsWith('snowflake:') ? 0 : Math.max(0, parts.length - 2);
  const upper = (text: string) => (/^[a-z_][a-z0-9_$]*$/.test(text) ? text.toUpperCase() : text);
  return parts.map((text, at) => (at < first ? text : upper(text))).join('.');
}
