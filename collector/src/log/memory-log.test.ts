import { expect, test } from 'vitest';
import { aRecord, describeIngestLog } from './ingest-log-contract.ts';
import { openMemoryLog } from './memory-log.ts';

const nowMs = () => performance.now();

describeIngestLog('the log in memory', async (bounds) => openMemoryLog({ ...bounds, nowMs }));

test('an append whose record is given up fails, and its sender comes back', async () => {
  const log = openMemoryLog({ bytesMax: 1e6, tenantBytesMax: 1e6, nowMs });
  const appended = log.append(aRecord(1, 'a'));
  (await log.take({ spansMax: 1, bytesMax: 1, waitMs: 0 }))?.release();
  await expect(appended).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(log.backlog().records).toBe(0);
});

test('an append that waits when the log is closed fails', async () => {
  const log = openMemoryLog({ bytesMax: 1e6, tenantBytesMax: 1e6, nowMs });
  const appended = log.append(aRecord(1, 'a'));
  const refused = expect(appended).rejects.toMatchObject({ code: 'store_unavailable' });
  await log.close();
  await refused;
});
