import { VestigeError } from '@vestige/core/errors';

/**
 * Where a table is, on a single node and on a cluster. There the plain name is a `Distributed` table, the rows are in
 * `…_local` on every replica, and statements about parts and mutations must reach each of them.
 */
export interface Topology {
  /** Null for a single node. */
  readonly cluster: string | null;
  /** The table whose parts hold the rows. */
  local(table: string): string;
  /** What to read `table` of a database from, so that every replica answers for itself. */
  everywhere(database: string, table: string): string;
  /** For DDL and mutations. */
  readonly onCluster: string;
}

/** A server by a name that two on one machine do not share. */
export const REPLICA = `concat(hostName(), ':', toString(tcpPort()))`;

/**
 * @param cluster name in `remote_servers`, from configuration; it is written into statements, hence the strict form
 * @throws VestigeError misconfigured
 */
export function topology(cluster: string | undefined): Topology {
  if (cluster === undefined) {
    return {
      cluster: null,
      local: (table) => table,
      everywhere: (database, table) => `${database}.${table}`,
      onCluster: '',
    };
  }
  if (!/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(cluster)) {
    throw new VestigeError('misconfigured', 'The name of the ClickHouse cluster must be letters, digits, _ and -');
  }
  return {
    cluster,
    local: (table) => `${table}_local`,
    everywhere: (database, table) => `clusterAllReplicas('${cluster}', ${database}, ${table})`,
    onCluster: `ON CLUSTER '${cluster}'`,
  };
}
