-- cluster only
-- `run_datasets` over all shards: what the events of a run say lies on one shard.
CREATE TABLE IF NOT EXISTS run_datasets {{on_cluster}} AS run_datasets_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'run_datasets_local', cityHash64(tenant, run_id))
