-- What each process sent, by day of the span: the watermarks of every answer, without reading the spans of the window.
--
-- Everything that is answered from it is the same however often a span comes: the newest instant, and the set of
-- `vestige.seq` numbers. `spans_received` counts copies too; it only says that a day has changed.
CREATE TABLE IF NOT EXISTS {{local:service_days}} {{on_cluster}} (
  tenant UInt32 CODEC(ZSTD(1)),
  day UInt32 COMMENT 'YYYYMMDD, UTC' CODEC(ZSTD(1)),
  service LowCardinality(String) CODEC(ZSTD(1)),
  instance String CODEC(ZSTD(1)),
  newest SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
  seqs AggregateFunction(groupBitmap, UInt64) CODEC(ZSTD(1)),
  spans_received SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
  received_on SimpleAggregateFunction(max, Date) CODEC(ZSTD(1))
)
ENGINE = {{engine:AggregatingMergeTree}}
PARTITION BY intDiv(day, 100)
ORDER BY (tenant, day, service, instance)
TTL received_on + INTERVAL 400 DAY
SETTINGS index_granularity = 256, ttl_only_drop_parts = 1
