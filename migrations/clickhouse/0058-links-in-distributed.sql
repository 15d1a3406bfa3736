-- cluster only
-- `links_in` over all shards: the links to a trace lie on one shard.
CREATE TABLE IF NOT EXISTS links_in {{on_cluster}} AS links_in_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'links_in_local', cityHash64(tenant, linked_trace_id))
