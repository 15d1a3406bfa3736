-- cluster only
-- `dataset_edges_by_output` over all shards: the runs that wrote a dataset lie on one shard.
CREATE TABLE IF NOT EXISTS dataset_edges_by_output {{on_cluster}} AS dataset_edges_by_output_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'dataset_edges_by_output_local', cityHash64(tenant, output))
