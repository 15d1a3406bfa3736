-- The mirror of `dataset_edges`: what ended the residency of a dataset (ruling 7), and what it was made from. Written by
-- the same call, not by a view: a view can lose rows when a retried block is not byte-identical.
CREATE TABLE IF NOT EXISTS {{local:dataset_edges_by_output}} {{on_cluster}} (
  tenant UInt32 CODEC(ZSTD(1)),
  input String CODEC(ZSTD(1)),
  output String CODEC(ZSTD(1)),
  job LowCardinality(String) CODEC(ZSTD(1)),
  run_id String CODEC(ZSTD(1)),
  lifecycle Enum8('' = 0, 'drop' = 1, 'truncate' = 2, 'overwrite' = 3) CODEC(ZSTD(1)),
  started_at DateTime64(6, 'UTC') CODEC(ZSTD(1)),
  ended_at DateTime64(6, 'UTC') CODEC(ZSTD(1)),
  received_on Date DEFAULT today() CODEC(ZSTD(1))
)
ENGINE = {{engine:ReplacingMergeTree(ended_at)}}
PARTITION BY toYYYYMM(started_at)
ORDER BY (tenant, output, input, job, run_id, lifecycle)
TTL received_on + INTERVAL 400 DAY
SETTINGS ttl_only_drop_parts = 1, {{dedup_window:10000}}
