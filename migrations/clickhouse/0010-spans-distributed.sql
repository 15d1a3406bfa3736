-- cluster only
-- `spans` over all shards: a trace lies on one shard.
CREATE TABLE IF NOT EXISTS spans {{on_cluster}} AS spans_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'spans_local', cityHash64(tenant, trace_id))
