import { mask, type OnMask } from '../scrub/mask.ts';
import { cleanHost, hostText, urlAuthority } from './host.ts';
import { nodeId, parseNodeId } from './kind.ts';
import { recipientNode } from './recipient.ts';
import { azureAccount, redshiftCluster, STORE_FAMILIES, snowflakeAccount } from './store.ts';

const PORT_OF_SCHEME: ReadonlyMap<string, number> = new Map([
  ...[...STORE_FAMILIES.values()]
    .filter((family) => family.port > 0)
    .map((family) => [family.scheme, family.port] as const),
  ['postgresql', 5432],
  ['kafka', 9092],
  ['amqp', 5672],
  ['bullmq', 6379],
]);

const SCHEME_SPELLINGS: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    postgresql: 'postgres',
    s3a: 's3',
    s3n: 's3',
    mariadb: 'mysql',
    sqlserver: 'mssql',
    wasb: 'abfss',
    wasbs: 'abfss',
    abfs: 'abfss',
    ch: 'clickhouse',
  }),
);

/** Behind these stands a host too, but no port that would always be meant. */
const HOSTS_WITHOUT_PORT: ReadonlySet<string> = new Set(
  'hive hdfs crate oceanbase presto impala spark databricks dremio vertica azurekusto azurecosmos awsathena fabric-warehouse'.split(
    ' ',
  ),
);

/**
 * A node id that somebody wrote by hand (`vestige.flow.peer`, the registry, OpenLineage) in the spelling recognition
 * would give it: default port written, host in lower case, user info gone, recipient reduced to its domain, masked.
 *
 * @returns null when the text is no node id
 */
export function canonicalNode(id: string, onMask?: OnMask): string | null {
  const parsed = parseNodeId(id.trim());
  if (parsed === null) return null;
  const { kind, name } = parsed;
  if (kind === 'recipient') {
    const host = cleanHost(name);
    return host === '' ? nodeId(kind, clean(name, onMask)) : recipientNode(mask(host, onMask));
  }
  if (kind === 'model') {
    // `gpt-4o@api.openai.com` reads like an e-mail address: the two sides are masked apart.
    const at = name.lastIndexOf('@');
    const host = at > 0 && MODEL.test(name.slice(0, at)) ? cleanHost(name.slice(at + 1)) : '';
    if (host !== '') return nodeId(kind, `${clean(name.slice(0, at), onMask)}@${mask(host, onMask)}`);
  }
  if (kind === 'store' || kind === 'queue') return datasetId(kind, name, onMask);
  return nodeId(kind, clean(name, onMask));
}

/**
 * Id of a store or queue by its `{namespace}/{name}`, which may be longer than an id: masked first and cut then, because half
 * an address is still personal data and is no longer found.
 */
export function datasetId(kind: 'store' | 'queue', name: string, onMask?: OnMask): string {
  return nodeId(kind, canonicalDataset(name, onMask));
}

/** `{namespace}/{name}` of a store or queue with its authority spelled out. */
function canonicalDataset(name: string, onMask: OnMask | undefined): string {
  const authority = urlAuthority(name);
  if (authority === null) return clean(name, onMask);
  const scheme = SCHEME_SPELLINGS.get(authority.scheme) ?? authority.scheme;
  const start = name.indexOf('://') + 3;
  const slash = name.indexOf('/', start);
  const path = slash < 0 ? '' : name.slice(slash);
  const written = slash < 0 ? name.slice(start) : name.slice(start, slash);
  const port = authority.port || PORT_OF_SCHEME.get(scheme) || 0;
  // A bucket, an account or a Kafka cluster id is no host: it keeps its spelling.
  const isHost =
    authority.host !== '' &&
    (PORT_OF_SCHEME.has(scheme) || HOSTS_WITHOUT_PORT.has(scheme)) &&
    !(scheme === 'kafka' && !isBootstrap(written));
  const named = scheme === 'redshift' ? redshiftCluster(authority.host) : authority.host;
  const shownPort = scheme === 'azurecosmos' && port === 443 ? 0 : port;
  const other = OF_ACCOUNT.test(scheme) ? azureAccount(written) : written.slice(written.lastIndexOf('@') + 1);
  const host = isHost
    ? `${mask(hostText(named), onMask)}${shownPort > 0 ? `:${shownPort}` : ''}`
    : clean(scheme === 'snowflake' && other !== '' ? snowflakeAccount(other) : other, onMask);
  return `${scheme}://${host}${path === '' ? '' : clean(path, onMask)}`;
}

/** Azure's `abfss://container@account…`: what stands before the `@` is no user. */
const OF_ACCOUNT = /^abfss?$/;

/** `{provider}/{model}`, before an `@` that would otherwise be taken for an address's. */
const MODEL = /^[\w.-]{1,64}\/[\w.:/ -]{1,160}$/;

const isBootstrap = (text: string) => /[.:]/.test(text);

const clean = (text: string, onMask: OnMask | undefined) => mask(text, onMask).replace(/[\p{Cc}#]+/gu, ' ');
