-- What happened, span by span, scrubbed and recognised. No subject: who a span belongs to is in `touches` alone, so that
-- erasing a person rewrites little. Everything the lineage closure reads is a column; `attrs` is for people who explain.
--
-- A span may arrive twice in different blocks, so the order key identifies the row (a merge drops the copy; the newer
-- rule set wins when spans are read again under new rules) and every read collapses copies itself as well.
-- `received_on` carries retention, not `ts`: a span from an application whose clock is wrong, or from a file of last
-- year, lives as long as any other and never vanishes right after it was acknowledged.
--
-- LZ4 (the default) for what was just inserted and is merged within minutes, ZSTD from the second day on: an insert costs
-- a quarter less (docs/adr/0063-cheap-blocks.md). Blocks of 16 KiB instead of 64, because an answer reads a thousand
-- spans here and there and of each column at least one block: 71 ms of CPU for the traces of a person instead of 115.
CREATE TABLE IF NOT EXISTS {{local:spans}} {{on_cluster}} (
  tenant UInt32,
  trace_id FixedString(16),
  ts DateTime64(9, 'UTC') CODEC(Delta, Default),
  span_id FixedString(8) CODEC(NONE),
  parent_id FixedString(8),
  duration_ns Int64,
  name LowCardinality(String),
  kind Enum8('unspecified' = 0, 'internal' = 1, 'server' = 2, 'client' = 3, 'producer' = 4, 'consumer' = 5),
  outcome Enum8('ok' = 0, 'failed' = 1, 'no_effect' = 2),
  service LowCardinality(String),
  instance LowCardinality(String),
  scope LowCardinality(String),
  seq Int64 CODEC(Delta, Default),

  self LowCardinality(String),
  owner LowCardinality(String),
  touch_peer Array(LowCardinality(String)),
  touch_action Array(Enum8('none' = 0, 'read' = 1, 'write' = 2, 'delete' = 3, 'share' = 4, 'receive' = 5, 'unknown' = 6)),
  touch_rule Array(LowCardinality(String)),
  rule_set UInt16,
  record_refs Array(String),
  record_count Int64,
  derived_from Array(String),
  conversation String,
  link_trace_id Array(FixedString(16)),
  link_span_id Array(FixedString(8)),

  attribution Enum8('none' = 0, 'ambient' = 1, 'declared' = 2),
  role Enum8('data_subject' = 0, 'mentioned' = 1, 'actor' = 2),
  categories Array(LowCardinality(String)),
  purpose LowCardinality(String),
  legal_basis Enum8('' = 0, 'consent' = 1, 'contract' = 2, 'legal_obligation' = 3, 'vital_interests' = 4, 'public_task' = 5, 'legitimate_interests' = 6),
  retention_until_ms Int64,
  recipient_host LowCardinality(String),
  recipient_country LowCardinality(String),
  request_id String,

  attrs Map(LowCardinality(String), String),
  resource LowCardinality(String) COMMENT 'JSON object of strings',
  event_ts Array(DateTime64(9, 'UTC')),
  event_name Array(LowCardinality(String)),
  event_attrs Array(Map(LowCardinality(String), String)),

  received_on Date DEFAULT today()
)
ENGINE = {{engine:ReplacingMergeTree(rule_set)}}
PARTITION BY toYYYYMMDD(ts)
PRIMARY KEY (tenant, trace_id, ts)
ORDER BY (tenant, trace_id, ts, span_id)
TTL received_on + INTERVAL 400 DAY, received_on + INTERVAL 2 DAY RECOMPRESS CODEC(ZSTD(1))
SETTINGS index_granularity = 1024, min_compress_block_size = 16384, max_compress_block_size = 65536,
  ttl_only_drop_parts = 1, {{dedup_window:10000}}
