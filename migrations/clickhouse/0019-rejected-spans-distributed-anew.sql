-- cluster only
-- Goes before the table under it; made again by 0022.
DROP TABLE IF EXISTS rejected_spans {{on_cluster}} SYNC
