import { randomUUID } from 'node:crypto';
import { Secret } from '@vestige/core/secret';
import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ClickHouse, openClickHouse, SYSTEM_SPEAKER } from '../clickhouse/client.ts';
import { openEventStore } from './clickhouse-event-store.ts';
import { lineageEvent } from './testing/lineage-events.ts';
import { newSpanId, newTenant, newTraceId, rejectedSpan, tagged } from './testing/spans.ts';

/** What each login may see and do, whatever the code around it does wrong. */

let engine: TestClickHouse;
const opened: ClickHouse[] = [];
const tenant = newTenant();

beforeAll(async () => {
  engine = await startTestClickHouse();
  const store = openEventStore({ writeUrl: engine.url('collector'), readUrl: engine.url('api') });
  const links = [{ traceId: newTraceId(), spanId: newSpanId() }];
  await store.append(tenant, { spans: [tagged([randomUUID()], { conversation: 'c', links })] });
  await store.appendLineageEvents(tenant, [lineageEvent({ inputs: ['store:a'] })]);
  await store.appendRejected(tenant, [rejectedSpan()]);
  await store.close();
});
afterAll(async () => {
  await Promise.all(opened.map((client) => client.close()));
  await engine?.stop();
});

function as(role: Parameters<TestClickHouse['url']>[0]): ClickHouse {
  const client = openClickHouse(engine.url(role));
  opened.push(client);
  return client;
}

async function count(client: ClickHouse, speaker: number, table: string, settings = {}): Promise<number> {
  const sql = `SELECT count() AS n FROM ${table}`;
  const [row] = await client.rows<{ n: number }>(speaker, { name: 'count', sql, settings }, {});
  return row?.n ?? -1;
}

/** Asked of the engine, so that a new table cannot be left out. */
async function tenantTables(): Promise<string[]> {
  const sql = `
    SELECT table FROM system.columns
    WHERE database = 'vestige' AND name = 'tenant'
      AND table NOT IN (SELECT name FROM system.tables WHERE database = 'vestige' AND engine = 'MaterializedView')
    ORDER BY table`;
  const rows = await as('admin').rows<{ table: string }>(SYSTEM_SPEAKER, { name: 'tables', sql }, {});
  return rows.map(({ table }) => table).filter((table) => table !== 'erase_queue');
}

describe('the login of the API', () => {
  test('sees the rows of the tenant that a query names, of no other, and none when it names none', async () => {
    const api = as('api');
    const tables = await tenantTables();
    expect(tables.length).toBeGreaterThanOrEqual(7);
    for (const table of tables) {
      const seen = [
        await count(api, tenant, table),
        await count(api, newTenant(), table),
        await count(api, SYSTEM_SPEAKER, table),
      ];
      expect([table, ...seen]).toEqual([table, 1, 0, 0]);
    }
  });

  test.each(['api', 'collector'] as const)(
    'cannot, as %s, read the list of people who are being erased',
    async (role) => {
      await expect(count(as(role), tenant, 'erase_queue')).rejects.toMatchObject({ facts: { type: 'ACCESS_DENIED' } });
    },
  );

  test('cannot read a summary past its row policy, by way of the view that fills it', async () => {
    await expect(count(as('api'), tenant, 'service_days_of_spans')).rejects.toMatchObject({ code: 'misconfigured' });
  });

  test('is not fooled by a comment that names a tenant elsewhere than at its start', async () => {
    const sql = 'SELECT count() AS n FROM spans';
    for (const log_comment of [
      '',
      `x t${tenant} y`,
      `t${tenant}`,
      `T${tenant} x`,
      `t${tenant}x y`,
      `t-${tenant} x`,
      `t0${tenant + 2 ** 32} x`,
    ]) {
      const rows = await fetchRows(engine.url('api'), sql, log_comment);
      expect([log_comment, rows]).toEqual([log_comment, 0]);
    }
    expect(await fetchRows(engine.url('api'), sql, `t${tenant} x`)).toBe(1);
  });

  test('may not write', async () => {
    const insert = { name: 'x', sql: 'INSERT INTO touches (tenant) VALUES (1)' };
    await expect(as('api').run(tenant, insert, {})).rejects.toMatchObject({ code: 'misconfigured' });
  });
});

// A row policy of the inserting login would filter what a view is filled with, and no insert would fail.
test('a login that writes for several tenants at once fills the summaries of all of them', async () => {
  const [one, other] = [newTenant(), newTenant()];
  const client = as('collector');
  const rows = [one, other].map(
    (each) => `(${each}, '${'a'.repeat(16)}', '${'b'.repeat(8)}', now64(9), 'service:desk')`,
  );
  const sql = `INSERT INTO spans (tenant, trace_id, span_id, ts, service) VALUES ${rows.join(', ')}`;
  await client.run(SYSTEM_SPEAKER, { name: 'insert', sql }, {});
  for (const each of [one, other]) {
    expect(await count(as('api'), each, 'spans')).toBe(1);
    expect(await count(as('api'), each, 'service_days')).toBe(1);
  }
});

describe('masked rows', () => {
  test('may be looked for by the verifier and by nobody else', async () => {
    const unmasked = { apply_deleted_mask: 0 };
    expect(await count(as('verifier'), SYSTEM_SPEAKER, 'touches', unmasked)).toBe(1);
    for (const role of ['api', 'collector', 'eraser'] as const) {
      await expect(count(as(role), tenant, 'touches', unmasked)).rejects.toMatchObject({
        facts: { type: 'SETTING_CONSTRAINT_VIOLATION' },
      });
    }
  });

  test('may not be rewritten by the verifier', async () => {
    const statement = { name: 'x', sql: 'ALTER TABLE touches DELETE WHERE 1' };
    await expect(as('verifier').run(SYSTEM_SPEAKER, statement, {})).rejects.toMatchObject({ code: 'misconfigured' });
  });
});

test('a wrong password and an engine that is away are told apart, and neither error says what was asked', async () => {
  const wrong = new URL(engine.url('api').reveal());
  wrong.password = 'not-the-password';
  const away = new Secret('http://api:x@127.0.0.1:9/vestige');
  const question = { name: 'x', sql: "SELECT 'maria@example.com'" };
  for (const [url, code] of [
    [new Secret(wrong.toString()), 'misconfigured'],
    [away, 'store_unavailable'],
  ] as const) {
    const client = openClickHouse(url);
    const failure = await client.rows(tenant, question, {}).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code });
    expect(`${(failure as Error).stack}${JSON.stringify(failure)}`).not.toMatch(/maria|not-the-password/);
    await client.close();
  }
  expect(() => openClickHouse(new Secret('http://api:x@127.0.0.1:9'))).toThrow(
    expect.objectContaining({ code: 'misconfigured' }),
  );
});

async function fetchRows(url: Secret, sql: string, comment: string): Promise<number> {
  const { username, password, origin } = new URL(url.reveal());
  const response = await fetch(`${origin}/?database=vestige&log_comment=${encodeURIComponent(comment)}`, {
    method: 'POST',
    body: sql,
    headers: { 'x-clickhouse-user': username, 'x-clickhouse-key': password },
  });
  return Number(await response.text());
}
