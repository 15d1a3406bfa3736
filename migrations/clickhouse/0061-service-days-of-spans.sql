-- Fills `service_days`, whoever inserts spans. A view may do that here, unlike for tables of single rows: no insert of ours
-- is deduplicated (docs/adr/0013-no-deduplication-tokens.md), a block whose view fails is refused and sent again, and
-- sending it again changes nothing (docs/adr/0047-what-an-answer-may-read.md).
CREATE MATERIALIZED VIEW IF NOT EXISTS service_days_of_spans {{on_cluster}} TO {{local:service_days}} AS
SELECT
  tenant,
  toYYYYMMDD(ts) AS day,
  service,
  toString(instance) AS instance,
  max(ts) AS newest,
  bitmapBuild(groupArrayIf(toUInt64(seq), seq >= 0)) AS seqs,
  count() AS spans_received,
  max(received_on) AS received_on
FROM {{local:spans}}
GROUP BY tenant, day, service, instance
