-- Made again by 0057 with finer granules, which cannot be changed in place. No release of Vestige wrote the old table.
DROP TABLE IF EXISTS {{local:links_in}} {{on_cluster}} SYNC
