import { randomBytes } from 'node:crypto';
import { T0_NS, tagged } from '@vestige/store/events/testing/spans';
import { rowsOf, withTenant } from '@vestige/store/postgres';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TestApi } from '../testing/open-test-api.ts';
import type { Monitored } from './deps.ts';
import { identityStep } from './identity-step.ts';
import { type MonitoredApi, openMonitoredApi } from './testing/monitored-api.ts';

let under: MonitoredApi;
let api: TestApi;
let monitored: Monitored;
const draft = { type: 'alias.linked', actor: 'key:test', object: { kind: 'subject', id: '-' } };
const aToken = () => `ps1.k1.${randomBytes(16).toString('base64url')}`;

beforeAll(async () => {
  under = await openMonitoredApi('left');
  api = under.api;
});
afterAll(() => under?.close());

beforeEach(async () => {
  const tenant = await under.newTenant();
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
  withTenant(under.db, monitored.tenant.id, (tx) =>
    tx.execute(sql`
      UPDATE subjects SET look_at = now() - interval '1 minute'
      WHERE tenant = ${monitored.tenant.id}
        AND (${subjectIds.length === 0} OR id = ANY(${sql.param(subjectIds)}::uuid[]))`),
  );
const leadsTo = async (token: string) => (await api.deps.aliases.find(monitored.tenant.id, [token]))[0]?.subjectId;
/** Of these, whose tokens lead to them. */
const staying = (...subjectIds: string[]) =>
  withTenant(under.db, monitored.tenant.id, async (tx) => {
    const rows = await rowsOf<{ id: string }>(
      tx,
      sql`
        SELECT id FROM subjects
        WHERE tenant = ${monitored.tenant.id} AND left_at IS NULL AND id = ANY(${sql.param(subjectIds)}::uuid[])`,
    );
    return new Set(rows.map(({ id }) => id));
  });
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
    await withTenant(under.db, monitored.tenant.id, (tx) =>
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
    await withTenant(under.db, monitored.tenant.id, (tx) =>
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
    expect(await staying(linkedId)).toEqual(new Set([linkedId]));
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

describe('who was said to be one with somebody', () => {
  // It may hold them under the other identifier, and is asked for it only as long as somebody knows the two.
  test('stays while a store is there to search, and leaves when it is not, or nobody says so any more', async () => {
    const [mail, customer] = [aToken(), aToken()];
    const link = { kind: 'import', evidence: 'crm', tokens: [mail, customer] } as const;
    const tenant = monitored.tenant.id;
    const store = { id: 'store:postgres://crm:5432/crm.public.people', title: 'CRM', connector: 'sql' };
    await api.deps.registry.putStore(
      tenant,
      { ...store, partyId: null, retentionDays: null, backupRetentionDays: null, identifierTypes: [] },
      draft,
    );
    await api.deps.aliases.link(tenant, { ...link, action: 'link' }, draft);
    const [mailId, customerId] = [await known(mail), await known(customer)];
    for (let look = 0; look < 3; look += 1) {
      await timeIsOver();
      expect(await identityStep(monitored)).toBe(0);
    }
    expect(new Set((await canonical(mailId))?.members)).toEqual(new Set([mailId, customerId]));
    expect(await leadsTo(customer)).toBe(customerId);
    await api.deps.aliases.link(tenant, { ...link, action: 'unlink' }, draft);
    for (let look = 0; look < 2; look += 1) {
      await timeIsOver();
      await identityStep(monitored);
    }
    expect(await canonical(mailId)).toBeNull();
    expect(await canonical(customerId)).toBeNull();
  });
});

describe('who is seen between the two looks', () => {
  test('is somebody whose rows may be written anew: nobody is erasing them', async () => {
    const subjectId = await known(aToken());
    await timeIsOver();
    await identityStep(monitored);
    expect(await api.deps.aliases.livingSubjects(monitored.tenant.id, [subjectId])).toEqual(new Set([subjectId]));
    await api.deps.aliases.suppress(monitored.tenant.id, [subjectId], Date.now(), 'request-2');
    expect(await api.deps.aliases.livingSubjects(monitored.tenant.id, [subjectId])).toEqual(new Set());
  });

  test('is the same person under a newer key, for whoever asks by the identifier', async () => {
    const [old, fresh] = [aToken(), aToken()];
    const [oldId, freshId] = [await known(old), await known(fresh)];
    await timeIsOver(oldId);
    await identityStep(monitored);
    await api.deps.aliases.joinKeyVersions(monitored.tenant.id, [fresh, old], draft);
    expect((await canonical(freshId))?.members).toEqual([oldId, freshId]);
    await timeIsOver(oldId);
    await identityStep(monitored);
    expect(await staying(oldId, freshId)).toEqual(new Set([oldId, freshId]));
    expect(await known(old)).toBe(oldId);
  });

  test.each(['a hold', 'a request'])('is led to at once when %s is about them', async (what) => {
    const token = aToken();
    const subjectId = await known(token);
    await timeIsOver();
    await identityStep(monitored);
    const by = { actor: 'key:officer', now: new Date() };
    if (what === 'a hold') {
      const hold = { matter: 'a lawsuit', nodes: [], subjectIds: [subjectId], reviewAt: '2030-01-01' };
      await api.deps.holds.place(monitored.tenant.id, hold, by);
    } else {
      const asked = {
        type: 'restriction',
        regime: 'gdpr',
        ground: 'accuracy',
        identifiers: [],
        tokens: [token],
      } as const;
      const request = { ...asked, receivedAt: new Date(), subjectIds: [subjectId] };
      await api.deps.requests.file(monitored.tenant.id, request, by);
    }
    expect(await known(token)).toBe(subjectId);
    await timeIsOver();
    await identityStep(monitored);
    expect(await known(token)).toBe(subjectId);
  });

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

test('nobody leaves while a server holds less than it should: it was lost, and may be restored', async () => {
  const gone = await known(aToken());
  const at = (daysAgo: number) => new Date(Date.now() - daysAgo * 86_400_000);
  const withServers = (...servers: (Date | null)[]): Monitored => {
    const verifier = { ...api.deps.verifier, receivedSince: async () => ({ servers, limitDays: 400 }) };
    return { ...monitored, deps: { ...monitored.deps, verifier } };
  };
  await timeIsOver(gone);
  await identityStep(withServers(at(420), at(2)));
  await identityStep(withServers(at(420), null));
  expect(await staying(gone)).toEqual(new Set([gone]));
  await identityStep(withServers(at(420), at(400)));
  expect(await staying(gone)).toEqual(new Set());
});

test('servers say since when they hold what they hold, and the people since when something of them should be there', async () => {
  const { servers, limitDays } = await api.deps.verifier.receivedSince();
  expect(limitDays).toBe(400);
  const today = new Date().setUTCHours(0, 0, 0, 0);
  expect(servers.map((since) => since?.getTime())).toEqual([today]);
  const subjectId = await known(aToken());
  const seenDaysAgo = (days: number) =>
    withTenant(under.db, monitored.tenant.id, (tx) =>
      tx.execute(sql`
        UPDATE subjects SET look_at = now() + make_interval(days => ${431 - days})
        WHERE tenant = ${monitored.tenant.id} AND id = ${subjectId}`),
    );
  await timeIsOver();
  expect(await api.deps.retention.firstSeen(monitored.tenant.id, 400)).toBeNull();
  await seenDaysAgo(0);
  const first = await api.deps.retention.firstSeen(monitored.tenant.id, 400);
  expect(first?.getTime()).toBeGreaterThanOrEqual(today);
  expect(await api.deps.retention.firstSeen(monitored.tenant.id, 0)).toBeNull();
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
  const [goneId, laterId] = [await known(aToken()), await known(aToken())];
  const startNs = T0_NS - 60n * 86_400_000_000_000n;
  await api.deps.events.append(monitored.tenant.id, { spans: [tagged([laterId], { startNs })] });
  const month = new Date(Number(startNs / 1_000_000n)).toISOString().slice(0, 7).replace('-', '');
  await under.admin(`ALTER TABLE touches DETACH PARTITION ${month}`);
  try {
    await timeIsOver(goneId, laterId);
    await identityStep(monitored);
    expect(await staying(goneId, laterId)).toEqual(new Set([goneId, laterId]));
  } finally {
    await under.admin(`ALTER TABLE touches ATTACH PARTITION ${month}`);
  }
  await identityStep(monitored);
  expect(await staying(goneId, laterId)).toEqual(new Set([laterId]));
});
