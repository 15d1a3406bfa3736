-- cluster only
-- `run_datasets_by_node` over all shards: the runs of a dataset lie on one shard.
CREATE TABLE IF NOT EXISTS run_datasets_by_node {{on_cluster}} AS run_datasets_by_node_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'run_datasets_by_node_local', cityHash64(tenant, node))
