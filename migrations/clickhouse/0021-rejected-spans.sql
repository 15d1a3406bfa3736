-- What could not be understood, and why: scrubbed, and whole enough to be read again after a fix (`vestige
-- replay-rejected`). Counted in the completeness of every answer of its window until then.
--
-- `span_key` is a hash of the content, so a repeated insert and a repeated export are one span: in a merge within a day,
-- and in every read. A span that was replayed gets a row of the same key with `replayed` = 1, without content and
-- without subjects, which replaces it in the next merge and at once in every read: nothing has to be deleted.
--
-- Whose span it was lies in `subject_ids`, so an erasure rewrites this table too, and the rules of `touches` hold: subject
-- bytes are not compressed, and replaced parts leave the disk within seconds (docs/adr/0010-subject-bytes-uncompressed.md).
-- The last `linked` of them arrived on span links only.
CREATE TABLE IF NOT EXISTS {{local:rejected_spans}} {{on_cluster}} (
  tenant UInt32 CODEC(ZSTD(1)),
  span_key FixedString(16) CODEC(NONE),
  received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  replayed UInt8 CODEC(ZSTD(1)),
  reason LowCardinality(String) CODEC(ZSTD(1)),
  service LowCardinality(String) CODEC(ZSTD(1)),
  span String COMMENT 'scrubbed JSON, at most 16 KiB' CODEC(ZSTD(1)),
  subject_ids Array(FixedString(16)) CODEC(NONE),
  linked UInt16 CODEC(ZSTD(1)),
  stored_on Date DEFAULT today() CODEC(ZSTD(1))
)
ENGINE = {{engine:ReplacingMergeTree(replayed)}}
PARTITION BY toYYYYMMDD(received_at)
ORDER BY (tenant, span_key)
TTL stored_on + INTERVAL 30 DAY
SETTINGS index_granularity = 256, ttl_only_drop_parts = 1, finished_mutations_to_keep = 1,
  min_rows_to_fsync_after_merge = 1, fsync_part_directory = 1,
  old_parts_lifetime = 1, merge_tree_clear_old_parts_interval_seconds = 1, cleanup_delay_period = 1,
  cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1
