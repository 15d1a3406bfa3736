import { canonicalNode } from './canonical.ts';
import { datasetNode, isPartOfNode } from './dataset.ts';
import { parseNodeId } from './kind.ts';

/**
 * What stands in a table may have been named by an older version of this program. These say under which name the same store
 * or queue is met today (ADR 99). A present name comes back as it is, so nobody has to know how old a name is.
 */

/** Systems of which a name changed since names are stored; every other name is let through unread. */
const MOVED =
  /^(?:store:(?:snowflake|redshift|oracle|db2|hana|wasbs?|abfss?|hdfs|dbfs|viewfs|adl|oss|obs|cosn?|duckdb|sqlite|file|bigquery(?=:)|sqlserver|ch|hive|crate|oceanbase|presto|impala|spark|databricks|dremio|vertica|azurekusto|azurecosmos|awsathena|fabric-warehouse)[:/]|queue:(?:arn:aws|pubsub\/))/i;

/**
 * Of a node that a span or a person named, or a prefix that ends in `*`: its authority is spelled as it is today. Tables and
 * folders are called as they were, by workers' files too.
 */
export function presentName(id: string): string {
  return MOVED.test(id) && !HALF_AUTHORITY.test(id) ? (canonicalNode(id) ?? id) : id;
}

/** `store:snowflake://ac*`: of a name that is not whole nobody can say how it is spelled. */
const HALF_AUTHORITY = /:\/\/[^/]*\*$/;

export interface PresentDataset {
  readonly id: string;
  /** The name was that of a part, and the node is more than that now: see `isPartOfNode` of `dataset.ts`. */
  readonly isPart: boolean;
}

/**
 * Of a dataset that OpenLineage named. Its tables are folded as well: in what nobody can have meant with quotes, small
 * letters are capitals where the system keeps capitals.
 */
export function presentDataset(id: string): PresentDataset {
  if (!MOVED.test(id)) return { id, isPart: false };
  if (id.endsWith('*')) return { id: presentName(id), isPart: false };
  const table = TABLE.exec(id);
  return table === null ? moved(id) : whole(datasetNode(table[1] ?? '', table[2] ?? ''));
}

const TABLE = /^store:((?:snowflake|oracle|db2|hana):\/\/[^/]+)\/(.+)$/;
const AZURE = /^store:(wasbs?:\/\/[^/]+)\/?(.*)$/;
const FILE_SYSTEM = /^store:((?:hdfs|dbfs|viewfs|adl|oss|obs|cosn?):\/\/[^/]+|dbfs)\/(.+)$/;
const FILE = /^store:file\/(.+)$/;
const FILE_OF_HOST = /^store:(file:\/\/[^/]+)\/(.+)$/;
/** Behind the file stands a table: what else looks like one is the file itself. */
const EMBEDDED = /^store:((?:duckdb|sqlite):(?:.*\.(?:duckdb|ddb|db|db3|sqlite3?)|.*:memory:|md:[^/]+))\/([^/]+)$/i;
const BIGQUERY = /^store:bigquery:\/(?!\/)(.+)$/;
const KINESIS = /^queue:(arn:aws[a-z-]*:kinesis:[^/]+)\/(stream\/.+)$/;
const PUBSUB = /^queue:(pubsub)\/(projects\/[^/]+\/(?:topic|subscription)s\/.+)$/;

const whole = (id: string): PresentDataset => ({ id, isPart: false });

function moved(id: string): PresentDataset {
  if (parseNodeId(id) === null) return whole(id);
  const part = AZURE.exec(id) ?? FILE_OF_HOST.exec(id);
  if (part !== null) {
    const [, space = '', path = ''] = part;
    return { id: datasetNode(space, path), isPart: path !== '' && isPartOfNode(space, path) };
  }
  const folder = FILE_SYSTEM.exec(id);
  if (folder !== null) return withoutParts(`store:${folder[1]}/`, folder[2] ?? '', true);
  const file = FILE.exec(id);
  if (file !== null) return withoutParts('store:file/', file[1] ?? '', false);
  const named = EMBEDDED.exec(id) ?? KINESIS.exec(id) ?? PUBSUB.exec(id);
  if (named !== null) return whole(datasetNode(named[1] ?? '', named[2] ?? ''));
  const bigquery = BIGQUERY.exec(id);
  return whole(presentName(bigquery === null ? id : `store:bigquery/${bigquery[1]}`));
}

const isPartition = (segment: string) => /^[^=]+=/.test(segment);

/**
 * A folder without the partitions and part files that once were nodes of their own. A single file is not taken for one: its
 * name looks like that of a folder with a dot, which comes back as it is.
 */
function withoutParts(start: string, path: string, isDistributed: boolean): PresentDataset {
  const segments = path.split('/');
  const count = segments.length;
  // Where a name was reduced before partitions were known, `part-00000-….parquet` is `part-*.parquet`.
  const isPartFile = /^part-[\d*]/.test(segments.at(-1) ?? '');
  const isInPartition = isDistributed && isPartition(segments.at(-2) ?? '') && (segments.at(-1) ?? '').includes('.');
  if (count > 1 && (isPartFile || isInPartition)) segments.pop();
  while (segments.length > 1 && isPartition(segments.at(-1) ?? '')) segments.pop();
  return { id: presentName(start + segments.join('/')), isPart: segments.length < count };
}
