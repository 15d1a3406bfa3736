-- cluster only
-- `rejected_spans` over all shards: by content, so that a repeated insert meets its own deduplication token.
CREATE TABLE IF NOT EXISTS rejected_spans {{on_cluster}} AS rejected_spans_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'rejected_spans_local', cityHash64(tenant, received_at, remains))
