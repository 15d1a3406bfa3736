import { CANARY_SERVICE } from '@vestige/core/lineage/completeness';
import { aSpan, newTraceId } from '@vestige/store/events/testing/spans';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';

/** Two services over two days, one of which lost a span, and one span that nobody could read. */
const NOON = Date.UTC(2026, 5, 10, 12);
const HOUR_MS = 3_600_000;
let api: TestApi;
let bearer: string;

beforeAll(async () => {
  api = await openTestApi({ now: () => new Date(NOON) });
  bearer = await api.bearer(api.acme, 'governance:read');
  const span = (service: string, hoursAgo: number, seq: number) => {
    const startNs = BigInt(NOON - hoursAgo * HOUR_MS) * 1_000_000n;
    return {
      span: aSpan({ traceId: newTraceId(), service: `service:${service}`, startNs, endNs: startNs + 1n, seq }),
      subjectIds: [],
      linkSubjectIds: [],
    };
  };
  await api.deps.events.append(api.acme.id, {
    spans: [
      span('desk', 30, 0),
      span('desk', 2, 1),
      span('desk', 2, 3),
      span('mailer', 1, 0),
      span(CANARY_SERVICE, 0, 0),
    ],
  });
  await api.deps.events.appendRejected(
    api.acme.id,
    [1, 2].map((copy) => ({
      receivedAtMs: NOON - copy,
      reason: 'bad_timestamp',
      service: 'service:desk',
      span: '{"name":"broken"}',
      subjectIds: [],
      linkSubjectIds: [],
    })),
  );
});
afterAll(() => api.close());

async function health(query = '', key = bearer) {
  const response = await api.app.request(`/v1/ingest/health${query}`, { headers: { authorization: `Bearer ${key}` } });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

// Our own invented person is heard of every day: that would hide for ever that nobody else is.
test('tells of each service but our own its newest span and what it lost, and of unreadable spans each once', async () => {
  const { status, body } = await health();
  expect(status).toBe(200);
  expect(body.newestSpan).toBe(new Date(NOON - HOUR_MS).toISOString());
  expect(body.services).toEqual([
    { service: 'desk', newestSpan: new Date(NOON - 2 * HOUR_MS).toISOString(), missingSeq: 1 },
    { service: 'mailer', newestSpan: new Date(NOON - HOUR_MS).toISOString(), missingSeq: 0 },
  ]);
  expect(body.rejected).toEqual([{ reason: 'bad_timestamp', spans: 1 }]);
});

test('shows days and hours without spans as empty, and ends with the present one', async () => {
  const days = (await health('?days=3')).body.volume;
  expect(days).toEqual([
    { at: '2026-06-08T00:00:00.000Z', spans: 0 },
    { at: '2026-06-09T00:00:00.000Z', spans: 1 },
    { at: '2026-06-10T00:00:00.000Z', spans: 3 },
  ]);
  const hours = (await health('?bucket=hour')).body.volume as { at: string; spans: number }[];
  expect(hours).toHaveLength(24);
  expect(hours.filter(({ spans }) => spans > 0)).toEqual([
    { at: '2026-06-10T10:00:00.000Z', spans: 2 },
    { at: '2026-06-10T11:00:00.000Z', spans: 1 },
  ]);
  expect(hours.at(-1)?.at).toBe('2026-06-10T12:00:00.000Z');
});

test('tells another tenant nothing, and a key without the scope even less', async () => {
  const rival = await health('', await api.bearer(api.rival, 'governance:read'));
  expect(rival.body).toMatchObject({ newestSpan: null, services: [], rejected: [] });
  expect((await health('', await api.bearer(api.acme, 'ingest'))).status).toBe(403);
});
