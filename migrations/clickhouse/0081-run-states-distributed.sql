-- cluster only
ALTER TABLE run_datasets {{on_cluster}} ADD COLUMN IF NOT EXISTS
  state Enum8('' = 0, 'start' = 1, 'running' = 2, 'complete' = 3, 'fail' = 4, 'abort' = 5, 'other' = 6)
