-- Span links, read backwards: which spans link to a span of this trace (rule 4, queues). An answer asks for every trace it
-- has reached, and most have no links, so granules are small (docs/adr/0047-what-an-answer-may-read.md).
CREATE TABLE IF NOT EXISTS {{local:links_in}} {{on_cluster}} (
  tenant UInt32,
  linked_trace_id FixedString(16),
  linked_span_id FixedString(8) CODEC(NONE),
  ts DateTime64(9, 'UTC') CODEC(Delta, Default),
  trace_id FixedString(16),
  span_id FixedString(8) CODEC(NONE),
  received_on Date DEFAULT today()
)
ENGINE = {{engine:ReplacingMergeTree}}
PARTITION BY toYYYYMM(ts)
PRIMARY KEY (tenant, linked_trace_id)
ORDER BY (tenant, linked_trace_id, linked_span_id, trace_id, span_id)
TTL received_on + INTERVAL 400 DAY, received_on + INTERVAL 2 DAY RECOMPRESS CODEC(ZSTD(1))
SETTINGS index_granularity = 256, ttl_only_drop_parts = 1
