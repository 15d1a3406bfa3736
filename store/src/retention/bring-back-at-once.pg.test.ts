import { randomBytes } from 'node:crypto';
import type { TenantId } from '@vestige/core/ids';
import { buildPlan } from '@vestige/core/request/plan';
import { openTestPostgres, type TestPostgres } from '@vestige/e2e/harness/engines';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { AliasStore } from '../control/alias-store.ts';
import { postgresAliasStore } from '../control/postgres-alias-store.ts';
import { postgresTenantStore } from '../control/postgres-tenant-store.ts';
import { rowsOf, type Transaction, withTenant } from '../postgres.ts';
import type { HoldStore } from '../requests/hold-store.ts';
import { postgresHoldStore } from '../requests/postgres-hold-store.ts';
import { postgresRequestStore } from '../requests/postgres-request-store.ts';
import type { RequestStore } from '../requests/request-store.ts';

/** Whoever asks about people who had left, while somebody else changes where their tokens lead. Needs more than one session. */

const PATIENTLY = { timeout: 60_000, interval: 10 };
const by = { actor: 'key:test', now: new Date('2026-06-01T10:00:00.000Z') };

let postgres: TestPostgres;
let aliases: AliasStore;
let requests: RequestStore;
let holds: HoldStore;
let tenant: TenantId;
beforeAll(async () => {
  postgres = await openTestPostgres();
  [aliases, requests] = [postgresAliasStore(postgres.db), postgresRequestStore(postgres.db)];
  holds = postgresHoldStore(postgres.db);
  tenant = (await postgresTenantStore(postgres.db).ensureTenant('acme')).id;
});
afterAll(() => postgres?.close());

const within = <T>(work: (tx: Transaction) => Promise<T>) => withTenant(postgres.db, tenant, work);

async function person() {
  const token = `ps1.k1.${randomBytes(11).toString('hex')}`;
  const [subjectId = ''] = await aliases.resolve(tenant, [{ token, atMs: Date.now() }]);
  return { token, subjectId };
}

async function whoHasLeft() {
  const left = await person();
  await within(async (tx) => {
    await tx.execute(sql`UPDATE subjects SET left_at = now() WHERE tenant = ${tenant} AND id = ${left.subjectId}`);
    await tx.execute(
      sql`UPDATE aliases SET retired = true WHERE tenant = ${tenant} AND subject_id = ${left.subjectId}`,
    );
  });
  return left;
}

/** In this database: other suites have theirs on the same server. */
const WAITING = sql`
  SELECT 1 FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid AND a.datname = current_database()
  WHERE NOT l.granted LIMIT 1`;
const untilSomebodyWaits = (tx: Transaction) =>
  vi.waitUntil(async () => (await rowsOf(tx, WAITING)).length > 0, PATIENTLY);

const file = (subjectIds: readonly string[]) =>
  requests.file(
    tenant,
    {
      type: 'erasure',
      regime: 'gdpr',
      receivedAt: by.now,
      ground: null,
      identifiers: [{ type: 'email', value: 'ada@example.com' }],
      tokens: [],
      subjectIds,
    },
    by,
  );

async function plan(subjectIds: readonly string[], id: string) {
  const aliasesOfNobody = { count: 1, commitment: `sha256:${'0'.repeat(64)}` };
  const facts = {
    type: 'erasure',
    lineage: null,
    registered: [],
    parties: new Set<string>(),
    aliases: aliasesOfNobody,
  };
  const draft = { subjectIds: [...subjectIds], aliasTokens: [], recordRefs: new Map(), recipients: [] };
  return requests.putPlan(tenant, id, { ...draft, plan: buildPlan({ ...facts, type: 'erasure' }) }, by);
}

async function verified(): Promise<string> {
  const { id } = await file([]);
  await requests.decide(tenant, id, { event: 'verify_identity', method: 'in_person', assurance: 'high' }, by);
  return id;
}

test.each<[string, (subjectIds: readonly string[], requestId: string) => Promise<unknown>]>([
  ['a request is filed', file],
  ['a plan is made', plan],
  ['a request learns whom it is about', (subjectIds, id) => requests.noteSubjects(tenant, id, subjectIds)],
  [
    'a hold is placed',
    (subjectIds) => holds.place(tenant, { matter: 'case 1', reviewAt: '2027-01-01', nodes: [], subjectIds }, by),
  ],
])('%s while a collector sees the person again, and both are led to as one', async (_what, ask) => {
  const [{ token, subjectId }, requestId] = [await whoHasLeft(), await verified()];
  const seen = await within(async (tx) => {
    const [fresh] = await rowsOf<{ id: string }>(
      tx,
      sql`INSERT INTO subjects (tenant, id) VALUES (${tenant}, gen_random_uuid()) RETURNING id`,
    );
    const id = fresh?.id ?? '';
    await tx.execute(
      sql`INSERT INTO aliases (tenant, token, subject_id, kid) VALUES (${tenant}, ${token}, ${id}, 'k1')`,
    );
    const asked = ask([subjectId], requestId);
    asked.catch(() => undefined);
    await untilSomebodyWaits(tx);
    return { id, asked };
  });
  await seen.asked;
  expect((await aliases.canonical(tenant, subjectId))?.members?.toSorted()).toEqual([subjectId, seen.id].toSorted());
});

test('a request is filed about two people while somebody locks them in the other order', async () => {
  const [first, second] = [await person(), await person()].toSorted((a, b) => (a.token < b.token ? -1 : 1));
  const lock = (tx: Transaction, token = '') =>
    tx.execute(sql`SELECT 1 FROM aliases WHERE tenant = ${tenant} AND token = ${token} FOR UPDATE`);
  const filed = await within(async (tx) => {
    await lock(tx, second?.token);
    const filing = file([first?.subjectId ?? '', second?.subjectId ?? '']);
    filing.catch(() => undefined);
    await untilSomebodyWaits(tx);
    await lock(tx, first?.token);
    return { filing };
  });
  expect(await filed.filing).toMatchObject({ state: 'received' });
});
