-- cluster only
-- `service_days` over all shards: each shard sums up its own spans, so nothing is written through this table.
CREATE TABLE IF NOT EXISTS service_days {{on_cluster}} AS service_days_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'service_days_local', rand())
