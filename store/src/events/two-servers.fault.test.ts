import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DDL_ANSWER_MS } from '@vestige/e2e/cluster/ddl-queue';
import { CLUSTER, startTwoServers, type TwoServers } from '@vestige/e2e/cluster/two-servers';
import { clickHouseStatus, migrateClickHouse } from '@vestige/migrations/clickhouse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ClickHouse, openClickHouse, SYSTEM_SPEAKER } from '../clickhouse/client.ts';
import { openTelemetryEraser } from './clickhouse-eraser.ts';
import { openEventStore } from './clickhouse-event-store.ts';
import { openTelemetryVerifier } from './clickhouse-verifier.ts';
import type { EventStore } from './event-store.ts';
import { SUBJECT_TABLES } from './subject-tables.ts';
import type { Residue } from './telemetry-eraser.ts';
import { filesHolding, formsOfSubject } from './testing/byte-search.ts';
import { newTenant, ns, rejectedSpan, tagged } from './testing/spans.ts';

/** Two servers that hold the same rows, with the statements of a cluster and the logins of a server of one's own. */

const DAY = 86_400;
const SPANS = 10;
let cluster: TwoServers;
let admin: ClickHouse;
let store: EventStore;
let eraser: ReturnType<typeof openTelemetryEraser>;
let verifier: ReturnType<typeof openTelemetryVerifier>;

beforeAll(async () => {
  cluster = await startTwoServers();
  admin = openClickHouse(cluster.url('admin'));
  store = openEventStore({ writeUrl: cluster.url('collector'), readUrl: cluster.url('api') });
  eraser = openTelemetryEraser({ url: cluster.url('eraser'), cluster: CLUSTER, waitMsMax: 30_000 });
  verifier = openTelemetryVerifier({ url: cluster.url('verifier'), cluster: CLUSTER });
});
afterAll(async () => {
  await Promise.all([admin, store, eraser, verifier].map((opened) => opened?.close()));
  await cluster?.stop();
});

const rows = <Row>(sql: string) => admin.rows<Row>(SYSTEM_SPEAKER, { name: 'test', sql }, {});

async function lives(tenant = newTenant(), subject = randomUUID(), neighbour = randomUUID()) {
  const spans = Array.from({ length: SPANS }, (_, index) => {
    const startNs = ns((index % 3) * 15 * DAY + index);
    const touches = [{ peer: 'store:sqlite:///crm.customers', action: 'write', rule: 'db.sql.insert' }] as const;
    return [tagged([subject], { startNs, touches }), tagged([neighbour], { startNs, touches })];
  }).flat();
  await store.append(tenant, { spans });
  await store.appendRejected(tenant, [rejectedSpan({ subjectIds: [subject] })]);
  return { tenant, subject, neighbour, spans };
}

/** How many files of each server hold the person. */
async function filesOf(subject: string): Promise<number[]> {
  const found = cluster.dataDirs.map(async (folder) => (await filesHolding(folder, formsOfSubject(subject))).length);
  return Promise.all(found);
}

async function until<T>(look: () => Promise<T>, done: (seen: T) => boolean, msMax = 30_000): Promise<T> {
  const deadline = performance.now() + msMax;
  for (;;) {
    const seen = await look();
    if (done(seen) || performance.now() > deadline) return seen;
    await sleep(200);
  }
}
const settled = (batch: string, doneAtS: number): Promise<Residue> =>
  until(
    () => verifier.residue(batch, doneAtS),
    ({ clean }) => clean,
  );

describe('on a cluster of two servers', () => {
  test('every migration was carried out on both, and once more changes nothing', async () => {
    const target = { url: cluster.url('admin'), cluster: CLUSTER };
    expect(await migrateClickHouse(target)).toEqual([]);
    expect((await clickHouseStatus(target)).every(({ appliedAt }) => appliedAt !== null)).toBe(true);
    const tables = await rows<{ name: string; servers: number }>(`
      SELECT name, uniqExact(tcpPort()) AS servers
      FROM clusterAllReplicas('${CLUSTER}', system, tables) WHERE database = 'vestige' GROUP BY name`);
    expect(tables.length).toBeGreaterThan(20);
    expect(tables.filter(({ servers }) => servers !== 2)).toEqual([]);
  });

  test('what is sent twice lies on both and is answered once, to its tenant alone', async () => {
    const { tenant, subject, spans } = await lives();
    await store.append(tenant, { spans });
    expect((await filesOf(subject)).every((files) => files > 0)).toBe(true);
    expect(await store.subjectSummary(tenant, [subject])).toMatchObject({ spans: SPANS });
    const needs = { traces: spans.map(({ span }) => span.traceId), jumps: [], linksTo: [], datasets: [] };
    const limits = { spansMax: 100, hitsPerKeyMax: 1 };
    expect((await store.facts(tenant, needs, limits)).spans).toHaveLength(2 * SPANS);
    expect((await store.facts(newTenant(), needs, limits)).spans).toHaveLength(0);
    expect(await store.subjectSummary(newTenant(), [subject])).toBeNull();
  });

  test('an erasure reaches both, each is counted by itself, and neither keeps a byte', async () => {
    const { tenant, subject, neighbour } = await lives();
    const batch = randomUUID();
    await eraser.enqueue(batch, tenant, [subject]);
    const { foundRows, doneAtS } = await eraser.erase(batch);
    expect(foundRows).toEqual({ touches: SPANS, rejected_spans: 1 });
    const { clean, checks, verifiedBy } = await settled(batch, doneAtS);
    expect({ clean, verifiedBy }).toEqual({ clean: true, verifiedBy: 'verifier' });
    for (const table of SUBJECT_TABLES) {
      expect(new Set(checks.filter((check) => check.table === table).map(({ replica }) => replica)).size).toBe(2);
    }
    await eraser.finish(batch);
    const gone = (files: readonly number[]) => files.every((count) => count === 0);
    expect(await until(() => filesOf(subject), gone)).toEqual([0, 0]);
    expect(await verifier.countSubject(tenant, [subject])).toBe(0);
    expect(await store.subjectSummary(tenant, [subject])).toBeNull();
    expect(await store.subjectSummary(tenant, [neighbour])).toMatchObject({ spans: SPANS });
    // Once for every server that has them.
    expect(await verifier.countSubject(tenant, [neighbour])).toBe(2 * SPANS);
  });

  test('what lies beside the parts of one server alone keeps the erasure from being verified', async () => {
    const { tenant, subject } = await lives();
    const batch = randomUUID();
    await eraser.enqueue(batch, tenant, [subject]);
    // Asked once: while a server holds it beside its parts, the answer depends on which of the two is asked.
    const partition = await partitionOf(tenant);
    await cluster.onServer(1, `ALTER TABLE vestige.touches_local DETACH PARTITION ID '${partition}'`);
    const { doneAtS } = await eraser.erase(batch);
    const residue = await verifier.residue(batch, doneAtS);
    expect(residue).toMatchObject({ clean: false, verifiedBy: null });
    const detached = residue.checks.filter(({ detachedParts }) => detachedParts > 0);
    expect(new Set(detached.map(({ replica }) => replica)).size).toBe(1);
    await cluster.onServer(1, `ALTER TABLE vestige.touches_local ATTACH PARTITION ID '${partition}'`);
    // The servers do not hold the same now: the first has nothing left, and emptying the queue would forget the other.
    expect(await verifier.countSubject(tenant, [subject])).toBeGreaterThan(0);
    await expect(eraser.finish(batch)).rejects.toMatchObject({ code: 'conflict' });
    expect((await settled(batch, (await eraser.erase(batch)).doneAtS)).clean).toBe(true);
    await eraser.finish(batch);
  });

  test('with one server down nothing is called verified; back again it is erased and counted there too', async () => {
    const { tenant, subject } = await lives();
    const batch = randomUUID();
    const unavailable = { code: 'store_unavailable' };
    await eraser.enqueue(batch, tenant, [subject]);
    await cluster.kill(1);
    cluster.ddl.answerWithin(3_000);
    await expect(eraser.erase(batch)).rejects.toMatchObject(unavailable);
    await expect(verifier.residue(batch, 0)).rejects.toMatchObject(unavailable);
    await expect(verifier.countSubject(tenant, [subject])).rejects.toMatchObject(unavailable);
    await expect(eraser.finish(batch)).rejects.toMatchObject(unavailable);
    await cluster.start(1);

    // Once more, in the middle of the work: the first server rewrites, the other learns of it when it is back.
    cluster.ddl.beforeNext(() => cluster.kill(1));
    await expect(eraser.erase(batch)).rejects.toMatchObject(unavailable);
    await expect(verifier.residue(batch, 0)).rejects.toMatchObject(unavailable);
    await cluster.start(1);
    cluster.ddl.answerWithin(DDL_ANSWER_MS);

    const { foundRows, doneAtS } = await eraser.erase(batch);
    expect(foundRows).toEqual({ touches: SPANS, rejected_spans: 1 });
    expect((await settled(batch, doneAtS)).clean).toBe(true);
    await eraser.finish(batch);
    const gone = (files: readonly number[]) => files.every((count) => count === 0);
    expect(await until(() => filesOf(subject), gone)).toEqual([0, 0]);
  });
});

/** One that holds rows of this tenant. */
async function partitionOf(tenant: number): Promise<string> {
  const sql = `SELECT min(_partition_id) AS id FROM vestige.touches_local WHERE tenant = ${tenant}`;
  return (await rows<{ id: string }>(sql))[0]?.id ?? '';
}
