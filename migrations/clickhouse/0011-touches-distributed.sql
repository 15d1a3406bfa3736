-- cluster only
-- `touches` over all shards: a person lies on one shard.
CREATE TABLE IF NOT EXISTS touches {{on_cluster}} AS touches_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'touches_local', cityHash64(tenant, subject_id))
