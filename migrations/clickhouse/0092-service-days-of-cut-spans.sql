-- Fills the columns of 0090, beside `service_days_of_spans` (0061): spans that were stored before did not keep what was cut
-- off them, so there is nothing to fill in for them.
CREATE MATERIALIZED VIEW IF NOT EXISTS service_days_of_cut_spans {{on_cluster}} TO {{local:service_days}} AS
SELECT
  tenant,
  toYYYYMMDD(ts) AS day,
  service,
  toString(instance) AS instance,
  max(ts) AS newest,
  max(received_on) AS received_on,
  bitmapBuild(groupArrayIf(toUInt32(bitAnd(cityHash64(trace_id, span_id), 0xffffffff)),
    mapContains(attrs, 'otel.dropped_links_count'))) AS cut_links,
  bitmapBuild(groupArrayIf(toUInt32(bitAnd(cityHash64(trace_id, span_id), 0xffffffff)),
    mapContains(attrs, 'otel.dropped_attributes_count'))) AS cut_attributes
FROM {{local:spans}}
WHERE mapContains(attrs, 'otel.dropped_links_count') OR mapContains(attrs, 'otel.dropped_attributes_count')
GROUP BY tenant, day, service, instance
