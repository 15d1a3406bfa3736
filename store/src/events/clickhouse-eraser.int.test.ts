import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ClickHouse, openClickHouse, SYSTEM_SPEAKER } from '../clickhouse/client.ts';
import { openTelemetryEraser } from './clickhouse-eraser.ts';
import { openEventStore } from './clickhouse-event-store.ts';
import { openTelemetryVerifier } from './clickhouse-verifier.ts';
import type { EventStore } from './event-store.ts';
import { SUBJECT_TABLES } from './subject-tables.ts';
import type { Residue } from './telemetry-eraser.ts';
import { filesHolding, formsOfSubject } from './testing/byte-search.ts';
import { newTenant, ns, rejectedSpan, tagged } from './testing/spans.ts';

const EVERYTHING = { fromUs: null, toUs: null, limit: 1000 };
const DAY = 86_400;

let engine: TestClickHouse;
let admin: ClickHouse;
let store: EventStore;
let eraser: ReturnType<typeof openTelemetryEraser>;
let verifier: ReturnType<typeof openTelemetryVerifier>;

beforeAll(async () => {
  engine = await startTestClickHouse();
  admin = openClickHouse(engine.url('admin'));
  store = openEventStore({ writeUrl: engine.url('collector'), readUrl: engine.url('api') });
  eraser = openTelemetryEraser({ url: engine.url('eraser'), waitMsMax: 30_000 });
  verifier = openTelemetryVerifier({ url: engine.url('verifier') });
});
afterAll(async () => {
  await Promise.all([admin, store, eraser, verifier].map((opened) => opened?.close()));
  await engine?.stop();
});

const run = (sql: string) => admin.run(SYSTEM_SPEAKER, { name: 'test', sql }, {});
const rows = <Row>(sql: string) => admin.rows<Row>(SYSTEM_SPEAKER, { name: 'test', sql }, {});

/** A person's ten touches over three days of two months, and a neighbour's beside each. */
async function lives(tenant = newTenant(), subject = randomUUID(), neighbour = randomUUID()) {
  const spans = Array.from({ length: 10 }, (_, index) => {
    const startNs = ns((index % 3) * 15 * DAY + index);
    const touches = [{ peer: 'store:sqlite:///crm.customers', action: 'write', rule: 'db.sql.insert' }] as const;
    return [tagged([subject], { startNs, touches }), tagged([neighbour], { startNs, touches })];
  }).flat();
  await store.append(tenant, { spans });
  return { tenant, subject, neighbour, spans };
}

const settled = (batch: string, doneAtS: number) =>
  until(
    () => verifier.residue(batch, doneAtS),
    (residue) => residue.clean,
  );

async function until<T>(look: () => Promise<T>, done: (seen: T) => boolean, msMax = 15_000): Promise<T> {
  const deadline = performance.now() + msMax;
  for (;;) {
    const seen = await look();
    if (done(seen) || performance.now() > deadline) return seen;
    await sleep(200);
  }
}

const sum = (residue: Residue, key: keyof Residue['checks'][number]) =>
  residue.checks.reduce((total, check) => total + Number(check[key]), 0);

describe('erasing a person from our own telemetry', () => {
  test('no byte of the subject id is left in the data folder, the neighbour keeps every row', async () => {
    const { tenant, subject, neighbour, spans } = await lives();
    const batch = randomUUID();
    // Without these two the search would prove nothing: it finds the id in live parts, and again in the queue.
    const before = await filesHolding(engine.dataDir, formsOfSubject(subject));
    expect(before.length).toBeGreaterThan(0);
    await eraser.enqueue(batch, tenant, [subject]);
    expect((await filesHolding(engine.dataDir, formsOfSubject(subject))).length).toBeGreaterThan(before.length);

    const { foundRows, doneAtS } = await eraser.erase(batch);
    expect(foundRows).toEqual({ touches: 10, rejected_spans: 0 });
    expect(await settled(batch, doneAtS)).toMatchObject({ clean: true, queueIntact: true });
    await eraser.finish(batch);

    expect(
      await until(
        () => filesHolding(engine.dataDir, formsOfSubject(subject)),
        (files) => files.length === 0,
      ),
    ).toEqual([]);
    expect(await verifier.countSubject(tenant, [subject])).toBe(0);
    expect(await store.subjectSummary(tenant, [subject])).toBeNull();
    expect(await store.subjectSummary(tenant, [neighbour])).toMatchObject({ spans: 10 });
    const facts = await store.facts(
      tenant,
      { traces: spans.map(({ span }) => span.traceId), jumps: [], linksTo: [], datasets: [] },
      { spansMax: 100, hitsPerKeyMax: 1 },
    );
    expect(facts.spans).toHaveLength(20);
  });

  test('a rejected span of hers goes whole, with its bytes, and those of others stay', async () => {
    const [tenant, subject, neighbour] = [newTenant(), randomUUID(), randomUUID()];
    await store.appendRejected(tenant, [
      rejectedSpan({ span: '{"startNs":"1"}', subjectIds: [neighbour, subject] }),
      rejectedSpan({ span: '{"startNs":"2"}', linkSubjectIds: [subject] }),
      rejectedSpan({ span: '{"startNs":"3"}', subjectIds: [neighbour] }),
      rejectedSpan({ span: '{"startNs":"4"}' }),
    ]);
    expect((await filesHolding(engine.dataDir, formsOfSubject(subject))).length).toBeGreaterThan(0);
    expect(await verifier.countSubject(tenant, [subject])).toBe(2);
    const batch = randomUUID();
    await eraser.enqueue(batch, tenant, [subject]);
    const { foundRows, doneAtS } = await eraser.erase(batch);
    expect(foundRows).toEqual({ touches: 0, rejected_spans: 2 });
    expect(await settled(batch, doneAtS)).toMatchObject({ clean: true });
    await eraser.finish(batch);
    const left = await until(
      () => filesHolding(engine.dataDir, formsOfSubject(subject)),
      (files) => files.length === 0,
    );
    expect(left).toEqual([]);
    expect(await verifier.countSubject(tenant, [subject])).toBe(0);
    expect(await verifier.countSubject(tenant, [neighbour])).toBe(1);
    expect(await store.gaps(tenant, { fromUs: null, toUs: null })).toMatchObject({ rejectedSpans: 2 });
  });

  test('a thousand subjects of several tenants are one rewrite', async () => {
    const tenants = [newTenant(), newTenant()];
    const people = Array.from({ length: 1000 }, () => randomUUID());
    const kept = randomUUID();
    for (const tenant of tenants) {
      await store.append(tenant, {
        spans: [...people, kept].map((person, second) => tagged([person], { startNs: ns(second) })),
      });
    }
    const batch = randomUUID();
    for (const tenant of tenants) await eraser.enqueue(batch, tenant, people);
    await eraser.enqueue(batch, tenants[0] ?? newTenant(), people);
    const { foundRows, doneAtS } = await eraser.erase(batch);
    expect(foundRows).toEqual({ touches: 2000, rejected_spans: 0 });
    expect((await settled(batch, doneAtS)).clean).toBe(true);
    await eraser.finish(batch);
    for (const tenant of tenants) expect(await store.subjectSummary(tenant, [kept])).toMatchObject({ spans: 1 });
    expect(await filesHolding(engine.dataDir, people.slice(0, 20).flatMap(formsOfSubject))).toEqual([]);
  });

  test('the same subject in another tenant is another person', async () => {
    const { tenant, subject } = await lives();
    const other = await lives(newTenant(), subject);
    const batch = randomUUID();
    await eraser.enqueue(batch, tenant, [subject]);
    await eraser.erase(batch);
    expect(await verifier.countSubject(tenant, [subject])).toBe(0);
    expect(await verifier.countSubject(other.tenant, [subject])).toBe(10);
    await eraser.finish(batch);
  });

  test('every step may run twice, also after the queue was emptied, and what was found stays known', async () => {
    const { tenant, subject } = await lives();
    const batch = randomUUID();
    for (let time = 0; time < 2; time++) await eraser.enqueue(batch, tenant, [subject]);
    for (let time = 0; time < 2; time++)
      expect(await eraser.erase(batch)).toMatchObject({ foundRows: { touches: 10, rejected_spans: 0 } });
    for (let time = 0; time < 2; time++) await eraser.finish(batch);
    expect(await eraser.erase(batch)).toMatchObject({ foundRows: { touches: 10, rejected_spans: 0 } });
  });

  test('an emptied batch can be filled again and erases again', async () => {
    const { tenant, subject } = await lives();
    const batch = randomUUID();
    for (let time = 0; time < 2; time++) {
      await eraser.enqueue(batch, tenant, [subject]);
      await eraser.erase(batch);
      expect(await verifier.countSubject(tenant, [subject])).toBe(0);
      await eraser.finish(batch);
      await lives(tenant, subject);
    }
  });

  test('a batch that nobody was queued under is refused', async () => {
    await expect(eraser.erase(randomUUID())).rejects.toMatchObject({ code: 'not_found' });
    await expect(eraser.erase("x' OR 1")).rejects.toMatchObject({ code: 'bad_request' });
  });

  test('no statement that the engine remembers names the subject', async () => {
    const { tenant, subject } = await lives();
    const batch = randomUUID();
    await eraser.enqueue(batch, tenant, [subject]);
    await eraser.erase(batch);
    const mutations = await rows<{ command: string }>('SELECT command FROM system.mutations');
    expect(mutations.some(({ command }) => command.includes(batch))).toBe(true);
    for (const form of formsOfSubject(subject)) {
      for (const { command } of mutations) expect(command.includes(form.toString('latin1'))).toBe(false);
    }
    await eraser.finish(batch);
  });
});

describe('the verifier is not fooled', () => {
  let tenant: ReturnType<typeof newTenant>;
  let subject: string;
  let batch: string;
  beforeEach(async () => {
    ({ tenant, subject } = await lives());
    batch = randomUUID();
    await eraser.enqueue(batch, tenant, [subject]);
  });

  test('by a rewrite that has not run', async () => {
    const residue = await verifier.residue(batch, Math.floor(Date.now() / 1000));
    expect(residue.clean).toBe(false);
    expect(sum(residue, 'rawRows')).toBe(10);
  });

  test('by a write that came after the rewrite, which a second erasure then removes', async () => {
    await eraser.erase(batch);
    await store.append(tenant, { spans: [tagged([subject])] });
    const late = await verifier.residue(batch, Math.floor(Date.now() / 1000));
    expect([late.clean, sum(late, 'rawRows')]).toEqual([false, 1]);
    await expect(eraser.finish(batch)).rejects.toMatchObject({
      code: 'conflict',
      facts: { table: 'touches', rows: 1 },
    });

    const { doneAtS } = await eraser.erase(batch);
    expect((await settled(batch, doneAtS)).clean).toBe(true);
    await eraser.finish(batch);
  });

  test('by a queue that was emptied before the rewrite', async () => {
    await eraser.erase(batch);
    await store.append(tenant, { spans: [tagged([subject])] });
    await run(`ALTER TABLE erase_queue DROP PARTITION '${batch}'`);
    const residue = await verifier.residue(batch, Math.floor(Date.now() / 1000));
    expect(sum(residue, 'rawRows')).toBe(0);
    expect([residue.clean, residue.queueIntact]).toEqual([false, false]);
    expect(await verifier.countSubject(tenant, [subject])).toBe(1);
  });

  test('by a queue that lost one of its subjects', async () => {
    const second = randomUUID();
    await eraser.enqueue(batch, tenant, [second]);
    await eraser.erase(batch);
    await run(`ALTER TABLE erase_queue DROP PARTITION '${batch}'`);
    await eraser.enqueue(batch, tenant, [second]);
    expect(await verifier.residue(batch, 0)).toMatchObject({ clean: false, queueIntact: false });
    await expect(eraser.erase(batch)).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  test('by a lightweight delete, which only masks rows', async () => {
    await run(`DELETE FROM touches WHERE tenant = ${tenant}`);
    expect(await store.subjectSummary(tenant, [subject])).toBeNull();
    expect(await verifier.countSubject(tenant, [subject])).toBe(10);
    const residue = await verifier.residue(batch, Math.floor(Date.now() / 1000));
    expect([residue.clean, sum(residue, 'rawRows')]).toEqual([false, 10]);
    expect(sum(residue, 'maskedActiveParts')).toBeGreaterThan(0);
    expect((await filesHolding(engine.dataDir, formsOfSubject(subject))).length).toBeGreaterThan(0);

    await run('ALTER TABLE touches APPLY DELETED MASK SETTINGS mutations_sync = 2');
    const { doneAtS } = await eraser.erase(batch);
    expect((await settled(batch, doneAtS)).clean).toBe(true);
  });

  test('by a partition that was detached, which could be attached again', async () => {
    const [partition] = await rows<{ id: string }>(
      `SELECT DISTINCT _partition_id AS id FROM touches WHERE tenant = ${tenant} AND subject_id = UUIDStringToNum('${subject}') LIMIT 1`,
    );
    await run(`ALTER TABLE touches DETACH PARTITION ID '${partition?.id}'`);
    const { doneAtS } = await eraser.erase(batch);
    const residue = await until(
      () => verifier.residue(batch, doneAtS),
      (seen) => sum(seen, 'inactiveParts') === 0,
    );
    expect([residue.clean, sum(residue, 'rawRows')]).toEqual([false, 0]);
    expect(sum(residue, 'detachedParts')).toBeGreaterThan(0);
    expect((await filesHolding(engine.dataDir, formsOfSubject(subject))).length).toBeGreaterThan(0);

    await run(`ALTER TABLE touches ATTACH PARTITION ID '${partition?.id}'`);
    const again = await eraser.erase(batch);
    expect((await settled(batch, again.doneAtS)).clean).toBe(true);
    await eraser.finish(batch);
    expect(await filesHolding(engine.dataDir, formsOfSubject(subject))).toEqual([]);
  });

  test('by a table that was dropped and not yet removed', async () => {
    await run('CREATE TABLE copy_of_touches ENGINE = MergeTree ORDER BY tenant AS SELECT * FROM touches');
    await run('DROP TABLE copy_of_touches');
    const residue = await verifier.residue(batch, 0);
    const gone = await until(
      () => verifier.residue(batch, 0),
      (seen) => sum(seen, 'droppedTables') === 0,
    );
    expect([residue.clean, sum(residue, 'droppedTables'), sum(gone, 'droppedTables')]).toEqual([
      false,
      SUBJECT_TABLES.length,
      0,
    ]);
  });
});

describe('who holds a subject', () => {
  /** `subject_id` and `subject_ids`; the name of a registered set (`subject_set`) is nobody. */
  const HOLDS_SUBJECTS = `database = 'vestige' AND name LIKE 'subject_id%'`;

  test('every table with a subject column is erased and counted', async () => {
    const tables = await rows<{ table: string }>(
      `SELECT DISTINCT table FROM system.columns WHERE ${HOLDS_SUBJECTS} ORDER BY table`,
    );
    expect(tables.map(({ table }) => table)).toEqual(['erase_queue', ...SUBJECT_TABLES].sort());
  });

  test('whatever holds a subject is stored uncompressed, so that a byte search of the folder means something', async () => {
    const codecs = await rows<{ codec: string }>(
      `SELECT compression_codec AS codec FROM system.columns WHERE ${HOLDS_SUBJECTS}`,
    );
    expect(codecs.map(({ codec }) => codec)).toEqual(['CODEC(NONE)', 'CODEC(NONE)', 'CODEC(NONE)']);
    const subject = randomUUID();
    await store.append(newTenant(), { spans: [tagged([subject])] });
    const files = await filesHolding(engine.dataDir, formsOfSubject(subject));
    expect(files.some((file) => file.endsWith('data.bin'))).toBe(true);
    expect(files.some((file) => file.endsWith('primary.idx'))).toBe(true);
    expect(files.every((file) => file.includes('/store/'))).toBe(true);
  });

  test('a subject is found in the files of `touches` and nowhere else', async () => {
    const subject = randomUUID();
    const tenant = newTenant();
    await store.append(tenant, { spans: [tagged([subject])] });
    await store.subjectTags(tenant, { ...EVERYTHING, subjectIds: [subject] });
    const [touches] = await rows<{ path: string }>(
      `SELECT arrayElement(data_paths, 1) AS path FROM system.tables WHERE database = 'vestige' AND name = 'touches'`,
    );
    for (const file of await filesHolding(engine.dataDir, formsOfSubject(subject)))
      expect(file).toContain(touches?.path);
  });
});
