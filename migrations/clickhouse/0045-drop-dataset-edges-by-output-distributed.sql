-- cluster only
-- Replaced by `run_datasets_by_node`.
DROP TABLE IF EXISTS dataset_edges_by_output {{on_cluster}}
