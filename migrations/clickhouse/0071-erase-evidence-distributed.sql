-- cluster only
-- `erase_evidence` over all shards: small, and read as a whole, so all of a batch lies together.
CREATE TABLE IF NOT EXISTS erase_evidence {{on_cluster}} AS erase_evidence_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'erase_evidence_local', cityHash64(batch))
