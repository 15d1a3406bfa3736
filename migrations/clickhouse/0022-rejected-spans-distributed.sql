-- cluster only
-- `rejected_spans` over all shards: by content, so that copies of a span meet.
CREATE TABLE IF NOT EXISTS rejected_spans {{on_cluster}} AS rejected_spans_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'rejected_spans_local', cityHash64(tenant, span_key))
