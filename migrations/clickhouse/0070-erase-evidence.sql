-- What the verifier counted after an erasure, a row for each check of each table on each replica. Written with the
-- verifier's login alone: the eraser has no INSERT here, and `verified_by` is filled by the engine, so that who executed
-- cannot write that it is verified. No subject in it, only counts.
-- Rows are counted in chunks of subjects (`chunk` of `chunks`), so that a verification that was killed goes on where it
-- was: research/compliance.md FM13, a verification that starts over never ends. The other checks have one chunk.
CREATE TABLE IF NOT EXISTS {{local:erase_evidence}} {{on_cluster}} (
  batch String CODEC(ZSTD(1)),
  done_at_s UInt32 COMMENT 'the rewrite that was judged, by when the engine said it was done' CODEC(ZSTD(1)),
  table_name LowCardinality(String) CODEC(ZSTD(1)),
  replica LowCardinality(String) CODEC(ZSTD(1)),
  check_name LowCardinality(String) CODEC(ZSTD(1)),
  chunk UInt16 CODEC(ZSTD(1)),
  chunks UInt16 CODEC(ZSTD(1)),
  found UInt64 CODEC(ZSTD(1)),
  verified_at DateTime('UTC') MATERIALIZED now() CODEC(ZSTD(1)),
  verified_by String MATERIALIZED currentUser() CODEC(ZSTD(1))
)
ENGINE = {{engine:MergeTree}}
ORDER BY (batch, done_at_s, table_name, check_name, chunk)
TTL verified_at + INTERVAL 400 DAY
