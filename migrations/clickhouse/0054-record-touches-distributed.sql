-- cluster only
-- `record_touches` over all shards: a key lies on one shard.
CREATE TABLE IF NOT EXISTS record_touches {{on_cluster}} AS record_touches_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'record_touches_local', cityHash64(tenant, ref))
