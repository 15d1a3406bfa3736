import { createClient } from '@clickhouse/client';
import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, expect, test } from 'vitest';

let clickhouse: TestClickHouse;
beforeAll(async () => {
  clickhouse = await startTestClickHouse();
});
afterAll(() => clickhouse.stop());

const DAY = '2026-01-05';

interface OnDisk {
  readonly column: string;
  readonly codec: string;
  readonly plain: string;
  readonly stored: string;
}

/** Two thousand rows of one person, so that whatever is compressed at all shrinks to next to nothing. */
test('a part of the third day is compressed harder, but for the subjects in it, which a byte search must find', async () => {
  const client = createClient({ url: clickhouse.url('admin').reveal() });
  try {
    // Compact parts do not say what each column takes.
    await client.command({ query: 'ALTER TABLE touches MODIFY SETTING min_bytes_for_wide_part = 0' });
    await client.command({
      query: `INSERT INTO touches (tenant, subject_id, ts, trace_id, span_id, received_on)
        SELECT 1, 'subject-of-one!!', '${DAY} 10:00:00', 'trace-of-that-1!', leftPad(toString(number), 8, '0'), '${DAY}' FROM numbers(2000)`,
    });
    await client.command({ query: 'ALTER TABLE touches MATERIALIZE TTL SETTINGS mutations_sync = 2' });
    const answer = await client.query({
      query: `SELECT column, codec, column_data_uncompressed_bytes AS plain, column_data_compressed_bytes AS stored
        FROM system.parts_columns
        INNER JOIN (SELECT name, table, default_compression_codec AS codec FROM system.parts WHERE active) AS part
          USING (name, table)
        WHERE database = 'vestige' AND table = 'touches' AND active AND column IN ('subject_id', 'trace_id')
        ORDER BY column`,
      format: 'JSONEachRow',
    });
    const [subject, trace, ...more] = await answer.json<OnDisk>();
    expect(more).toEqual([]);
    expect([subject?.codec, trace?.codec]).toEqual(['ZSTD(1)', 'ZSTD(1)']);
    expect(Number(subject?.plain)).toBe(32_000);
    expect(Number(subject?.stored)).toBeGreaterThanOrEqual(32_000);
    expect(Number(trace?.stored)).toBeLessThan(1_000);
  } finally {
    await client.close();
  }
});
