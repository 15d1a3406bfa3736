-- What could not be understood, and why; scrubbed. Counted in the completeness of every answer of its window.
CREATE TABLE IF NOT EXISTS {{local:rejected_spans}} {{on_cluster}} (
  tenant UInt32 CODEC(ZSTD(1)),
  received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  reason LowCardinality(String) CODEC(ZSTD(1)),
  service LowCardinality(String) CODEC(ZSTD(1)),
  remains String COMMENT 'scrubbed JSON, at most 16 KiB' CODEC(ZSTD(1)),
  stored_on Date DEFAULT today() CODEC(ZSTD(1))
)
ENGINE = {{engine:MergeTree}}
PARTITION BY toYYYYMMDD(received_at)
ORDER BY (tenant, received_at)
TTL stored_on + INTERVAL 30 DAY
SETTINGS ttl_only_drop_parts = 1, {{dedup_window:10000}}
