-- Spans that lost links or attributes at a limit before they came here: whom those named is not known, so an answer says how
-- many there are (docs/adr/0103-what-clocks-and-limits-hide.md). Of each span half a hash of its ids: a copy changes nothing,
-- and two spans that share it count as one, so that there are at least as many.
ALTER TABLE {{local:service_days}} {{on_cluster}}
  ADD COLUMN IF NOT EXISTS cut_links AggregateFunction(groupBitmap, UInt32) CODEC(ZSTD(1)),
  ADD COLUMN IF NOT EXISTS cut_attributes AggregateFunction(groupBitmap, UInt32) CODEC(ZSTD(1))
