-- cluster only
-- Goes before the table under it; made again by 0058.
DROP TABLE IF EXISTS links_in {{on_cluster}} SYNC
