-- The spans that were there before the view. Once more changes nothing.
INSERT INTO service_days (tenant, day, service, instance, newest, seqs, spans_received, received_on)
SELECT
  tenant,
  toYYYYMMDD(ts) AS day,
  service,
  toString(instance) AS instance,
  max(ts),
  bitmapBuild(groupArrayIf(toUInt64(seq), seq >= 0)),
  count(),
  max(received_on)
FROM spans
GROUP BY tenant, day, service, instance
