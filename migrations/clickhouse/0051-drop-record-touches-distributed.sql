-- cluster only
-- Goes before the table under it; made again by 0054.
DROP TABLE IF EXISTS record_touches {{on_cluster}} SYNC
