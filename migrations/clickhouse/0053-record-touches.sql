-- Who touched this key, and when: the jumps of the lineage closure. `ref` is a record ref (rule 5), a conversation key
-- or a memory node id (rule 6). A span that was derived from a record has read it (ruling 3).
--
-- An answer looks up hundreds of keys with a few rows each, so granules are small: with 8192 rows each it read thirty times
-- as much (docs/adr/0047-what-an-answer-may-read.md).
CREATE TABLE IF NOT EXISTS {{local:record_touches}} {{on_cluster}} (
  tenant UInt32,
  ref String,
  ts DateTime64(9, 'UTC') CODEC(Delta, Default),
  trace_id FixedString(16),
  span_id FixedString(8) CODEC(NONE),
  action Enum8('none' = 0, 'read' = 1, 'write' = 2, 'delete' = 3, 'share' = 4, 'receive' = 5, 'unknown' = 6),
  received_on Date DEFAULT today()
)
ENGINE = {{engine:ReplacingMergeTree}}
PARTITION BY toYYYYMM(ts)
PRIMARY KEY (tenant, ref, ts)
ORDER BY (tenant, ref, ts, trace_id, span_id, action)
TTL received_on + INTERVAL 400 DAY, received_on + INTERVAL 2 DAY RECOMPRESS CODEC(ZSTD(1))
SETTINGS index_granularity = 256, ttl_only_drop_parts = 1
