import type { TenantId } from '@vestige/core/ids';
import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Database, withTenant } from '../postgres.ts';
import { idempotencyKeys } from '../tables/idempotency.ts';
import type { IdempotencyStore } from './idempotency-store.ts';
import { postgresIdempotencyStore } from './postgres-idempotency-store.ts';
import { postgresTenantStore } from './postgres-tenant-store.ts';

const call = (key: string, body = '{"identifiers":["jane@example.com"]}') => ({
  scope: 'key:a POST /v1/requests',
  key,
  body: Buffer.from(body),
});

describe('answers of creating calls', () => {
  let db: Database;
  let close: () => Promise<void>;
  let store: IdempotencyStore;
  let acme: TenantId;
  beforeAll(async () => {
    ({ db, close } = await openTestPostgres());
    store = postgresIdempotencyStore(db);
    acme = (await postgresTenantStore(db).ensureTenant('acme')).id;
  });
  afterAll(() => close());

  const claimed = async (key: string): Promise<string> => {
    const claim = await store.claim(acme, call(key));
    if (claim.outcome !== 'run') throw new Error(`expected to run, got ${claim.outcome}`);
    return claim.claimId;
  };

  test('of ten calls at once one runs', async () => {
    const claims = await Promise.all(Array.from({ length: 10 }, () => store.claim(acme, call('at-once'))));
    expect(claims.map(({ outcome }) => outcome).toSorted()).toEqual([
      ...Array(1).fill('run'),
      ...Array(9).fill('running'),
    ]);
  });

  test('a finished call is replayed, and another body under its key is a mismatch', async () => {
    await store.complete(acme, await claimed('done'), { status: 201, body: '{"id":1}' });
    expect(await store.claim(acme, call('done'))).toEqual({
      outcome: 'replay',
      answer: { status: 201, body: '{"id":1}' },
    });
    expect(await store.claim(acme, call('done', '{}'))).toEqual({ outcome: 'mismatch' });
    expect(await store.claim(acme, { ...call('done'), scope: 'key:b POST /v1/requests' })).toMatchObject({
      outcome: 'run',
    });
  });

  test('a failed call may be tried again, a finished one is not undone by a late failure', async () => {
    await store.release(acme, await claimed('failed'));
    const claimId = await claimed('failed');
    await store.complete(acme, claimId, { status: 201, body: '{}' });
    await store.release(acme, claimId);
    expect(await store.claim(acme, call('failed'))).toMatchObject({ outcome: 'replay' });
  });

  test('a claim whose process died is given away after a while, an answer is forgotten after a day', async () => {
    const age = (interval: string) =>
      withTenant(db, acme, (tx) => tx.update(idempotencyKeys).set({ claimedAt: sql`now() - ${interval}::interval` }));
    await claimed('died');
    await age('3 minutes');
    const claimId = await claimed('died');
    await store.complete(acme, claimId, { status: 201, body: '{}' });
    await age('25 hours');
    expect(await store.claim(acme, call('died', '{"another":1}'))).toMatchObject({ outcome: 'run' });
  });

  test('what is stored can not be guessed back to the body or the key', async () => {
    await claimed('jane@example.com');
    const rows = await withTenant(db, acme, (tx) => tx.select().from(idempotencyKeys));
    expect(JSON.stringify(rows.map((row) => [row.id.toString(), row.body]))).not.toContain('jane');
    expect(rows.every((row) => row.id.length === 32 && row.fingerprint.length === 32)).toBe(true);
  });
});
