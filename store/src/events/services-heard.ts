import type { TenantId } from '@vestige/core/ids';
import type { ClickHouse } from '../clickhouse/client.ts';

const SERVICES_MAX = 10_000;

/** From the summary of days alone: a name for each process and day. */
const SERVICES = `
SELECT DISTINCT replaceRegexpOne(toString(service), '^service:', '') AS name
FROM service_days
WHERE tenant = {tenant: UInt32}
ORDER BY name
LIMIT ${SERVICES_MAX}`;

export async function servicesHeard(clickhouse: ClickHouse, tenant: TenantId): Promise<string[]> {
  const rows = await clickhouse.rows<{ name: string }>(
    tenant,
    { name: 'services heard of', sql: SERVICES },
    { tenant },
  );
  return rows.map(({ name }) => name);
}
