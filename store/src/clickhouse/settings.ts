import type { ClickHouseSettings } from '@clickhouse/client';

/** Every setting that an answer or a promise depends on, written out: server defaults differ between versions. */

/** An answer arrives whole or not at all, within a time limit. */
export const READ_SETTINGS = {
  // Without this an error after the first row arrives inside a 200 answer. The buffer is held in memory up to its size
  // and spills to a file above, so it stays larger than what a bounded read can return.
  wait_end_of_query: 1,
  http_response_buffer_size: String(64 * 1024 * 1024),
  // Array parameters (trace ids, record refs) travel as form fields.
  http_max_field_value_size: String(64 * 1024 * 1024),
  max_query_size: String(64 * 1024 * 1024),
  max_execution_time: 15,
  timeout_overflow_mode: 'throw',
  max_result_rows: '2000000',
  result_overflow_mode: 'throw',
  max_memory_usage: String(4 * 1024 ** 3),
  output_format_json_quote_64bit_integers: 0,
  output_format_json_escape_forward_slashes: 0,
} as const satisfies ClickHouseSettings;

/** An acknowledged insert is a part on disk, in the table it names, on the node it names. */
export const INSERT_SETTINGS = {
  // Since 26.x the server's default is to collect inserts and write them later.
  async_insert: 0,
  wait_end_of_query: 1,
  // One body is one block, so that it is written whole or not at all.
  max_insert_block_size: '1048576',
  input_format_parallel_parsing: 0,
  // The server seems to note a block's token before the block's part takes its place: killed there, it drops the retry of
  // that block as a copy of rows it does not have, and answers 200 (seen: 99 of 100 spans gone, 26.7). Copies collapse by
  // the order keys of the tables instead, in merges and in every read.
  insert_deduplicate: 0,
  // Collapsing copies inside a block before it is written costs as much as all the rest of an insert (8.8 → 4.3 µs a
  // span, ADR 0030), for copies that are rare and that merges and every read collapse anyway.
  optimize_on_insert: 0,
  max_partitions_per_insert_block: '16',
  // On a cluster the tables are `Distributed`: without this the rows wait in a spool directory after the answer.
  distributed_foreground_insert: 1,
  max_execution_time: 60,
} as const satisfies ClickHouseSettings;

/** Rows copied inside ClickHouse (`INSERT … SELECT`): what {@link INSERT_SETTINGS} promise of an insert holds for them. */
export const COPY_SETTINGS = {
  async_insert: 0,
  wait_end_of_query: 1,
  insert_deduplicate: 0,
  optimize_on_insert: 0,
  max_partitions_per_insert_block: '16',
  distributed_foreground_insert: 1,
  max_execution_time: 60,
} as const satisfies ClickHouseSettings;

/**
 * A mutation names its subjects by a sub-query, and that sub-query must stay one: run on the initiator, its result (the
 * subjects) would be written into the mutation's text, which `system.mutations` and Keeper keep.
 */
export const MUTATION_SETTINGS = {
  mutations_sync: '0',
  mutations_execute_subqueries_on_initiator: 0,
  mutations_execute_nondeterministic_on_initiator: 0,
  // Replicated tables call every sub-query nondeterministic.
  allow_nondeterministic_mutations: 1,
  max_execution_time: 60,
} as const satisfies ClickHouseSettings;

/** Keeps a query that binds a subject out of `system.query_log`, where the bound values are written out. */
export const UNLOGGED = { log_queries: 0 } as const satisfies ClickHouseSettings;
