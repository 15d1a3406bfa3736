import type { TenantId } from '@vestige/core/ids';
import type { CutSpans } from '@vestige/core/lineage/cut-words';
import type { ClickHouse } from '../clickhouse/client.ts';
import type { Window } from './event-store.ts';
import { daysOf } from './whole-days.ts';

/** By days, which are summed up beforehand (migration 0090): an answer about one person reads nobody's spans for this. */
const CUT_SPANS = `
SELECT
  replaceRegexpOne(toString(service), '^service:', '') AS service_name,
  groupBitmapMerge(cut_links) AS links,
  groupBitmapMerge(cut_attributes) AS attributes
FROM service_days
WHERE tenant = {tenant: UInt32} AND day >= {firstDay: UInt32} AND day <= {lastDay: UInt32}
GROUP BY service_name
HAVING links > 0 OR attributes > 0
ORDER BY service_name
LIMIT 10000`;

/** Spans on the days of the window that lost links or attributes before they were stored, by service: at least so many. */
export async function cutSpans(clickhouse: ClickHouse, tenant: TenantId, window: Window): Promise<CutSpans[]> {
  const { first, last } = daysOf(window);
  const rows = await clickhouse.rows<{ service_name: string; links: number; attributes: number }>(
    tenant,
    { name: 'cut spans', sql: CUT_SPANS },
    { tenant, firstDay: first, lastDay: last },
  );
  return rows.map(({ service_name, links, attributes }) => ({ service: service_name, links, attributes }));
}
