import { renderXml } from './xml.ts';

export interface EmbeddedServerConfig {
  readonly httpPort: number;
  readonly nativePort: number;
  readonly usersFile: string;
}

/**
 * Server settings of the embedded engine: loopback only, small caches, and a clean-up quick enough that erased bytes
 * leave the disk within seconds.
 */
export function serverConfigFile({ httpPort, nativePort, usersFile }: EmbeddedServerConfig): string {
  const tree = {
    clickhouse: {
      // An exception still reaches stderr when the start fails; a running engine logs nothing, as its log quotes queries.
      logger: { level: 'none' },
      listen_host: '127.0.0.1',
      http_port: httpPort,
      tcp_port: nativePort,
      user_directories: { users_xml: { path: usersFile } },
      max_concurrent_queries: 200,
      // The server's default; the library's is 2, and then a mutation sleeps between parts: erasing from 48 small parts
      // took 7.8 s and takes 0.1 s.
      background_pool_size: 16,
      background_merges_mutations_concurrency_ratio: 2,
      mark_cache_size: 67_108_864,
      uncompressed_cache_size: 0,
      database_atomic_delay_before_drop_table_sec: 1,
      merge_tree: {
        old_parts_lifetime: 1,
        merge_tree_clear_old_parts_interval_seconds: 1,
        cleanup_delay_period: 1,
        cleanup_delay_period_random_add: 0,
        max_cleanup_delay_period: 1,
        finished_mutations_to_keep: 1,
      },
      macros: { shard: '01', replica: 'embedded' },
    },
  };
  return `${renderXml(tree)}\n`;
}
