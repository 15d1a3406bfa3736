import { readFile } from 'node:fs/promises';
import { createClient } from '@clickhouse/client';
import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { filesUnder } from '@vestige/e2e/harness/files-under';
import { afterAll, beforeAll, expect, test } from 'vitest';

let clickhouse: TestClickHouse;
beforeAll(async () => {
  clickhouse = await startTestClickHouse();
});
afterAll(() => clickhouse.stop());

const SUBJECT = 'd1a5c0de4b1d4f7e9a3b2c1d0e0f1a2b';
const DAY = '2026-01-05';

test('a part of the third day is compressed harder, and the subjects in it are still found by their bytes', async () => {
  const client = createClient({ url: clickhouse.url('admin').reveal(), database: 'vestige' });
  try {
    await client.command({
      query: `INSERT INTO touches (tenant, subject_id, ts, trace_id, span_id, received_on)
        SELECT 1, unhex({subject:String}), '${DAY} 10:00:00', unhex(hex(number)), 'spanspan', '${DAY}' FROM numbers(2000)`,
      query_params: { subject: SUBJECT },
    });
    await client.command({ query: 'OPTIMIZE TABLE touches FINAL' });
    const parts = await client.query({
      query: `SELECT default_compression_codec AS codec FROM system.parts
        WHERE database = 'vestige' AND table = 'touches' AND active`,
      format: 'JSONEachRow',
    });
    expect(await parts.json()).toEqual([{ codec: 'ZSTD(1)' }]);
    expect(await filesWith(clickhouse.dataDir, Buffer.from(SUBJECT, 'hex'))).not.toEqual([]);
  } finally {
    await client.close();
  }
});

async function filesWith(dir: string, bytes: Buffer): Promise<string[]> {
  const found: string[] = [];
  for (const path of (await filesUnder(dir)).filter((each) => each.endsWith('.bin'))) {
    if ((await readFile(path).catch(() => Buffer.alloc(0))).includes(bytes)) found.push(path);
  }
  return found;
}
