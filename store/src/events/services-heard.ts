import type { TenantId } from '@vestige/core/ids';
import type { ClickHouse } from '../clickhouse/client.ts';

/** Whoever gets so many may not have all. */
export const SERVICES_HEARD_MAX = 10_000;

/** From the summary of days alone: a name for each process and day. */
const SERVICES = `
SELECT replaceRegexpOne(toString(service), '^service:', '') AS name
FROM (
  SELECT DISTINCT service
  FROM service_days
  WHERE tenant = {tenant: UInt32}
)
ORDER BY name
LIMIT ${SERVICES_HEARD_MAX}`;

/** `{service}` of everybody who has sent spans, in order, the first {@link SERVICES_HEARD_MAX}. */
export async function servicesHeard(clickhouse: ClickHouse, tenant: TenantId): Promise<string[]> {
  const rows = await clickhouse.rows<{ name: string }>(
    tenant,
    { name: 'services heard of', sql: SERVICES },
    { tenant },
  );
  return rows.map(({ name }) => name);
}
