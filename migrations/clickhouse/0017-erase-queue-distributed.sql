-- cluster only
-- `erase_queue` over all shards: the row says which shard it is for; every shard gets all subjects of a batch.
CREATE TABLE IF NOT EXISTS erase_queue {{on_cluster}} AS erase_queue_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'erase_queue_local', shard)
