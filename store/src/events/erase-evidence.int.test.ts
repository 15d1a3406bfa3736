import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantId } from '@vestige/core/ids';
import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ClickHouse, openClickHouse, SYSTEM_SPEAKER } from '../clickhouse/client.ts';
import { openTelemetryEraser } from './clickhouse-eraser.ts';
import { openEventStore } from './clickhouse-event-store.ts';
import { openTelemetryVerifier } from './clickhouse-verifier.ts';
import { newTenant, ns, tagged } from './testing/spans.ts';

let engine: TestClickHouse;
let as: Record<'admin' | 'eraser' | 'verifier', ClickHouse>;
let eraser: ReturnType<typeof openTelemetryEraser>;
let verifier: ReturnType<typeof openTelemetryVerifier>;
let store: ReturnType<typeof openEventStore>;
beforeAll(async () => {
  engine = await startTestClickHouse();
  const login = (role: 'admin' | 'eraser' | 'verifier') => openClickHouse(engine.url(role));
  as = { admin: login('admin'), eraser: login('eraser'), verifier: login('verifier') };
  eraser = openTelemetryEraser({ url: engine.url('eraser'), waitMsMax: 30_000 });
  verifier = openTelemetryVerifier({ url: engine.url('verifier') });
  store = openEventStore({ writeUrl: engine.url('collector'), readUrl: engine.url('api') });
});
afterAll(async () => {
  await Promise.all([...Object.values(as ?? {}), eraser, verifier, store].map((opened) => opened?.close()));
  await engine?.stop();
});

interface Evidence {
  readonly check_name: string;
  readonly chunk: number;
  readonly chunks: number;
  readonly found: number;
  readonly verified_by: string;
}
const evidence = (batch: string) =>
  as.admin.rows<Evidence>(
    SYSTEM_SPEAKER,
    {
      name: 'test',
      sql: `SELECT check_name, chunk, chunks, found, verified_by FROM erase_evidence WHERE batch = '${batch}'`,
    },
    {},
  );

async function erased(people: readonly string[], tenant: TenantId = newTenant()) {
  await store.append(tenant, { spans: people.slice(0, 500).map((person, n) => tagged([person], { startNs: ns(n) })) });
  const batch = randomUUID();
  await eraser.enqueue(batch, tenant, people);
  const { doneAtS } = await eraser.erase(batch);
  return { batch, doneAtS, tenant };
}

async function untilClean(batch: string, doneAtS: number) {
  for (const deadline = performance.now() + 20_000; ; await sleep(200)) {
    const residue = await verifier.residue(batch, doneAtS);
    if (residue.clean || performance.now() > deadline) return residue;
  }
}

describe('the evidence of an erasure', () => {
  test('has a row for every check of every table, counted by the verifier’s login', async () => {
    const { batch, doneAtS } = await erased([randomUUID()]);
    expect(await untilClean(batch, doneAtS)).toMatchObject({ clean: true, verifiedBy: 'verifier' });
    const rows = await evidence(batch);
    expect([...new Set(rows.map((row) => row.check_name))].sort()).toEqual([
      'detachedParts',
      'droppedTables',
      'inactiveParts',
      'maskedActiveParts',
      'openMutations',
      'patchParts',
      'raw_rows',
    ]);
    expect(new Set(rows.map((row) => row.verified_by))).toEqual(new Set(['verifier']));
    await eraser.finish(batch);
  });

  test('cannot be written by the login that erases, nor under another name', async () => {
    const row = `INSERT INTO erase_evidence (batch, done_at_s, table_name, replica, check_name, found) VALUES ('forged', 1, 'touches', 'x', 'raw_rows', 0)`;
    await expect(as.eraser.run(SYSTEM_SPEAKER, { name: 'test', sql: row }, {})).rejects.toMatchObject({
      facts: { type: 'ACCESS_DENIED' },
    });
    const named = row.replace('found)', 'found, verified_by)').replace('0)', `0, 'eraser')`);
    await expect(as.verifier.run(SYSTEM_SPEAKER, { name: 'test', sql: named }, {})).rejects.toThrow();
    expect(await evidence('forged')).toEqual([]);
  });

  test.each([
    'ALTER TABLE erase_evidence DELETE WHERE 1',
    'ALTER TABLE touches DELETE WHERE 1',
    'TRUNCATE TABLE erase_queue',
    'INSERT INTO erase_queue (batch) VALUES (1)',
    'DROP TABLE touches',
    'OPTIMIZE TABLE touches FINAL',
    'CREATE TABLE mine (a UInt8) ENGINE = Memory',
    'SYSTEM STOP MERGES touches',
  ])('is all that the verifier can write: %s is refused', async (sql) => {
    await expect(as.verifier.run(SYSTEM_SPEAKER, { name: 'test', sql }, {})).rejects.toMatchObject({
      facts: { type: 'ACCESS_DENIED' },
    });
  });

  test('of 25,000 people is counted in chunks, and a verification that died is not begun anew', async () => {
    const people = Array.from({ length: 25_000 }, () => randomUUID());
    const { batch, doneAtS, tenant } = await erased(people);
    // Evidence counts from the second after the rewrite on.
    await sleep(1_100);
    await untilClean(batch, doneAtS);
    const first = (await evidence(batch)).filter((row) => row.check_name === 'raw_rows');
    expect(new Set(first.map((row) => `${row.chunk} of ${row.chunks}`))).toEqual(
      new Set(['0 of 3', '1 of 3', '2 of 3']),
    );
    const second = openTelemetryVerifier({ url: engine.url('verifier') });
    expect(await second.residue(batch, doneAtS)).toMatchObject({ clean: true });
    await second.close();
    expect((await evidence(batch)).filter((row) => row.check_name === 'raw_rows')).toHaveLength(first.length);

    // A late row: the rewrite that removes it ends later, so nothing that was counted before speaks for it.
    await store.append(tenant, { spans: [tagged([people[0] ?? ''])] });
    const again = await eraser.erase(batch);
    expect(again.doneAtS).toBeGreaterThan(doneAtS);
    expect(await untilClean(batch, again.doneAtS)).toMatchObject({ clean: true });
    expect((await evidence(batch)).filter((row) => row.check_name === 'raw_rows').length).toBeGreaterThan(first.length);
    await eraser.finish(batch);
  });

  test('of batches that are ready together comes from one rewrite', async () => {
    const tenant = newTenant();
    const people = Array.from({ length: 5 }, () => randomUUID());
    await store.append(tenant, { spans: people.map((person, n) => tagged([person], { startNs: ns(n) })) });
    const batches = people.map(() => randomUUID());
    for (const [n, batch] of batches.entries()) await eraser.enqueue(batch, tenant, [people[n] ?? '']);
    const progress = await Promise.all(batches.map((batch) => eraser.erase(batch)));
    expect(progress.map(({ foundRows }) => foundRows['touches'])).toEqual([1, 1, 1, 1, 1]);
    const mutations = await as.admin.rows<{ command: string }>(
      SYSTEM_SPEAKER,
      { name: 'test', sql: `SELECT command FROM system.mutations WHERE table = 'touches'` },
      {},
    );
    const named = mutations.filter(({ command }) => batches.some((batch) => command.includes(batch)));
    expect(named.length).toBeLessThan(batches.length);
    for (const [n, batch] of batches.entries()) {
      expect(await untilClean(batch, progress[n]?.doneAtS ?? 0)).toMatchObject({ clean: true });
      await eraser.finish(batch);
    }
  });
});

describe('everybody in a table', () => {
  test('is told in pages, each person once, also where a mask hides the rows', async () => {
    const tenant = newTenant();
    const people = Array.from({ length: 25 }, () => randomUUID());
    for (const from of [0, 100])
      await store.append(tenant, { spans: people.map((person, n) => tagged([person], { startNs: ns(from + n) })) });
    await as.admin.run(
      SYSTEM_SPEAKER,
      {
        name: 'test',
        sql: `DELETE FROM touches WHERE tenant = ${tenant} AND subject_id = UUIDStringToNum('${people[3]}')`,
      },
      {},
    );
    const seen: string[] = [];
    for (let page: string[] = []; ; seen.push(...page)) {
      page = await verifier.subjectsIn(tenant, 'touches', seen.at(-1) ?? null, 10);
      if (page.length === 0) break;
      expect(page.length).toBeLessThanOrEqual(10);
    }
    expect(seen).toEqual([...people].sort());
    await as.admin.run(SYSTEM_SPEAKER, { name: 'test', sql: 'ALTER TABLE touches APPLY DELETED MASK' }, {});
  });
});
