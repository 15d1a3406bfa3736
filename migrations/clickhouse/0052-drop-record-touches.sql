-- Made again by 0053 with finer granules, which cannot be changed in place. No release of Vestige wrote the old table.
DROP TABLE IF EXISTS {{local:record_touches}} {{on_cluster}} SYNC
