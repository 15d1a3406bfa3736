-- Of each span 16 bits instead of 32: a row holds at most 8 KiB, however many spans lost something, and not 2.5 bytes for
-- each of them, which every answer merges. It counts up to 65,536 of a service, and fewer than there are the closer it comes
-- (docs/adr/0103-what-clocks-and-limits-hide.md). Changed in place: nothing that is inserted meanwhile is left out. No release
-- of Vestige wrote the wider ones.
ALTER TABLE service_days_of_cut_spans {{on_cluster}} MODIFY QUERY
SELECT
  tenant,
  toYYYYMMDD(ts) AS day,
  service,
  toString(instance) AS instance,
  max(ts) AS newest,
  max(received_on) AS received_on,
  bitmapBuild(groupArrayIf(toUInt32(bitAnd(cityHash64(trace_id, span_id), 0xffff)),
    mapContains(attrs, 'otel.dropped_links_count'))) AS cut_links,
  bitmapBuild(groupArrayIf(toUInt32(bitAnd(cityHash64(trace_id, span_id), 0xffff)),
    mapContains(attrs, 'otel.dropped_attributes_count'))) AS cut_attributes
FROM {{local:spans}}
WHERE mapContains(attrs, 'otel.dropped_links_count') OR mapContains(attrs, 'otel.dropped_attributes_count')
GROUP BY tenant, day, service, instance
