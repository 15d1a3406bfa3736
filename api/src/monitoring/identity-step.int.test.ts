import { randomBytes } from 'node:crypto';
import { openTestPostgres, startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { openClickHouse, SYSTEM_SPEAKER } from '@vestige/store/clickhouse/client';
import { T0_NS, tagged } from '@vestige/store/events/testing/spans';
import { withTenant } from '@vestige/store/postgres';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';
import type { Monitored } from './deps.ts';
import { identityStep } from './identity-step.ts';

let engine: TestClickHouse;
let postgres: Awaited<ReturnType<typeof openTestPostgres>>;
let api: TestApi;
let monitored: Monitored;
const draft = { type: 'alias.linked', actor: 'key:test', object: { kind: 'subject', id: '-' } };
const aToken = () => `ps1.k1.${randomBytes(16).toString('base64url')}`;

beforeAll(async () => {
  engine = await startTestClickHouse();
  postgres = await openTestPostgres();
  api = await openTestApi({ clickhouse: engine, postgres });
});
afterAll(async () => {
  await api?.close();
  await postgres?.close();
  await engine?.stop();
});

let tenants = 0;
beforeEach(async () => {
  tenants += 1;
  const tenant = await api.deps.tenants.ensureTenant(`left-${tenants}`);
  monitored = { deps: api.deps, tenant };
  await seen(aToken());
});

/** Somebody whom a span is about. */
async function seen(token: string): Promise<string> {
  const subjectId = await known(token);
  await api.deps.events.append(monitored.tenant.id, { spans: [tagged([subjectId])] });
  return subjectId;
}
/** Somebody whom no stored span is about. */
async function known(token: string): Promise<string> {
  const [subjectId = ''] = await api.deps.aliases.resolve(monitored.tenant.id, [{ token, atMs: Date.now() }]);
  return subjectId;
}
/** As if the time until the next look at everybody, or at these, was over. */
const timeIsOver = (...subjectIds: string[]) =>
  withTenant(postgres.db, monitored.tenant.id, (tx) =>
    tx.execute(sql`
      UPDATE subjects SET look_at = now() - interval '1 minute'
      WHERE tenant = ${monitored.tenant.id}
        AND (${subjectIds.length === 0} OR id = ANY(${sql.param(subjectIds)}::uuid[]))`),
  );
const leadsTo = async (token: string) => (await api.deps.aliases.find(monitored.tenant.id, [token]))[0]?.subjectId;
const canonical = (subjectId: string) => api.deps.aliases.canonical(monitored.tenant.id, subjectId);

describe('what leads to a person', () => {
  test('leaves when nothing about them is left, after two looks, on the record; who has a span stays', async () => {
    const [gone, stays] = [aToken(), aToken()];
    const [goneId, staysId] = [await known(gone), await seen(stays)];
    await timeIsOver();
    expect(await identityStep(monitored)).toBe(0);
    expect(await canonical(goneId)).not.toBeNull();
    expect(await identityStep(monitored)).toBe(0);
    await timeIsOver();
    expect(await identityStep(monitored)).toBe(1);
    expect(await canonical(goneId)).toBeNull();
    expect(await leadsTo(gone)).toBeUndefined();
    expect(await leadsTo(stays)).toBe(staysId);
    await api.deps.auditLog.sequence(monitored.tenant.id);
    const told = await api.deps.audit.entries(monitored.tenant.id, { afterIndex: -1, limit: 100 });
    expect(told.filter(({ type }) => type === 'retention.identities_left')).toMatchObject([
      { payload: { subjects: 1, rows: 2 } },
    ]);
    expect(await known(gone)).not.toBe(goneId);
  });

  test('stays as long as anything is left of somebody they are linked with, and as long as the link is new', async () => {
    const [old, phone, fresh] = [aToken(), aToken(), aToken()];
    const [oldId, phoneId] = [await known(old), await seen(phone)];
    const link = { action: 'link', kind: 'operator', evidence: 'ticket 3' } as const;
    await api.deps.aliases.link(monitored.tenant.id, { ...link, tokens: [old, phone] }, draft);
    const freshId = await known(fresh);
    await timeIsOver();
    await api.deps.aliases.link(monitored.tenant.id, { ...link, tokens: [fresh, aToken()] }, draft);
    for (let look = 0; look < 2; look += 1) {
      await identityStep(monitored);
      await timeIsOver(oldId, phoneId);
    }
    expect((await canonical(oldId))?.members).toEqual([oldId, phoneId]);
    expect(await leadsTo(fresh)).toBe(freshId);
  });

  test('stays while a request is about them, and leaves after it', async () => {
    const token = aToken();
    const subjectId = await known(token);
    const given = {
      type: 'access' as const,
      regime: 'gdpr' as const,
      receivedAt: new Date(),
      ground: null,
      identifiers: [],
      tokens: [token],
      subjectIds: [subjectId],
    };
    const by = { actor: 'key:filer', now: new Date() };
    const { id } = await api.deps.requests.file(monitored.tenant.id, given, by);
    for (let look = 0; look < 3; look += 1) {
      await timeIsOver();
      await identityStep(monitored);
    }
    expect(await leadsTo(token)).toBe(subjectId);
    await withTenant(postgres.db, monitored.tenant.id, (tx) =>
      tx.execute(sql`UPDATE requests SET subject_ids = '{}' WHERE tenant = ${monitored.tenant.id} AND id = ${id}`),
    );
    for (let look = 0; look < 2; look += 1) {
      await timeIsOver();
      await identityStep(monitored);
    }
    expect(await canonical(subjectId)).toBeNull();
  });

  test('stays when somebody asked about them, or linked them, between the look and the verdict', async () => {
    const [asked, linked] = [aToken(), aToken()];
    const [askedId, linkedId] = [await known(asked), await known(linked)];
    await timeIsOver(askedId);
    await identityStep(monitored);
    await timeIsOver();
    await withTenant(postgres.db, monitored.tenant.id, (tx) =>
      tx.execute(sql`
        INSERT INTO holds (tenant, id, matter, nodes, any_person, subject_ids, placed_by, placed_at, review_at)
        VALUES (${monitored.tenant.id}, gen_random_uuid(), 'a lawsuit', '{}', false, ARRAY[${askedId}]::uuid[],
                'key:test', now(), '2030-01-01')`),
    );
    const link = { action: 'link', kind: 'operator', evidence: 'ticket 4' } as const;
    await api.deps.aliases.link(monitored.tenant.id, { ...link, tokens: [linked, aToken()] }, draft);
    const verdicts = { keep: [], leave: [linkedId], forget: [askedId] };
    await api.deps.retention.judgeIdentities(monitored.tenant.id, verdicts);
    expect(await canonical(askedId)).not.toBeNull();
    expect(await api.deps.aliases.livingSubjects(monitored.tenant.id, [linkedId])).toEqual(new Set([linkedId]));
  });

  // Else a run that names the list would say that it left this person out.
  test('goes without taking anybody out of lists that somebody registered', async () => {
    const token = aToken();
    const subjectId = await known(token);
    const { id } = await api.deps.aliases.createSet(monitored.tenant.id, [token]);
    for (let look = 0; look < 2; look += 1) {
      await timeIsOver(subjectId);
      await identityStep(monitored);
    }
    expect(await canonical(subjectId)).toBeNull();
    const members = await api.deps.aliases.subjectsOfSet(monitored.tenant.id, id, Date.now());
    expect(members).toEqual([await known(token)]);
  });

  test('is left to the erasure of who is being erased', async () => {
    const token = aToken();
    const subjectId = await known(token);
    await timeIsOver();
    await identityStep(monitored);
    await api.deps.aliases.suppress(monitored.tenant.id, [subjectId], Date.now(), 'request-1');
    for (let look = 0; look < 2; look += 1) {
      await timeIsOver();
      await identityStep(monitored);
    }
    expect((await api.deps.aliases.aliasesOf(monitored.tenant.id, subjectId)).map((alias) => alias.token)).toEqual([
      token,
    ]);
    const resolved = await api.deps.aliases.resolve(monitored.tenant.id, [{ token, atMs: 1 }]);
    expect(resolved).toEqual(['suppressed']);
    expect(await known(token)).not.toBe(subjectId);
  });
});

describe('who is seen between the two looks', () => {
  test('under the old id, by a collector that knew it, is led to again', async () => {
    const token = aToken();
    const subjectId = await known(token);
    await timeIsOver();
    const before = await api.deps.aliases.suppressionVersion(monitored.tenant.id);
    await identityStep(monitored);
    // Which empties the caches of collectors.
    expect(await api.deps.aliases.suppressionVersion(monitored.tenant.id)).toBeGreaterThan(before);
    await api.deps.events.append(monitored.tenant.id, { spans: [tagged([subjectId])] });
    await timeIsOver();
    expect(await identityStep(monitored)).toBe(0);
    expect(await known(token)).toBe(subjectId);
  });

  test('under both ids is one person', async () => {
    const token = aToken();
    const subjectId = await known(token);
    await timeIsOver();
    await identityStep(monitored);
    const again = await seen(token);
    expect(again).not.toBe(subjectId);
    await api.deps.events.append(monitored.tenant.id, { spans: [tagged([subjectId])] });
    await timeIsOver();
    await identityStep(monitored);
    expect((await canonical(again))?.members).toEqual([subjectId, again]);
    await timeIsOver();
    const due = await api.deps.retention.identitiesDue(monitored.tenant.id, 10);
    expect(due.find(({ members }) => members.includes(again))).toMatchObject({ left: false, kept: false });
  });

  test('under both ids is still shared by those who shared it', async () => {
    const token = aToken();
    const subjectId = await known(token);
    await api.deps.aliases.markShared(monitored.tenant.id, { token, shared: true }, draft);
    await timeIsOver();
    await identityStep(monitored);
    await seen(token);
    expect(await api.deps.aliases.find(monitored.tenant.id, [token])).not.toMatchObject([{ shared: true }]);
    await api.deps.events.append(monitored.tenant.id, { spans: [tagged([subjectId])] });
    await timeIsOver();
    await identityStep(monitored);
    expect(await api.deps.aliases.find(monitored.tenant.id, [token])).toMatchObject([{ shared: true }]);
  });
});

test('nobody leaves while the events of everybody are away', async () => {
  const tenant = await api.deps.tenants.ensureTenant('restored');
  monitored = { deps: api.deps, tenant };
  const subjectId = await known(aToken());
  for (let look = 0; look < 3; look += 1) {
    await timeIsOver();
    expect(await identityStep(monitored)).toBe(0);
  }
  expect(await canonical(subjectId)).not.toBeNull();
});

test('nobody leaves while a part lies detached that may be attached again', async () => {
  const admin = openClickHouse(engine.url('admin'));
  const run = (statement: string) => admin.run(SYSTEM_SPEAKER, { name: 'test', sql: statement }, {});
  const [goneId, laterId] = [await known(aToken()), await known(aToken())];
  const startNs = T0_NS - 60n * 86_400_000_000_000n;
  await api.deps.events.append(monitored.tenant.id, { spans: [tagged([laterId], { startNs })] });
  const month = new Date(Number(startNs / 1_000_000n)).toISOString().slice(0, 7).replace('-', '');
  await run(`ALTER TABLE touches DETACH PARTITION ${month}`);
  try {
    await timeIsOver(goneId, laterId);
    await identityStep(monitored);
    expect(await api.deps.aliases.livingSubjects(monitored.tenant.id, [goneId, laterId])).toEqual(
      new Set([goneId, laterId]),
    );
  } finally {
    await run(`ALTER TABLE touches ATTACH PARTITION ${month}`);
    await admin.close();
  }
  await identityStep(monitored);
  expect(await api.deps.aliases.livingSubjects(monitored.tenant.id, [goneId, laterId])).toEqual(new Set([laterId]));
});
