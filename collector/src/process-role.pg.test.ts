import { randomBytes } from 'node:crypto';
import { subjectToken } from '@vestige/core/identity/token';
import { Secret } from '@vestige/core/secret';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningCollector, startRunningCollector } from './testing/running-collector.ts';

/**
 * A whole collector under the role that it has in production (migrations/postgres/0104-process-roles.sql). A table it comes
 * to need and was not granted shows here, and nowhere on the embedded engine, which has one role for everything.
 */

let collector: RunningCollector;
beforeAll(async () => {
  collector = await startRunningCollector({}, true);
});
afterAll(() => collector?.close());

const post = (path: string, json: unknown) =>
  fetch(`${collector.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${collector.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(json),
  });

test('takes spans, batch jobs and names as the role of its process, and is refused nothing', async () => {
  const key = { tenant: 'acme', kid: 'k1', key: new Secret(new Uint8Array(randomBytes(32))) };
  const token = subjectToken(key, 'email', 'nora.quist@example.com');
  const text = (stringValue: string) => ({ stringValue });
  const startNs = BigInt(Date.now()) * 1_000_000n;
  const span = {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    name: 'write',
    kind: 3,
    startTimeUnixNano: String(startNs),
    endTimeUnixNano: String(startNs + 1_000_000n),
    attributes: [
      { key: 'vestige.subject.tokens', value: { arrayValue: { values: [text(token)] } } },
      { key: 'vestige.flow.action', value: text('write') },
      { key: 'vestige.flow.peer', value: text('store:sqlite:crm.db/main.people') },
    ],
  };
  const traces = await post('/v1/traces', { resourceSpans: [{ resource: {}, scopeSpans: [{ spans: [span] }] }] });
  expect(traces.status).toBe(200);
  const [known] = await collector.deps.aliases.find(collector.tenant.id, [token]);
  const tags = await collector.deps.events.subjectTags(collector.tenant.id, {
    fromUs: null,
    toUs: null,
    subjectIds: [known?.subjectId ?? ''],
    limit: 10,
  });
  expect(tags.rows).toHaveLength(1);

  // Two datasets that claim one name: the first is believed, the second is a finding.
  for (const name of ['one', 'two']) {
    const identifiers = [{ namespace: 'hive://acme:9083', name: 'db.people', type: 'TABLE' }];
    const told = await post('/api/v1/lineage', {
      eventTime: new Date().toISOString(),
      producer: 'https://example.com/catalogue',
      schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent',
      dataset: { namespace: 's3://acme-lake', name, facets: { symlinks: { identifiers } } },
    });
    expect(told.status).toBeLessThan(300);
  }
  expect((await collector.findings(collector.tenant.id)).map(({ type }) => type)).toEqual(['node_alias.conflict']);
  expect(collector.logged()).not.toContain('42501');
});
