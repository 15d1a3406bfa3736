import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DiskLog, type DiskLogOptions, openDiskLog } from './disk-log.ts';
import { aRecord, describeIngestLog, tenantOf, textsOf } from './ingest-log-contract.ts';
import type { LogReport } from './log-report.ts';

const MIB = 1024 * 1024;
const ALL = { spansMax: 1_000_000, bytesMax: 1024 * MIB, waitMs: 0 };

let folder: string;
let reports: LogReport[];
let open: DiskLog[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vestige-log-'));
  reports = [];
  open = [];
});
afterEach(async () => {
  for (const log of open) await log.close();
  await rm(folder, { recursive: true });
});

async function openLog(more: Partial<DiskLogOptions> = {}): Promise<DiskLog> {
  const log = await openDiskLog({
    folder,
    bytesMax: 64 * MIB,
    tenantBytesMax: 48 * MIB,
    segmentBytes: MIB,
    memoryBytesMax: MIB,
    nowMs: () => performance.now(),
    wallMs: () => Date.now(),
    report: (event) => reports.push(event),
    ...more,
  });
  open.push(log);
  return log;
}
const segments = async () => (await readdir(folder)).filter((name) => name.endsWith('.log')).sort();
const taken = async (log: DiskLog, limits = ALL) => (await log.take(limits)) ?? expect.fail('the log is closed');
const offered = async (log: DiskLog) => textsOf((await taken(log)).payloads);

describeIngestLog('the log on disk', (bounds) => openLog(bounds));
describeIngestLog('the log on disk with nothing in memory', (bounds) => openLog({ ...bounds, memoryBytesMax: 0 }));

describe('after a restart', () => {
  test('everything that was not done is offered again, in its order, with its tenants named', async () => {
    const first = await openLog();
    await first.append(aRecord(1, 'a', 2));
    await first.append(aRecord(2, 'b'));
    await first.append(aRecord(1, 'c'));
    await first.close();
    const second = await openLog();
    expect(second.backlog()).toMatchObject({ records: 3, spans: 4 });
    expect([...second.recovered]).toEqual([1, 2]);
    expect((await offered(second)).filter((text) => text.startsWith('1'))).toEqual(['1 a', '1 c']);
    expect(reports).toEqual([{ kind: 'recovered', segments: 1, records: 3, spans: 4 }]);
  });

  test('the age of a record counts from its append, and a clock that was set back makes none negative', async () => {
    const first = await openLog({ wallMs: () => 1_000_000 });
    await first.append(aRecord(1, 'a'));
    await first.close();
    const second = await openLog({ wallMs: () => 1_060_000 });
    expect(second.backlog().ageMs).toBeGreaterThanOrEqual(60_000);
    await second.close();
    expect((await openLog({ wallMs: () => 5 })).backlog().ageMs).toBeLessThan(60_000);
  });

  test('what was let in before the log was closed is there, and what came later was refused', async () => {
    const first = await openLog();
    const outcomes: string[] = [];
    const append = (text: string) =>
      first.append(aRecord(1, text)).then(
        () => outcomes.push(`1 ${text}`),
        () => {},
      );
    const appends = ['a', 'b', 'c', 'd'].map(append);
    const closing = first.close();
    await Promise.all([...appends, append('late'), closing]);
    expect(outcomes).not.toContain('1 late');
    expect(await offered(await openLog())).toEqual(outcomes);
    expect(outcomes).toHaveLength(4);
  });

  test('a file without anything whole is removed', async () => {
    await writeFile(join(folder, '0000000007.log'), Buffer.alloc(11));
    await openLog();
    expect(await segments()).toEqual([]);
  });
});

describe('files', () => {
  test('nothing is left when everything is done and nobody sends', async () => {
    const log = await openLog();
    await log.append(aRecord(1, 'a'));
    expect(await segments()).toHaveLength(1);
    await (await taken(log)).done();
    await expect.poll(segments).toEqual([]);
  });

  test('one is ended at its size and removed as soon as all of it is done', async () => {
    const log = await openLog({ segmentBytes: 4096 });
    const text = 'x'.repeat(3000);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await log.append(aRecord(1, `${name}${text}`));
    expect(await segments()).toHaveLength(3);
    const first = await taken(log, { ...ALL, bytesMax: 7000 });
    await first.done();
    expect(await segments()).toHaveLength(2);
    await (await taken(log)).done();
    await expect.poll(segments).toEqual([]);
  });

  test('drained is said when no byte of the tenant is left, while others go on', async () => {
    const log = await openLog();
    await log.append(aRecord(1, 'maria'));
    await (await taken(log)).done();
    await log.append(aRecord(2, 'next'));
    const held = await taken(log);
    const drained = log.drained(tenantOf(1));
    await held.done();
    await drained;
    for (const name of await segments()) {
      expect(await readFile(join(folder, name), 'latin1')).not.toContain('maria');
    }
  });

  test('are readable by their owner alone', async () => {
    const log = await openLog();
    await log.append(aRecord(1, 'a'));
    const { stat } = await import('node:fs/promises');
    expect((await stat(join(folder, (await segments())[0] ?? ''))).mode & 0o077).toBe(0);
  });
});

describe('group commit', () => {
  test('appends that wait at the same time share an fsync', async () => {
    let syncs = 0;
    const log = await openLog({ onSynced: () => (syncs += 1) });
    await Promise.all(Array.from({ length: 200 }, (_, i) => log.append(aRecord(1 + (i % 3), `r${i}`))));
    expect(syncs).toBeLessThan(20);
    expect(await offered(log)).toHaveLength(200);
  });
});

describe('damage', () => {
  const flipped = async (name: string, find: string): Promise<void> => {
    const bytes = await readFile(join(folder, name));
    const at = bytes.indexOf(find);
    bytes[at] = (bytes[at] ?? 0) ^ 0x20;
    await writeFile(join(folder, name), bytes);
  };

  test('before an acknowledged record is told with the file, kept aside, and costs no other record', async () => {
    const first = await openLog();
    for (const text of ['before', 'victim', 'after']) await first.append(aRecord(1, text));
    await first.close();
    const [name = ''] = await segments();
    await flipped(name, 'victim');
    const second = await openLog();
    expect(await offered(second)).toEqual(['1 before', '1 after']);
    const told = reports.filter((event) => event.kind === 'damaged');
    expect(told).toMatchObject([{ file: join(folder, name), keptAs: expect.stringContaining('aside') }]);
    expect(await readFile(told[0]?.keptAs ?? '', 'latin1')).toContain('Victim');
  });

  test('of a frame’s head costs that frame alone', async () => {
    const first = await openLog();
    for (const text of ['before', 'victim', 'after']) await first.append(aRecord(1, text));
    await first.close();
    const [name = ''] = await segments();
    const bytes = await readFile(join(folder, name));
    const head = bytes.indexOf('1 victim') - 16 - 28 + 9;
    bytes[head] = (bytes[head] ?? 0) ^ 1;
    await writeFile(join(folder, name), bytes);
    expect(await offered(await openLog())).toEqual(['1 before', '1 after']);
    expect(reports.filter((event) => event.kind === 'damaged')).toHaveLength(1);
  });

  test('that comes while the record waits on the disk is found when it is drained', async () => {
    const log = await openLog({ memoryBytesMax: 0 });
    await log.append(aRecord(1, 'fine'));
    await log.append(aRecord(1, 'victim'));
    await flipped((await segments())[0] ?? '', 'victim');
    const block = await taken(log);
    expect(textsOf(block.payloads)).toEqual(['1 fine']);
    expect(reports).toMatchObject([{ kind: 'damaged', keptAs: expect.stringContaining('aside') }]);
    await block.done();
    await expect.poll(segments).toEqual([]);
  });
});

describe('two collectors on one folder', () => {
  test('the second is told in one sentence whose it is', async () => {
    await openLog();
    await expect(openLog()).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/in use by another collector \(pid \d+\).*VESTIGE_COLLECTOR_LOG_DIR/),
    });
  });

  test('a closed log lets go of it', async () => {
    await (await openLog()).close();
    await openLog();
  });
});
