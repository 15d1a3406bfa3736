import { VestigeError } from '@vestige/core/errors';

export interface Deployment {
  readonly database: string;
  /** Name in `remote_servers`; null on a single node. */
  readonly cluster: string | null;
}

const PLACEHOLDER = /\{\{(\w+)(?::([^{}]+(?:\{[a-z]+\}[^{}]*)*))?\}\}/g;
const ENGINE = /^(\w*MergeTree)(?:\((.*)\))?$/s;
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Where replicas meet in Keeper. The macros are ClickHouse's and filled in by each server. */
const KEEPER_PATH = `'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'`;

/**
 * Fills in what differs between a single node and a cluster; `migrations/README.md` lists the placeholders.
 *
 * @throws VestigeError misconfigured for an unknown or malformed placeholder, naming it
 */
export function fillPlaceholders(sql: string, deployment: Deployment): string {
  return sql.replace(PLACEHOLDER, (text, name: string, argument: string | undefined) => {
    switch (name) {
      case 'on_cluster':
        return deployment.cluster === null ? '' : `ON CLUSTER '${clusterName(deployment.cluster)}'`;
      case 'engine':
        return engine(argument ?? '', deployment, text);
      case 'local':
        return `${identifier(argument, text)}${deployment.cluster === null ? '' : '_local'}`;
      case 'dedup_window':
        if (!/^\d+$/.test(argument ?? '')) throw malformed(text);
        return `${deployment.cluster === null ? 'non_replicated' : 'replicated'}_deduplication_window = ${argument}`;
      case 'cluster':
        if (deployment.cluster === null) throw malformed(text);
        return clusterName(deployment.cluster);
      case 'database':
        return identifier(deployment.database, text);
      default:
        throw malformed(text);
    }
  });
}

function engine(argument: string, deployment: Deployment, text: string): string {
  const match = ENGINE.exec(argument.trim());
  if (match === null) throw malformed(text);
  const [, name, parameters = ''] = match;
  if (deployment.cluster === null) return parameters === '' ? `${name}` : `${name}(${parameters})`;
  return `Replicated${name}(${KEEPER_PATH}${parameters === '' ? '' : `, ${parameters}`})`;
}

function identifier(name: string | undefined, text: string): string {
  if (name === undefined || !IDENTIFIER.test(name)) throw malformed(text);
  return name;
}

/** Splices into DDL, which takes no parameters, so it may hold nothing that ends the literal. */
function clusterName(name: string): string {
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name)) {
    throw new VestigeError(
      'misconfigured',
      'A ClickHouse cluster name holds letters, digits, dots, dashes and underscores only.',
    );
  }
  return name;
}

const malformed = (text: string): VestigeError =>
  new VestigeError('misconfigured', `Placeholder ${text} is unknown, malformed or not allowed on a single node.`);
