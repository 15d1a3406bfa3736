-- Which spans carry which person: one narrow row per (span, subject, touch), and one when the span touched nothing.
-- The only table with a subject besides `erase_queue`, so an erasure rewrites this one. Hence:
-- * erasures come in batches, so it is one partition a month: buckets of subjects made an erasure of one person rewrite
--   less, and every insert four parts instead of one, at 3 µs of CPU a span (docs/adr/0063-cheap-blocks.md);
-- * nothing that holds a subject is compressed (column, primary key), so that a byte search of the data folder is
--   evidence after an erasure (docs/adr/0010-subject-bytes-uncompressed.md);
-- * replaced parts leave the disk within seconds, by the last five settings (research: 480 s and more by default). The
--   two fsync settings pay for that: with the old part gone, the merged one must already be on the disk.
-- `touch_no` 0 is "no touch"; the touches of a span count from 1. `via_link`: the subject arrived on a span link.
CREATE TABLE IF NOT EXISTS {{local:touches}} {{on_cluster}} (
  tenant UInt32,
  subject_id FixedString(16) CODEC(NONE),
  ts DateTime64(9, 'UTC') CODEC(Delta, Default),
  trace_id FixedString(16),
  span_id FixedString(8) CODEC(NONE),
  via_link Bool,
  touch_no UInt8,
  peer LowCardinality(String),
  action Enum8('none' = 0, 'read' = 1, 'write' = 2, 'delete' = 3, 'share' = 4, 'receive' = 5, 'unknown' = 6),
  attribution Enum8('none' = 0, 'ambient' = 1, 'declared' = 2),
  role Enum8('data_subject' = 0, 'mentioned' = 1, 'actor' = 2),
  categories Array(LowCardinality(String)),
  purpose LowCardinality(String),
  legal_basis Enum8('' = 0, 'consent' = 1, 'contract' = 2, 'legal_obligation' = 3, 'vital_interests' = 4, 'public_task' = 5, 'legitimate_interests' = 6),
  rule_set UInt16,
  received_on Date DEFAULT today(),
  INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = {{engine:ReplacingMergeTree(rule_set)}}
PARTITION BY toYYYYMM(ts)
PRIMARY KEY (tenant, subject_id, ts)
ORDER BY (tenant, subject_id, ts, trace_id, span_id, via_link, touch_no)
TTL received_on + INTERVAL 400 DAY, received_on + INTERVAL 2 DAY RECOMPRESS CODEC(ZSTD(1))
SETTINGS ttl_only_drop_parts = 1, {{dedup_window:10000}}, finished_mutations_to_keep = 1, compress_primary_key = 0,
  min_rows_to_fsync_after_merge = 1, fsync_part_directory = 1,
  old_parts_lifetime = 1, merge_tree_clear_old_parts_interval_seconds = 1, cleanup_delay_period = 1,
  cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1
