-- What each OpenLineage event said of its run: a run that failed, or did not end yet, has dropped and emptied nothing, and only
-- START says when it began (docs/adr/0097-what-a-run-of-a-job-proves.md). '' for events stored before, and for those that do
-- not say.
ALTER TABLE {{local:run_datasets}} {{on_cluster}} ADD COLUMN IF NOT EXISTS
  state Enum8('' = 0, 'start' = 1, 'running' = 2, 'complete' = 3, 'fail' = 4, 'abort' = 5, 'other' = 6) CODEC(ZSTD(1))
