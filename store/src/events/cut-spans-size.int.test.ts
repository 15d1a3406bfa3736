import { startTestClickHouse } from '@vestige/e2e/harness/engines';
import { expect, test } from 'vitest';
import { openClickHouse } from '../clickhouse/client.ts';
import { openEventStore } from './clickhouse-event-store.ts';
import { newTenant, untagged } from './testing/spans.ts';

test('what is kept of spans that were cut has an end, however many there are: sixteen bits of each', async () => {
  const engine = await startTestClickHouse();
  const store = openEventStore({ writeUrl: engine.url('collector'), readUrl: engine.url('api') });
  const reader = openClickHouse(engine.url('api'));
  try {
    const tenant = newTenant();
    const attrs = { 'otel.dropped_links_count': '1', 'otel.dropped_attributes_count': '1' };
    await store.append(tenant, { spans: Array.from({ length: 20 }, () => untagged({ attrs })) });
    const sql = `
      SELECT length(by_links) AS kept, arrayMax(by_links) AS links, arrayMax(by_attributes) AS attributes
      FROM (
        SELECT
          bitmapToArray(groupBitmapMergeState(cut_links)) AS by_links,
          bitmapToArray(groupBitmapMergeState(cut_attributes)) AS by_attributes
        FROM service_days
        WHERE tenant = {tenant: UInt32}
      )`;
    const [largest] = await reader.rows<Record<'kept' | 'links' | 'attributes', number>>(
      tenant,
      { name: 'what is kept of cut spans', sql },
      { tenant },
    );
    expect(largest?.kept).toBeGreaterThan(10);
    expect(largest?.links).toBeLessThan(2 ** 16);
    expect(largest?.attributes).toBeLessThan(2 ** 16);
  } finally {
    await reader.close();
    await store.close();
    await engine.stop();
  }
});
