-- `run_datasets`, found by dataset: which runs read it, and which ended its residency (ruling 7). One row a run, however
-- many events it has. Written by the same call, not by a view: a view can lose rows when a retried block is not
-- byte-identical. `at` is of one event of the run: it orders runs where there are too many, and decides nothing else.
CREATE TABLE IF NOT EXISTS {{local:run_datasets_by_node}} {{on_cluster}} (
  tenant UInt32 CODEC(ZSTD(1)),
  node String CODEC(ZSTD(1)),
  side Enum8('none' = 0, 'input' = 1, 'output' = 2) CODEC(ZSTD(1)),
  lifecycle Enum8('' = 0, 'drop' = 1, 'truncate' = 2, 'overwrite' = 3) CODEC(ZSTD(1)),
  run_id String CODEC(ZSTD(1)),
  job LowCardinality(String) CODEC(ZSTD(1)),
  at DateTime64(6, 'UTC') CODEC(ZSTD(1)),
  received_on Date DEFAULT today() CODEC(ZSTD(1))
)
ENGINE = {{engine:ReplacingMergeTree}}
PARTITION BY toYYYYMM(at)
ORDER BY (tenant, node, side, lifecycle, run_id, job)
TTL received_on + INTERVAL 400 DAY
SETTINGS ttl_only_drop_parts = 1, {{dedup_window:10000}}
