-- What OpenLineage events said, one row for each dataset an event names, and one for an event that names none. The events
-- of a run may reach several collectors in any order, so they are joined when they are asked for, not when they arrive
-- (docs/adr/0045-join-runs-when-asked.md). `event` identifies the event, so that a repeated one is the same rows.
-- `subject_set` is the name of a registered set; who is in it is in Postgres alone.
CREATE TABLE IF NOT EXISTS {{local:run_datasets}} {{on_cluster}} (
  tenant UInt32 CODEC(ZSTD(1)),
  run_id String CODEC(ZSTD(1)),
  job LowCardinality(String) CODEC(ZSTD(1)),
  event FixedString(16) CODEC(NONE),
  of Enum8('run' = 0, 'dataset' = 1, 'job' = 2) COMMENT 'a job event describes and moves nothing' CODEC(ZSTD(1)),
  side Enum8('none' = 0, 'input' = 1, 'output' = 2) CODEC(ZSTD(1)),
  node String CODEC(ZSTD(1)),
  lifecycle Enum8('' = 0, 'drop' = 1, 'truncate' = 2, 'overwrite' = 3) CODEC(ZSTD(1)),
  renamed_from String CODEC(ZSTD(1)),
  columns_told Bool CODEC(ZSTD(1)),
  column_input Array(String) CODEC(ZSTD(1)),
  column_via Array(LowCardinality(String)) CODEC(ZSTD(1)),
  categories Array(LowCardinality(String)) CODEC(ZSTD(1)),
  parent_job LowCardinality(String) CODEC(ZSTD(1)),
  subject_set String CODEC(ZSTD(1)),
  started_at DateTime64(6, 'UTC') CODEC(ZSTD(1)),
  at DateTime64(6, 'UTC') CODEC(ZSTD(1)),
  received_on Date DEFAULT today() CODEC(ZSTD(1))
)
ENGINE = {{engine:ReplacingMergeTree}}
PARTITION BY toYYYYMM(at)
ORDER BY (tenant, run_id, job, event, side, node, lifecycle, renamed_from)
TTL received_on + INTERVAL 400 DAY
SETTINGS ttl_only_drop_parts = 1, {{dedup_window:10000}}
