-- cluster only
-- Replaced by `run_datasets`, which keeps what edges lost: the start of a run, and sides told by different events.
DROP TABLE IF EXISTS dataset_edges {{on_cluster}}
