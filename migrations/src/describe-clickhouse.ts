import { createClient } from '@clickhouse/client';
import type { Secret } from '@vestige/core/secret';

const TABLES = `
  SELECT formatQuery(create_table_query) AS statement
  FROM system.tables WHERE database = currentDatabase() ORDER BY name`;

/** The tables of the database of `url`, one `CREATE` each, in the engine's own words: what all files add up to. */
export async function describeClickHouse(url: Secret): Promise<string> {
  const client = createClient({ url: url.reveal() });
  try {
    const result = await client.query({ query: TABLES, format: 'JSONEachRow' });
    const rows = await result.json<{ statement: string }>();
    return rows.map(({ statement }) => `${statement.trim()};\n`).join('\n');
  } finally {
    await client.close();
  }
}
