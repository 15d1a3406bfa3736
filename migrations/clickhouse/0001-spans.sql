-- What happened, span by span, scrubbed and recognised. No subject: who a span belongs to is in `touches` alone, so that
-- erasing a person rewrites little. Everything the lineage closure reads is a column; `attrs` is for people who explain.
--
-- A span may arrive twice in different blocks, so the order key identifies the row (a merge drops the copy; the newer
-- rule set wins when spans are read again under new rules) and every read collapses copies itself as well.
-- `received_on` carries retention, not `ts`: a span from an application whose clock is wrong, or from a file of last
-- year, lives as long as any other and never vanishes right after it was acknowledged.
CREATE TABLE IF NOT EXISTS {{local:spans}} {{on_cluster}} (
  tenant UInt32 CODEC(ZSTD(1)),
  trace_id FixedString(16) CODEC(ZSTD(1)),
  ts DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
  span_id FixedString(8) CODEC(NONE),
  parent_id FixedString(8) CODEC(ZSTD(1)),
  duration_ns Int64 CODEC(ZSTD(1)),
  name LowCardinality(String) CODEC(ZSTD(1)),
  kind Enum8('unspecified' = 0, 'internal' = 1, 'server' = 2, 'client' = 3, 'producer' = 4, 'consumer' = 5) CODEC(ZSTD(1)),
  outcome Enum8('ok' = 0, 'failed' = 1, 'no_effect' = 2) CODEC(ZSTD(1)),
  service LowCardinality(String) CODEC(ZSTD(1)),
  instance LowCardinality(String) CODEC(ZSTD(1)),
  scope LowCardinality(String) CODEC(ZSTD(1)),
  seq Int64 CODEC(Delta, ZSTD(1)),

  self LowCardinality(String) CODEC(ZSTD(1)),
  owner LowCardinality(String) CODEC(ZSTD(1)),
  touch_peer Array(LowCardinality(String)) CODEC(ZSTD(1)),
  touch_action Array(Enum8('none' = 0, 'read' = 1, 'write' = 2, 'delete' = 3, 'share' = 4, 'receive' = 5, 'unknown' = 6)) CODEC(ZSTD(1)),
  touch_rule Array(LowCardinality(String)) CODEC(ZSTD(1)),
  rule_set UInt16 CODEC(ZSTD(1)),
  record_refs Array(String) CODEC(ZSTD(1)),
  record_count Int64 CODEC(ZSTD(1)),
  derived_from Array(String) CODEC(ZSTD(1)),
  conversation String CODEC(ZSTD(1)),
  link_trace_id Array(FixedString(16)) CODEC(ZSTD(1)),
  link_span_id Array(FixedString(8)) CODEC(ZSTD(1)),

  attribution Enum8('none' = 0, 'ambient' = 1, 'declared' = 2) CODEC(ZSTD(1)),
  role Enum8('data_subject' = 0, 'mentioned' = 1, 'actor' = 2) CODEC(ZSTD(1)),
  categories Array(LowCardinality(String)) CODEC(ZSTD(1)),
  purpose LowCardinality(String) CODEC(ZSTD(1)),
  legal_basis Enum8('' = 0, 'consent' = 1, 'contract' = 2, 'legal_obligation' = 3, 'vital_interests' = 4, 'public_task' = 5, 'legitimate_interests' = 6) CODEC(ZSTD(1)),
  retention_until_ms Int64 CODEC(ZSTD(1)),
  recipient_host LowCardinality(String) CODEC(ZSTD(1)),
  recipient_country LowCardinality(String) CODEC(ZSTD(1)),
  request_id String CODEC(ZSTD(1)),

  attrs Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  resource LowCardinality(String) COMMENT 'JSON object of strings' CODEC(ZSTD(1)),
  event_ts Array(DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
  event_name Array(LowCardinality(String)) CODEC(ZSTD(1)),
  event_attrs Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1)),

  received_on Date DEFAULT today() CODEC(ZSTD(1))
)
ENGINE = {{engine:ReplacingMergeTree(rule_set)}}
PARTITION BY toYYYYMMDD(ts)
PRIMARY KEY (tenant, trace_id, ts)
ORDER BY (tenant, trace_id, ts, span_id)
TTL received_on + INTERVAL 400 DAY
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1, {{dedup_window:10000}}
