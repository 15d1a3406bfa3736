-- cluster only
-- `dataset_edges` over all shards: the runs that read a dataset lie on one shard.
CREATE TABLE IF NOT EXISTS dataset_edges {{on_cluster}} AS dataset_edges_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'dataset_edges_local', cityHash64(tenant, input))
