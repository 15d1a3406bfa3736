import { randomUUID } from 'node:crypto';
import { tagged } from '@vestige/store/events/testing/spans';
import { withTenant } from '@vestige/store/postgres';
import { suppression } from '@vestige/store/tables/subjects';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TestApi } from '../testing/open-test-api.ts';
import type { Monitored } from './deps.ts';
import { retentionStep } from './retention-step.ts';
import { type MonitoredApi, openMonitoredApi } from './testing/monitored-api.ts';

const DAY_MS = 86_400_000;
let under: MonitoredApi;
let api: TestApi;
let monitored: Monitored;
let now: Date;

beforeAll(async () => {
  under = await openMonitoredApi('kept');
  api = under.api;
});
afterAll(() => under?.close());

beforeEach(async () => {
  now = new Date();
  const tenant = await under.newTenant();
  monitored = { deps: { ...api.deps, now: () => now }, tenant };
});
const proof = () => api.deps.retention.newestProof(monitored.tenant.id);
const findings = (type: string) => api.deps.findings.findings(monitored.tenant.id, { type, after: null, limit: 10 });
const entries = async () => {
  await api.deps.auditLog.sequence(monitored.tenant.id);
  const items = await api.deps.audit.entries(monitored.tenant.id, { afterIndex: -1, limit: 100 });
  return items.filter(({ type }) => type === 'retention.proved');
};

describe('the daily proof', () => {
  test('has a row for every place in both databases, an entry in the log, and is made once a day', async () => {
    expect(await retentionStep(monitored)).toBe(true);
    const rows = await proof();
    expect(rows.map(({ place }) => place)).toEqual(
      expect.arrayContaining(['clickhouse.spans', 'clickhouse.touches', 'postgres.suppression', 'postgres.requests']),
    );
    expect(rows.filter(({ problems }) => problems.length > 0)).toEqual([]);
    expect(await retentionStep(monitored)).toBe(false);
    expect(await entries()).toHaveLength(1);

    now = new Date(now.getTime() + DAY_MS);
    expect(await retentionStep(monitored)).toBe(true);
    expect((await proof())[0]?.day).toBe(now.toISOString().slice(0, 10));
    expect(await entries()).toHaveLength(2);
  });

  test('is shown to whoever may see the registry, and before the first there is none', async () => {
    const ask = async () => {
      const authorization = `Bearer ${await api.bearer(monitored.tenant, 'governance:read')}`;
      return (await api.app.request('/v1/retention', { headers: { authorization } })).json();
    };
    expect(await ask()).toEqual({ day: null, provedAt: null, places: [] });
    await retentionStep(monitored);
    expect(await ask()).toMatchObject({
      day: now.toISOString().slice(0, 10),
      places: expect.arrayContaining([
        expect.objectContaining({ place: 'clickhouse.spans', minDays: 183, problems: [] }),
      ]),
    });
  });

  test('takes a suppression entry out when its own time is over, and leaves the others', async () => {
    const { id } = monitored.tenant;
    const entry = (expires: ReturnType<typeof sql>) => ({
      tenant: id,
      mac: Buffer.from(randomUUID().replaceAll('-', '').repeat(2), 'hex'),
      erasedBefore: new Date(),
      requestId: randomUUID(),
      expiresAt: expires,
    });
    await withTenant(under.db, id, (tx) =>
      tx.insert(suppression).values([entry(sql`now() - interval '1 hour'`), entry(sql`now() + interval '1 hour'`)]),
    );
    await retentionStep(monitored);
    const left = await withTenant(under.db, id, (tx) => tx.select().from(suppression));
    expect(left).toHaveLength(1);
    expect((await proof()).find(({ place }) => place === 'postgres.suppression')).toMatchObject({ overdue: 0 });
  });

  test('finds what somebody showed to be recognised when it outlived its own expiry', async () => {
    const { id } = monitored.tenant;
    const given = {
      type: 'erasure' as const,
      regime: 'gdpr' as const,
      receivedAt: now,
      ground: null,
      identifiers: [{ type: 'email', value: 'jane.doe@example.com' }],
      tokens: [],
      subjectIds: [],
    };
    const request = await api.deps.requests.file(id, given, { actor: 'key:filer', now });
    await withTenant(under.db, id, (tx) =>
      tx.execute(sql`
        INSERT INTO identity_proofs (tenant, request_id, id, kind, assurance, media_type, byte_count, added_by, added_at,
                                     expires_at, sealed)
        SELECT ${id}, ${request.id}, gen_random_uuid(), 'document', 'high', 'image/png', 1, 'key:filer',
               now() - interval '40 days', now() - interval '3 days', decode(repeat('00', 29), 'hex')`),
    );
    await retentionStep(monitored);
    expect((await proof()).find(({ place }) => place === 'postgres.identity_proofs')).toMatchObject({
      overdue: 1,
      problems: ['overdue'],
    });
  });

  test('finds rows that stayed too long, and a log of agents that would leave too soon', async () => {
    await under.admin('SYSTEM STOP MERGES touches');
    await under.admin(`INSERT INTO touches (tenant, subject_id, ts, received_on)
                 SELECT 1, UUIDStringToNum('${randomUUID()}'), toDateTime64('2024-01-05 12:00:00', 9), today() - 450`);
    await under.admin(
      'ALTER TABLE spans MODIFY TTL received_on + INTERVAL 90 DAY SETTINGS materialize_ttl_after_modify = 0',
    );
    try {
      await retentionStep(monitored);
      expect(await findings('retention.overdue')).toMatchObject([
        { details: { place: 'clickhouse.touches', overdue: 1 } },
      ]);
      expect(await findings('retention.below_floor')).toMatchObject([
        { details: { place: 'clickhouse.spans', limitDays: 90, minDays: 183 } },
      ]);
      expect((await proof()).find(({ place }) => place === 'clickhouse.touches')?.problems).toEqual(['overdue']);
    } finally {
      await under.admin(
        'ALTER TABLE spans MODIFY TTL received_on + INTERVAL 400 DAY SETTINGS materialize_ttl_after_modify = 0',
      );
      await under.admin('SYSTEM START MERGES touches');
    }
  });
});

test('what agents did stays when the person they did it for is erased, without leading to them', async () => {
  const { id } = monitored.tenant;
  const subjectId = randomUUID();
  const span = tagged([subjectId]);
  await api.deps.events.append(id, { spans: [span] });
  const batch = randomUUID();
  await api.deps.eraser.enqueue(batch, id, [subjectId]);
  await api.deps.eraser.erase(batch);
  await api.deps.eraser.finish(batch);

  expect(await api.deps.verifier.countSubject(id, [subjectId])).toBe(0);
  const trace = await api.deps.events.trace(id, span.span.traceId, 10);
  expect(trace.rows.map(({ subjectIds }) => subjectIds)).toEqual([[]]);
});
