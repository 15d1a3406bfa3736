-- cluster only
ALTER TABLE service_days {{on_cluster}}
  ADD COLUMN IF NOT EXISTS cut_links AggregateFunction(groupBitmap, UInt32) CODEC(ZSTD(1)),
  ADD COLUMN IF NOT EXISTS cut_attributes AggregateFunction(groupBitmap, UInt32) CODEC(ZSTD(1))
