import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantId } from '@vestige/core/ids';
import { openClickHouse, SYSTEM_SPEAKER } from '@vestige/store/clickhouse/client';
import { postgresErasureWatchStore } from '@vestige/store/control/postgres-erasure-watch-store';
import { attachFrozen } from '@vestige/store/events/testing/attach-frozen';
import { tagged } from '@vestige/store/events/testing/spans';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { lookOnce } from '../requests/workflow.ts';
import type { TestApi } from '../testing/open-test-api.ts';
import { CANARY_EVERY_MS, CANARY_STALE_MS, canaryAge, canaryStep } from './canary.ts';
import type { MonitorDeps, Monitored } from './deps.ts';
import { lookAround } from './monitor.ts';
import { SCAN_EVERY_MS, scanStep } from './residue-scan.ts';
import { retentionStep } from './retention-step.ts';
import { type MonitoredApi, openMonitoredApi } from './testing/monitored-api.ts';

const DAY_MS = 86_400_000;
let under: MonitoredApi;
let api: TestApi;
let deps: MonitorDeps;
let monitored: Monitored;
/** What the processes under test believe the time is. */
let now: Date;

beforeAll(async () => {
  under = await openMonitoredApi('monitored');
  api = under.api;
});
afterAll(() => under?.close());

beforeEach(async () => {
  const tenant = await under.newTenant();
  now = new Date();
  deps = { ...api.deps, erasureWatch: postgresErasureWatchStore(under.db), now: () => now };
  monitored = { deps, tenant };
});
const tenantId = (): TenantId => monitored.tenant.id;

const newToken = () => `ps1.k1.${randomBytes(16).toString('base64url')}`;
const store = (subjectId: string) => deps.events.append(tenantId(), { spans: [tagged([subjectId])] });
const rowsOf = (subjectId: string) => deps.verifier.countSubject(tenantId(), [subjectId]);
const findings = (type: string) => api.deps.findings.findings(tenantId(), { type, after: null, limit: 10 });

async function person() {
  const token = newToken();
  const [subjectId = ''] = await deps.aliases.resolve(tenantId(), [{ token, atMs: now.getTime() }]);
  await store(subjectId);
  return { token, subjectId };
}

/** As an erasure leaves it. */
async function erase(subjectId: string, requestId: string = randomUUID()) {
  await deps.aliases.suppress(tenantId(), [subjectId], now.getTime() + 1, requestId);
  const batch = randomUUID();
  await deps.eraser.enqueue(batch, tenantId(), [subjectId]);
  await deps.eraser.erase(batch);
  await deps.eraser.finish(batch);
  await deps.aliases.forget(tenantId(), [subjectId]);
  return requestId;
}

async function call(method: string, path: string, json?: unknown): Promise<{ id: string; hash: string }> {
  const bearer = await api.bearer(monitored.tenant);
  const answer = await api.app.request(path, {
    method,
    headers: { authorization: `Bearer ${bearer}`, 'vestige-purpose': 'test', 'content-type': 'application/json' },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const body = (await answer.json()) as { id: string; hash: string };
  if (!answer.ok) throw new Error(`${path}: ${JSON.stringify(body)}`);
  return body;
}

/** A request about her, from the first word to the certificate. */
async function completedErasure(token: string): Promise<string> {
  await call('PUT', '/v1/request-policy', {
    singleKeyApproval: true,
    timeZone: 'UTC',
    holidays: null,
    packageDays: 30,
  });
  const { id } = await call('POST', '/v1/requests', {
    type: 'erasure',
    receivedAt: new Date().toISOString(),
    tokens: [token],
  });
  await completed(id);
  return id;
}

/** Identified, planned, approved and worked on until it has ended. */
async function completed(id: string): Promise<void> {
  await call('POST', `/v1/requests/${id}/identity`, { result: 'verified', method: 'account_login', assurance: 'high' });
  await call('POST', `/v1/requests/${id}/plan`);
  const { hash } = await call('GET', `/v1/requests/${id}/plan`);
  await call('POST', `/v1/requests/${id}/approve`, { planHash: hash });
  const isOver = async () => /completed/.test((await deps.requests.request(tenantId(), id))?.state ?? '');
  for (let round = 0; round < 100 && !(await isOver()); round++) {
    await lookOnce(api.deps, { intervalMs: 20 }, `test-${randomUUID()}`);
    await sleep(50);
  }
}

const partitionOf = async (subjectId: string): Promise<string> => {
  const clickhouse = openClickHouse(under.engine.url('admin'));
  const sql = `SELECT DISTINCT _partition_id AS id FROM touches WHERE subject_id = UUIDStringToNum('${subjectId}')`;
  const [row] = await clickhouse
    .rows<{ id: string }>(SYSTEM_SPEAKER, { name: 'test', sql }, {})
    .finally(() => clickhouse.close());
  return row?.id ?? '';
};

async function wholeScan(pageSize?: number): Promise<number> {
  for (let pages = 1; ; pages++) {
    const step = await scanStep(monitored, pageSize === undefined ? {} : { pageSize });
    if (step === null || step === 'ended') return pages;
  }
}

describe('the daily scan', () => {
  test('finds who came back with a restored part, erases them again, and says to which erasure they belong', async () => {
    const [her, him] = [await person(), await person()];
    const partition = await partitionOf(her.subjectId);
    await under.admin(`ALTER TABLE touches FREEZE PARTITION ID '${partition}' WITH NAME 'before'`);
    const requestId = await erase(her.subjectId);
    // The backup of before the erasure is restored.
    await attachFrozen(under.engine, 'before', 'touches');
    expect(await rowsOf(her.subjectId)).toBe(1);

    await wholeScan();
    expect(await rowsOf(her.subjectId)).toBe(0);
    expect(await rowsOf(him.subjectId)).toBeGreaterThan(0);
    expect(await findings('erasure.resurfaced')).toMatchObject([{ details: { requestId, rows: 1 } }]);
    const [scan] = await deps.erasureWatch.scans(tenantId(), 1);
    expect(scan).toMatchObject({ resurfaced: { [requestId]: 1 }, unknown: 0 });
  });

  test('finds a row that was written late, past the suppression', async () => {
    const { subjectId } = await person();
    const requestId = await erase(subjectId);
    await store(subjectId);
    await wholeScan();
    expect(await rowsOf(subjectId)).toBe(0);
    expect(await findings('erasure.resurfaced')).toMatchObject([{ details: { requestId, rows: 1 } }]);
  });

  test('tells of who came back although the process died between erasing them and noting it', async () => {
    const { subjectId } = await person();
    const requestId = await erase(subjectId);
    await store(subjectId);
    let isErased = false;
    const watch = postgresErasureWatchStore(under.db);
    const unlessKilled = <T>(work: () => Promise<T>): Promise<T> => {
      if (isErased) throw new Error('killed');
      return work();
    };
    const dying: Monitored = {
      ...monitored,
      deps: {
        ...deps,
        eraser: {
          ...deps.eraser,
          async finish(batch) {
            await deps.eraser.finish(batch);
            isErased = true;
          },
        },
        erasureWatch: {
          ...watch,
          noteScan: (of, scan) => unlessKilled(() => watch.noteScan(of, scan)),
          endScan: (of, scan, at) => unlessKilled(() => watch.endScan(of, scan, at)),
        },
      },
    };
    await expect(async () => {
      while ((await scanStep(dying)) !== 'ended');
    }).rejects.toThrow('killed');
    expect(await rowsOf(subjectId)).toBe(0);
    await wholeScan();
    expect(await findings('erasure.resurfaced')).toMatchObject([{ details: { requestId, rows: 1 } }]);
  });

  test('leaves the living alone, and those whose erasure is under way', async () => {
    const [living, leaving] = [await person(), await person()];
    await deps.aliases.suppress(tenantId(), [leaving.subjectId], now.getTime(), randomUUID());
    await wholeScan();
    expect([await rowsOf(living.subjectId), await rowsOf(leaving.subjectId)]).toEqual([1, 1]);
    expect(await findings('erasure.resurfaced')).toEqual([]);
  });

  test('names how many people nobody leads to, and erases none of them', async () => {
    const stranger = randomUUID();
    await store(stranger);
    await wholeScan();
    expect(await rowsOf(stranger)).toBe(1);
    expect(await findings('erasure.unknown_people')).toMatchObject([{ details: { people: 1 } }]);
  });

  test('goes on where it was when the process died, reads everybody once and runs once a day', async () => {
    const people = [];
    for (let n = 0; n < 7; n++) people.push(await person());
    const first = await scanStep(monitored, { pageSize: 3 });
    expect(first).toMatchObject({ seen: 3, table: 'touches' });
    // Another process, with nothing but the database.
    const other: Monitored = { ...monitored, deps: { ...deps, erasureWatch: postgresErasureWatchStore(under.db) } };
    const second = await scanStep(other, { pageSize: 3 });
    expect(second).toMatchObject({ seen: 6 });
    await wholeScan(3);
    expect(await deps.erasureWatch.scans(tenantId(), 2)).toMatchObject([{ seen: 7 }]);
    expect(await scanStep(monitored)).toBeNull();
    now = new Date(now.getTime() + SCAN_EVERY_MS + 1);
    expect(await scanStep(monitored)).not.toBeNull();
  });
});

describe('the looks after an erasure', () => {
  test('are due after a day, a week, a month and when the longest backup is gone, and a scan answers those that are due', async () => {
    for (const [id, backupRetentionDays] of [
      ['store:sqlite:a.db/main.p', 20],
      ['store:sqlite:b.db/main.p', 90],
    ] as const) {
      await api.deps.registry.putStore(
        tenantId(),
        {
          id,
          title: id,
          partyId: null,
          connector: null,
          retentionDays: null,
          backupRetentionDays,
          identifierTypes: [],
        },
        { type: 'store.put', actor: 'test', object: { kind: 'store', id } },
      );
    }
    const requestId = await erase((await person()).subjectId);
    const looks = await deps.erasureWatch.rechecks(tenantId(), requestId);
    const days = looks.map(({ after, dueAt }) => [after, Math.round((dueAt.getTime() - now.getTime()) / DAY_MS)]);
    expect(days).toEqual([
      ['day', 1],
      ['week', 7],
      ['month', 30],
      ['backup_horizon', 91],
    ]);

    now = new Date(now.getTime() + 8 * DAY_MS);
    await wholeScan();
    const done = await deps.erasureWatch.rechecks(tenantId(), requestId);
    expect(done.map(({ found }) => found)).toEqual([0, 0, null, null]);
  });

  test('say how many rows had come back, and reopen the request that a person has to look at again', async () => {
    const { token, subjectId } = await person();
    const requestId = await completedErasure(token);
    expect((await deps.requests.request(tenantId(), requestId))?.state).toBe('completed');
    await store(subjectId);
    now = new Date(now.getTime() + 1.5 * DAY_MS);
    await wholeScan();
    expect(await deps.erasureWatch.rechecks(tenantId(), requestId)).toMatchObject([{ after: 'day', found: 1 }, {}, {}]);
    expect((await deps.requests.request(tenantId(), requestId))?.state).toBe('reopened');
    expect(await rowsOf(subjectId)).toBe(0);
    // Nobody has to name her again for it to end: what came back of ours is gone.
    await completed(requestId);
    expect((await deps.requests.request(tenantId(), requestId))?.state).toBe('completed');
  });
});

describe('the loop', () => {
  test('looks at every tenant, and at none again before a day has passed', async () => {
    const other = await api.deps.tenants.ensureTenant('somebody-else');
    const only: MonitorDeps = {
      ...deps,
      tenants: { ...deps.tenants, tenants: async () => [monitored.tenant, other] },
    };
    for (let looks = 0; looks < 2; looks++) await lookAround(only);
    for (const { id } of [monitored.tenant, other]) {
      expect(await deps.erasureWatch.scans(id, 9)).toMatchObject([{ finishedAt: now }]);
      expect(await deps.erasureWatch.canaries(id, 9)).toMatchObject([{ failedStep: null }]);
    }
  });
});

describe('the canary', () => {
  test('is stored, erased, looked for and refused when it is replayed, once a day', async () => {
    const canary = await canaryStep(monitored);
    expect(canary).toMatchObject({ failedStep: null, verifiedAt: now, subjectId: null });
    expect(await canaryStep(monitored)).toBeNull();
    now = new Date(now.getTime() + CANARY_EVERY_MS);
    expect(await canaryStep(monitored)).toMatchObject({ failedStep: null });
    expect(await deps.erasureWatch.canaries(tenantId(), 10)).toHaveLength(2);
    expect(await findings('erasure.canary_stale')).toEqual([]);
  });

  test('that is never erased says at which step, and is a finding', async () => {
    const frozen: MonitorDeps = {
      ...deps,
      eraser: { ...deps.eraser, erase: async () => ({ foundRows: {}, doneAtS: 0 }), finish: async () => {} },
    };
    const step = canaryStep({
      ...monitored,
      deps: {
        ...frozen,
        verifier: {
          ...deps.verifier,
          residue: async () => ({ clean: true, queueIntact: true, checks: [], verifiedBy: 'x' }),
        },
      },
    });
    expect(await step).toMatchObject({ failedStep: 'erase', verifiedAt: null });
    expect(await findings('erasure.canary_stale')).toMatchObject([
      { details: { failedStep: 'erase', lastVerified: null } },
    ]);
  });

  test('has an age that a monitoring system reads without a key, and that tells of no tenant', async () => {
    await canaryStep(monitored);
    await wholeScan();
    await retentionStep(monitored);
    const answer = await api.app.request('/metrics');
    const text = await answer.text();
    expect(answer.status).toBe(200);
    for (const name of [
      'vestige_erasure_canary_age_seconds',
      'vestige_residue_scan_age_seconds',
      'vestige_retention_proof_age_seconds',
      'vestige_retention_overdue',
      'vestige_audit_sequencer_lag_seconds',
      'vestige_audit_checkpoint_age_seconds',
    ])
      expect(text).toMatch(new RegExp(`^${name} (\\d|\\+Inf$)`, 'm'));
    expect(text).not.toContain(monitored.tenant.name);
  });

  test('that nobody flies any more becomes a finding, and its age is known', async () => {
    await canaryStep(monitored);
    expect(await canaryAge(monitored)).toBe(0);
    now = new Date(now.getTime() + CANARY_STALE_MS + 1);
    expect(await canaryAge(monitored)).toBe(CANARY_STALE_MS + 1);
    expect(await findings('erasure.canary_stale')).toMatchObject([{ details: { failedStep: null } }]);
  });
});
