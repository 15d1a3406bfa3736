-- Replaced by `run_datasets`. No release of Vestige wrote the old table, so there is nothing to carry over.
DROP TABLE IF EXISTS {{local:dataset_edges}} {{on_cluster}}
