-- cluster only
-- `erase_found` over all shards: the numbers of a batch lie on one shard.
CREATE TABLE IF NOT EXISTS erase_found {{on_cluster}} AS erase_found_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'erase_found_local', cityHash64(batch))
