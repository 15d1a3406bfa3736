CREATE TABLE vestige.erase_evidence
(
    `batch` String CODEC(ZSTD(1)),
    `done_at_s` UInt32 COMMENT 'the rewrite that was judged, by when the engine said it was done' CODEC(ZSTD(1)),
    `table_name` LowCardinality(String) CODEC(ZSTD(1)),
    `replica` LowCardinality(String) CODEC(ZSTD(1)),
    `check_name` LowCardinality(String) CODEC(ZSTD(1)),
    `chunk` UInt16 CODEC(ZSTD(1)),
    `chunks` UInt16 CODEC(ZSTD(1)),
    `found` UInt64 CODEC(ZSTD(1)),
    `verified_at` DateTime('UTC') MATERIALIZED now() CODEC(ZSTD(1)),
    `verified_by` String MATERIALIZED currentUser() CODEC(ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (batch, done_at_s, table_name, check_name, chunk)
TTL verified_at + toIntervalDay(400)
SETTINGS index_granularity = 8192;

CREATE TABLE vestige.erase_found
(
    `batch` String CODEC(ZSTD(1)),
    `table_name` LowCardinality(String) CODEC(ZSTD(1)),
    `found` UInt64 CODEC(ZSTD(1)),
    `found_at` DateTime('UTC') DEFAULT now() CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (batch, table_name, found)
TTL found_at + toIntervalDay(400)
SETTINGS index_granularity = 8192;

CREATE TABLE vestige.erase_queue
(
    `batch` String CODEC(ZSTD(1)),
    `tenant` UInt32 CODEC(ZSTD(1)),
    `subject_id` FixedString(16) CODEC(NONE),
    `shard` UInt32 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY batch
ORDER BY (batch, tenant, subject_id)
SETTINGS non_replicated_deduplication_window = 0, compress_primary_key = 0, min_rows_to_fsync_after_merge = 1, fsync_part_directory = 1, fsync_after_insert = 1, old_parts_lifetime = 0, merge_tree_clear_old_parts_interval_seconds = 1, cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1, index_granularity = 8192;

CREATE TABLE vestige.links_in
(
    `tenant` UInt32,
    `linked_trace_id` FixedString(16),
    `linked_span_id` FixedString(8) CODEC(NONE),
    `ts` DateTime64(9, 'UTC') CODEC(Delta(8), Default),
    `trace_id` FixedString(16),
    `span_id` FixedString(8) CODEC(NONE),
    `received_on` Date DEFAULT today()
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(ts)
PRIMARY KEY (tenant, linked_trace_id)
ORDER BY (tenant, linked_trace_id, linked_span_id, trace_id, span_id)
TTL received_on + toIntervalDay(400), received_on + toIntervalDay(2) RECOMPRESS CODEC(ZSTD(1))
SETTINGS index_granularity = 256, ttl_only_drop_parts = 1, min_compress_block_size = 4096;

CREATE TABLE vestige.record_touches
(
    `tenant` UInt32,
    `ref` String,
    `ts` DateTime64(9, 'UTC') CODEC(Delta(8), Default),
    `trace_id` FixedString(16),
    `span_id` FixedString(8) CODEC(NONE),
    `action` Enum8('none' = 0, 'read' = 1, 'write' = 2, 'delete' = 3, 'share' = 4, 'receive' = 5, 'unknown' = 6),
    `received_on` Date DEFAULT today()
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(ts)
PRIMARY KEY (tenant, ref, ts)
ORDER BY (tenant, ref, ts, trace_id, span_id, action)
TTL received_on + toIntervalDay(400), received_on + toIntervalDay(2) RECOMPRESS CODEC(ZSTD(1))
SETTINGS index_granularity = 256, ttl_only_drop_parts = 1, min_compress_block_size = 4096;

CREATE TABLE vestige.rejected_spans
(
    `tenant` UInt32 CODEC(ZSTD(1)),
    `span_key` FixedString(16) CODEC(NONE),
    `received_at` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `replayed` UInt8 CODEC(ZSTD(1)),
    `reason` LowCardinality(String) CODEC(ZSTD(1)),
    `service` LowCardinality(String) CODEC(ZSTD(1)),
    `span` String COMMENT 'scrubbed JSON, at most 16 KiB' CODEC(ZSTD(1)),
    `subject_ids` Array(FixedString(16)) CODEC(NONE),
    `linked` UInt16 CODEC(ZSTD(1)),
    `stored_on` Date DEFAULT today() CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(replayed)
PARTITION BY toYYYYMMDD(received_at)
ORDER BY (tenant, span_key)
TTL stored_on + toIntervalDay(30)
SETTINGS index_granularity = 256, ttl_only_drop_parts = 1, finished_mutations_to_keep = 1, min_rows_to_fsync_after_merge = 1, fsync_part_directory = 1, old_parts_lifetime = 1, merge_tree_clear_old_parts_interval_seconds = 1, cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1;

CREATE TABLE vestige.run_datasets
(
    `tenant` UInt32 CODEC(ZSTD(1)),
    `run_id` String CODEC(ZSTD(1)),
    `job` LowCardinality(String) CODEC(ZSTD(1)),
    `event` FixedString(16) CODEC(NONE),
    `of` Enum8('run' = 0, 'dataset' = 1, 'job' = 2) COMMENT 'a job event describes and moves nothing' CODEC(ZSTD(1)),
    `side` Enum8('none' = 0, 'input' = 1, 'output' = 2) CODEC(ZSTD(1)),
    `node` String CODEC(ZSTD(1)),
    `lifecycle` Enum8('' = 0, 'drop' = 1, 'truncate' = 2, 'overwrite' = 3) CODEC(ZSTD(1)),
    `renamed_from` String CODEC(ZSTD(1)),
    `columns_told` Bool CODEC(ZSTD(1)),
    `column_input` Array(String) CODEC(ZSTD(1)),
    `column_via` Array(LowCardinality(String)) CODEC(ZSTD(1)),
    `categories` Array(LowCardinality(String)) CODEC(ZSTD(1)),
    `parent_job` LowCardinality(String) CODEC(ZSTD(1)),
    `subject_set` String CODEC(ZSTD(1)),
    `started_at` DateTime64(6, 'UTC') CODEC(ZSTD(1)),
    `at` DateTime64(6, 'UTC') CODEC(ZSTD(1)),
    `received_on` Date DEFAULT today() CODEC(ZSTD(1)),
    `state` Enum8('' = 0, 'start' = 1, 'running' = 2, 'complete' = 3, 'fail' = 4, 'abort' = 5, 'other' = 6) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (tenant, run_id, job, event, side, node, lifecycle, renamed_from)
TTL received_on + toIntervalDay(400)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE TABLE vestige.run_datasets_by_node
(
    `tenant` UInt32 CODEC(ZSTD(1)),
    `node` String CODEC(ZSTD(1)),
    `side` Enum8('none' = 0, 'input' = 1, 'output' = 2) CODEC(ZSTD(1)),
    `lifecycle` Enum8('' = 0, 'drop' = 1, 'truncate' = 2, 'overwrite' = 3) CODEC(ZSTD(1)),
    `run_id` String CODEC(ZSTD(1)),
    `job` LowCardinality(String) CODEC(ZSTD(1)),
    `at` DateTime64(6, 'UTC') CODEC(ZSTD(1)),
    `received_on` Date DEFAULT today() CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (tenant, node, side, lifecycle, run_id, job)
TTL received_on + toIntervalDay(400)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE TABLE vestige.schema_migrations
(
    `name` String,
    `checksum` FixedString(64),
    `applied_at` DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY name
SETTINGS index_granularity = 8192;

CREATE TABLE vestige.service_days
(
    `tenant` UInt32 CODEC(ZSTD(1)),
    `day` UInt32 COMMENT 'YYYYMMDD, UTC' CODEC(ZSTD(1)),
    `service` LowCardinality(String) CODEC(ZSTD(1)),
    `instance` String CODEC(ZSTD(1)),
    `newest` SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
    `seqs` AggregateFunction(groupBitmap, UInt64) CODEC(ZSTD(1)),
    `spans_received` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `received_on` SimpleAggregateFunction(max, Date) CODEC(ZSTD(1)),
    `cut_links` AggregateFunction(groupBitmap, UInt32) CODEC(ZSTD(1)),
    `cut_attributes` AggregateFunction(groupBitmap, UInt32) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY intDiv(day, 100)
ORDER BY (tenant, day, service, instance)
TTL received_on + toIntervalDay(400)
SETTINGS index_granularity = 256, ttl_only_drop_parts = 1;

CREATE MATERIALIZED VIEW vestige.service_days_of_cut_spans TO vestige.service_days
(
    `tenant` UInt32,
    `day` UInt32,
    `service` LowCardinality(String),
    `instance` LowCardinality(String),
    `newest` DateTime64(9, 'UTC'),
    `received_on` Date,
    `cut_links` AggregateFunction(groupBitmap, UInt32),
    `cut_attributes` AggregateFunction(groupBitmap, UInt32)
)
AS SELECT
    tenant,
    toYYYYMMDD(ts) AS day,
    service,
    toString(instance) AS instance,
    max(ts) AS newest,
    max(received_on) AS received_on,
    bitmapBuild(groupArrayIf(toUInt32(bitAnd(cityHash64(trace_id, span_id), 65535)), mapContains(attrs, 'otel.dropped_links_count'))) AS cut_links,
    bitmapBuild(groupArrayIf(toUInt32(bitAnd(cityHash64(trace_id, span_id), 65535)), mapContains(attrs, 'otel.dropped_attributes_count'))) AS cut_attributes
FROM vestige.spans
WHERE mapContains(attrs, 'otel.dropped_links_count') OR mapContains(attrs, 'otel.dropped_attributes_count')
GROUP BY
    tenant,
    day,
    service,
    instance;

CREATE MATERIALIZED VIEW vestige.service_days_of_spans TO vestige.service_days
(
    `tenant` UInt32,
    `day` UInt32,
    `service` LowCardinality(String),
    `instance` LowCardinality(String),
    `newest` DateTime64(9, 'UTC'),
    `seqs` AggregateFunction(groupBitmap, UInt64),
    `spans_received` UInt64,
    `received_on` Date
)
AS SELECT
    tenant,
    toYYYYMMDD(ts) AS day,
    service,
    toString(instance) AS instance,
    max(ts) AS newest,
    bitmapBuild(groupArrayIf(toUInt64(seq), seq >= 0)) AS seqs,
    count() AS spans_received,
    max(received_on) AS received_on
FROM vestige.spans
GROUP BY
    tenant,
    day,
    service,
    instance;

CREATE TABLE vestige.spans
(
    `tenant` UInt32,
    `trace_id` FixedString(16),
    `ts` DateTime64(9, 'UTC') CODEC(Delta(8), Default),
    `span_id` FixedString(8) CODEC(NONE),
    `parent_id` FixedString(8),
    `duration_ns` Int64,
    `name` LowCardinality(String),
    `kind` Enum8('unspecified' = 0, 'internal' = 1, 'server' = 2, 'client' = 3, 'producer' = 4, 'consumer' = 5),
    `outcome` Enum8('ok' = 0, 'failed' = 1, 'no_effect' = 2),
    `service` LowCardinality(String),
    `instance` LowCardinality(String),
    `scope` LowCardinality(String),
    `seq` Int64 CODEC(Delta(8), Default),
    `self` LowCardinality(String),
    `owner` LowCardinality(String),
    `touch_peer` Array(LowCardinality(String)),
    `touch_action` Array(Enum8('none' = 0, 'read' = 1, 'write' = 2, 'delete' = 3, 'share' = 4, 'receive' = 5, 'unknown' = 6)),
    `touch_rule` Array(LowCardinality(String)),
    `rule_set` UInt16,
    `record_refs` Array(String),
    `record_count` Int64,
    `derived_from` Array(String),
    `conversation` String,
    `link_trace_id` Array(FixedString(16)),
    `link_span_id` Array(FixedString(8)),
    `attribution` Enum8('none' = 0, 'ambient' = 1, 'declared' = 2),
    `role` Enum8('data_subject' = 0, 'mentioned' = 1, 'actor' = 2),
    `categories` Array(LowCardinality(String)),
    `purpose` LowCardinality(String),
    `legal_basis` Enum8('' = 0, 'consent' = 1, 'contract' = 2, 'legal_obligation' = 3, 'vital_interests' = 4, 'public_task' = 5, 'legitimate_interests' = 6),
    `retention_until_ms` Int64,
    `recipient_host` LowCardinality(String),
    `recipient_country` LowCardinality(String),
    `request_id` String,
    `attrs` Map(LowCardinality(String), String),
    `resource` LowCardinality(String) COMMENT 'JSON object of strings',
    `event_ts` Array(DateTime64(9, 'UTC')),
    `event_name` Array(LowCardinality(String)),
    `event_attrs` Array(Map(LowCardinality(String), String)),
    `received_on` Date DEFAULT today(),
    INDEX by_trace trace_id TYPE bloom_filter(0.00001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(rule_set)
PARTITION BY toYYYYMMDD(ts)
PRIMARY KEY (tenant, trace_id, ts)
ORDER BY (tenant, trace_id, ts, span_id)
TTL received_on + toIntervalDay(400), received_on + toIntervalDay(2) RECOMPRESS CODEC(ZSTD(1))
SETTINGS index_granularity = 1024, min_compress_block_size = 4096, max_compress_block_size = 65536, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000;

CREATE TABLE vestige.touches
(
    `tenant` UInt32,
    `subject_id` FixedString(16) CODEC(NONE),
    `ts` DateTime64(9, 'UTC') CODEC(Delta(8), Default),
    `trace_id` FixedString(16),
    `span_id` FixedString(8) CODEC(NONE),
    `via_link` Bool,
    `touch_no` UInt8,
    `peer` LowCardinality(String),
    `action` Enum8('none' = 0, 'read' = 1, 'write' = 2, 'delete' = 3, 'share' = 4, 'receive' = 5, 'unknown' = 6),
    `attribution` Enum8('none' = 0, 'ambient' = 1, 'declared' = 2),
    `role` Enum8('data_subject' = 0, 'mentioned' = 1, 'actor' = 2),
    `categories` Array(LowCardinality(String)),
    `purpose` LowCardinality(String),
    `legal_basis` Enum8('' = 0, 'consent' = 1, 'contract' = 2, 'legal_obligation' = 3, 'vital_interests' = 4, 'public_task' = 5, 'legitimate_interests' = 6),
    `rule_set` UInt16,
    `received_on` Date DEFAULT today(),
    INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(rule_set)
PARTITION BY toYYYYMM(ts)
PRIMARY KEY (tenant, subject_id, ts)
ORDER BY (tenant, subject_id, ts, trace_id, span_id, via_link, touch_no)
TTL received_on + toIntervalDay(400), received_on + toIntervalDay(2) RECOMPRESS CODEC(ZSTD(1))
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000, finished_mutations_to_keep = 1, compress_primary_key = 0, min_rows_to_fsync_after_merge = 1, fsync_part_directory = 1, old_parts_lifetime = 1, merge_tree_clear_old_parts_interval_seconds = 1, cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1, index_granularity = 8192;
