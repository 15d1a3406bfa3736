-- What an erasure found before it rewrote anything, by batch and table; holds no subject. An erasure that is repeated
-- after a crash finds nothing any more and reports these numbers instead; the row of `erase_queue` says how many
-- subjects the batch has, so that a queue emptied too early is noticed.
CREATE TABLE IF NOT EXISTS {{local:erase_found}} {{on_cluster}} (
  batch String CODEC(ZSTD(1)),
  table_name LowCardinality(String) CODEC(ZSTD(1)),
  found UInt64 CODEC(ZSTD(1)),
  found_at DateTime('UTC') DEFAULT now() CODEC(ZSTD(1))
)
ENGINE = {{engine:ReplacingMergeTree}}
ORDER BY (batch, table_name, found)
TTL found_at + INTERVAL 400 DAY
