import type { TenantId } from '@vestige/core/ids';
import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postgresTenantStore } from '../control/postgres-tenant-store.ts';
import { type Database, rowsOf, withTenant } from '../postgres.ts';
import { postgresRequestStore } from './postgres-request-store.ts';
import type { By, RequestStore } from './request-store.ts';
import { fillOpenRequests } from './testing/fill-open-requests.ts';

/**
 * D15 of research/compliance.md on the real tables, scaled down: a store that is down for a day of a clock that the test
 * winds, while workers come every hour. Ten thousand of them without the tables: core/src/request/retry-storm.test.ts.
 */
const REQUESTS = 8;
const down = 'store:sqlite:/data/down.db/main.t';
const up = 'store:sqlite:/data/up.db/main.t';
const HOUR_MS = 3_600_000;
const start = new Date('2026-06-01T00:00:00Z');
const digest = `sha256:${'0'.repeat(64)}`;
const limits = { attemptsMax: 60, roundsMax: 3, settleMs: 0, jitter: 0.5 };

let db: Database;
let close: () => Promise<void>;
let tenant: TenantId;
let requests: RequestStore;
beforeAll(async () => {
  ({ db, close } = await openTestPostgres());
  tenant = (await postgresTenantStore(db).ensureTenant('acme')).id;
  requests = postgresRequestStore(db);
  await fillOpenRequests(db, tenant, { requests: REQUESTS, nodes: [down, up], from: '2026-06-01', now: start });
});
afterAll(() => close());

const counted = (query: ReturnType<typeof sql>) =>
  withTenant(db, tenant, (tx) => rowsOf<{ n: number; state: string }>(tx, query));

test('a day with one store down leaves no duplicate, no task more and no task given up, and then all are done', {
  timeout: 180_000,
}, async () => {
  const ids = (await requests.requests(tenant, { after: null, limit: 100 })).map(({ id }) => id);
  const tries = { [up]: 0, [down]: 0 };
  for (let now = start; now.getTime() <= start.getTime() + 27 * HOUR_MS; now = new Date(now.getTime() + HOUR_MS)) {
    const by = (actor: string): By => ({ actor, now });
    const isDown = now.getTime() < start.getTime() + 24 * HOUR_MS;
    const claim = { stores: ['store:*'], max: 100, leaseSeconds: 60, worker: 'w' };
    for (const phases of [['execute'], ['verify']] as const) {
      for (const id of ids) await requests.sweep(tenant, id, () => true, limits, by('system:workflow'));
      const key = `key:${phases[0]}r`;
      for (const task of await requests.claim(tenant, { ...claim, phases } as typeof claim, limits, by(key))) {
        tries[task.node as typeof up] += 1;
        const done = { fence: task.fence, method: 'delete', evidenceDigest: digest, searched: true, cannotErase: [] };
        const count = phases[0] === 'execute' ? 2 : 0;
        if (task.node === down && isDown) {
          const failure = { fence: task.fence, class: 'retryable', code: 'unreachable', message: 'no route' } as const;
          await requests.fail(tenant, task.id, failure, limits, by(key));
        } else {
          await requests.report(
            tenant,
            task.id,
            { ...done, found: count, erased: count, residual: 0 },
            limits,
            by(key),
          );
        }
      }
    }
  }
  const states = await counted(
    sql`SELECT state, count(*)::int AS n FROM tasks WHERE node IN (${down}, ${up}) GROUP BY state`,
  );
  expect(states).toEqual([{ state: 'verified', n: REQUESTS * 2 }]);
  // One receipt for the work and one for its verification, of every task.
  const receipts = await counted(
    sql`SELECT phase AS state, count(*)::int AS n FROM receipts GROUP BY task_id, phase HAVING count(*) <> 1`,
  );
  expect(receipts).toEqual([]);
  // The other store waited for nobody, and the one that was down was not hammered.
  expect(tries[up]).toBe(REQUESTS * 2);
  expect(tries[down]).toBeGreaterThan(REQUESTS * 20);
  expect(tries[down]).toBeLessThan(REQUESTS * 60);
});
