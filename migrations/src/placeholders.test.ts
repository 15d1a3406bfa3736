import { describe, expect, test } from 'vitest';
import { CLICKHOUSE_FILES, readMigrations } from './files.ts';
import { fillPlaceholders } from './placeholders.ts';

const single = { database: 'vestige', cluster: null };
const cluster = { database: 'vestige', cluster: 'c1' };

describe('placeholders', () => {
  test.each([
    ['{{on_cluster}}', '', "ON CLUSTER 'c1'"],
    [
      '{{engine:MergeTree}}',
      'MergeTree',
      "ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')",
    ],
    [
      '{{engine:ReplacingMergeTree(v)}}',
      'ReplacingMergeTree(v)',
      "ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', v)",
    ],
    ['{{local:spans}}', 'spans', 'spans_local'],
    ['{{dedup_window:10}}', 'non_replicated_deduplication_window = 10', 'replicated_deduplication_window = 10'],
    ['{{database}}', 'vestige', 'vestige'],
  ])('%s is filled in for a single node and for a cluster', (text, one, many) => {
    expect(fillPlaceholders(text, single)).toBe(one);
    expect(fillPlaceholders(text, cluster)).toBe(many);
  });

  test.each(['{{unknown}}', '{{engine:Memory}}', '{{dedup_window:x}}', '{{local:a b}}', '{{cluster}}'])(
    '%s is refused on a single node',
    (text) => expect(() => fillPlaceholders(text, single)).toThrow('Placeholder'),
  );

  test('a cluster name cannot end the literal it is spliced into', () => {
    expect(() => fillPlaceholders('{{on_cluster}}', { database: 'v', cluster: "c' SYNC" })).toThrow('cluster name');
  });

  test('every file fills in completely in both deployments', async () => {
    for (const file of await readMigrations(CLICKHOUSE_FILES)) {
      expect(fillPlaceholders(file.sql, cluster), file.name).not.toMatch(/\{\{/);
      if (!file.clusterOnly) expect(fillPlaceholders(file.sql, single), file.name).not.toMatch(/\{\{/);
    }
  });
});
