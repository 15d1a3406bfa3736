-- A trace is looked up in every daily partition, and in each of them the primary key picks the granule where its id would
-- lie, whether it does or not: fifty traces read fifty times 1024 rows a day. The filter keeps that to
-- days that have the trace. A granule is read if any of the traces that are asked for may be in it, so a filter that errs
-- once in a hundred lets a third of them through when forty are asked for: this one errs once in a hundred thousand. One
-- entry a trace and granule: about 300 bytes for 1024 spans.
ALTER TABLE {{local:spans}} {{on_cluster}} ADD INDEX IF NOT EXISTS by_trace trace_id TYPE bloom_filter(0.00001) GRANULARITY 1
