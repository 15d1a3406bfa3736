import { send } from '../harness/http.ts';
import type { Site } from './site.ts';

/** What two catalogues say of one table: the first is believed, the second is a finding. */
export const CONTRADICTION = {
  alias: 'store:hive://metastore.example:9083/crm.people',
  believed: 'store:s3://lake-a.example/people',
} as const;

/** Two datasets that claim one name, as catalogues send them (OpenLineage symlinks). */
export async function sendContradiction({ stack }: Pick<Site, 'stack'>): Promise<void> {
  for (const lake of ['lake-a.example', 'lake-b.example']) {
    const identifiers = [{ namespace: 'hive://metastore.example:9083', name: 'crm.people', type: 'TABLE' }];
    const sent = await send(stack.collectorUrl, stack.adminKey.reveal(), {
      method: 'POST',
      path: '/api/v1/lineage',
      json: {
        eventTime: new Date().toISOString(),
        producer: 'https://example.com/catalogue',
        schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent',
        dataset: { namespace: `s3://${lake}`, name: 'people', facets: { symlinks: { identifiers } } },
      },
    });
    if (sent.status >= 300) throw new Error(`the collector answered ${sent.status}: ${sent.text}`);
  }
}
