-- cluster only
-- `rejected_spans` over all shards: anywhere.
CREATE TABLE IF NOT EXISTS rejected_spans {{on_cluster}} AS rejected_spans_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'rejected_spans_local', rand())
