-- The subjects of a physical erasure, by batch. Erasing statements name the batch and look the subjects up here: a
-- literal, bound or not, would stay readable in `system.mutations` and in logs. One partition a batch, so that
-- emptying it after verification is dropping files, not rewriting them. Persistent, never a Memory table: after a
-- restart an empty queue would let an erasure match nothing and call itself done. No deduplication window: a batch that
-- was emptied and is filled again must not be taken for a retry.
-- A mutation runs on every shard against that shard's queue, so on a cluster the rows are written once per shard
-- (`shard` 0, 1, …, which is also the sharding key); on a single node `shard` is 0.
CREATE TABLE IF NOT EXISTS {{local:erase_queue}} {{on_cluster}} (
  batch String CODEC(ZSTD(1)),
  tenant UInt32 CODEC(ZSTD(1)),
  subject_id FixedString(16) CODEC(NONE),
  shard UInt32 CODEC(ZSTD(1))
)
ENGINE = {{engine:ReplacingMergeTree}}
PARTITION BY batch
ORDER BY (batch, tenant, subject_id)
SETTINGS {{dedup_window:0}}, compress_primary_key = 0,
  min_rows_to_fsync_after_merge = 1, fsync_part_directory = 1, fsync_after_insert = 1,
  old_parts_lifetime = 0, merge_tree_clear_old_parts_interval_seconds = 1, cleanup_delay_period = 1,
  cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1
