import { CoverageAnswer } from '@vestige/core/lineage/coverage';
import { DataMap } from '@vestige/core/lineage/data-map';
import type { ReadSpan } from '@vestige/core/model/span';
import { lineageEvent } from '@vestige/store/events/testing/lineage-events';
import { aSpan, newSpanId, newTraceId, ns, us } from '@vestige/store/events/testing/spans';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';

/** Ten visits of a support desk by seven people, one of which forgot to say who it was about. */

let api: TestApi;
let bearer: string;
const CRM = 'store:postgres://db:5432/crm.public.customers';
const TRIAGE = 'agent:support/desk/triage';
const FROM = new Date(us(0) / 1000).toISOString();

beforeAll(async () => {
  api = await openTestApi();
  bearer = await api.bearer(api.acme, 'lineage:read', 'requests:read');
  const tokens = Array.from({ length: 7 }, (_, i) => `ps1.k1.${String(i).repeat(22)}`);
  const people = await api.deps.aliases.resolve(
    api.acme.id,
    tokens.map((token) => ({ token, atMs: 1 })),
  );
  for (let visit = 0; visit < 10; visit += 1) {
    const traceId = newTraceId();
    const root = newSpanId();
    const person = visit === 9 ? [] : [people[visit % 7] ?? ''];
    const span = (seconds: number, given: Partial<ReadSpan>, subjectIds: string[] = []) => ({
      span: aSpan({ traceId, startNs: ns(visit * 60 + seconds), ...given }),
      subjectIds,
      linkSubjectIds: [],
    });
    const touches = [{ action: 'read' as const, peer: CRM, rule: 'db.sql.select' }];
    await api.deps.events.append(api.acme.id, {
      spans: [
        span(
          0,
          { spanId: root, kind: 'server', self: TRIAGE, attribution: person.length > 0 ? 'ambient' : 'none' },
          person,
        ),
        span(1, { parentId: root, kind: 'client', scope: 'pg', name: 'SELECT customers', touches }),
      ],
    });
  }
  await api.deps.events.appendLineageEvents(api.acme.id, [
    lineageEvent({ inputs: [CRM], outputs: ['store:duckdb:/w.db/main.customers'] }),
    lineageEvent({ kind: 'job', runId: 'x', job: 'job:n/planned', inputs: [CRM] }),
  ]);
});
afterAll(() => api.close());

async function get(path: string, key = bearer) {
  const response = await api.app.request(path, { headers: { authorization: `Bearer ${key}` } });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

test('a window that ends before it begins is refused, and one without a beginning has a week before its end', async () => {
  for (const route of ['map', 'coverage']) {
    expect((await get(`/v1/${route}?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z`)).status).toBe(400);
    const { body } = await get(`/v1/${route}?to=2026-02-08T00:00:00Z`);
    expect(Date.parse(body.window.from)).toBe(Date.parse('2026-02-01T00:00:00Z'));
  }
});

describe('GET /v1/map', () => {
  test('draws what all traces did, with people counted and jobs beside them', async () => {
    const { status, body } = await get(`/v1/map?from=${FROM}`);
    expect(status).toBe(200);
    const map = DataMap.parse(body);
    expect(map.edges.map(({ from, to, count, people, design }) => [from, to, count, people?.count, design])).toEqual([
      ['job:nightly/copy', 'store:duckdb:/w.db/main.customers', 1, undefined, undefined],
      [CRM, TRIAGE, 10, 7, undefined],
      [CRM, 'job:n/planned', 0, undefined, true],
      [CRM, 'job:nightly/copy', 1, undefined, undefined],
    ]);
    expect(map.drawnFrom).toMatchObject({ traces: 10, allTraces: 10 });
    expect(map.truncated).toBe(false);
  });

  test('counts in fives for a key that may not look at people one by one, and shows it every flow all the same', async () => {
    const viewer = await api.bearer(api.acme, 'lineage:read', 'governance:read');
    const [seen, rounded] = [
      (await get(`/v1/map?from=${FROM}`)).body as DataMap,
      (await get(`/v1/map?from=${FROM}`, viewer)).body as DataMap,
    ];
    const counts = (map: DataMap) => [...map.nodes, ...map.edges].map(({ people }) => people?.count ?? null);
    expect(counts(seen)).toContain(7);
    expect(new Set(counts(rounded))).toEqual(new Set([5, null]));
    expect(rounded.nodes.map(({ id }) => id)).toEqual(seen.nodes.map(({ id }) => id));
    expect(rounded.edges).toHaveLength(seen.edges.length);
    expect(rounded).toMatchObject({ roundedTo: 5 });
  });

  test('shows an officer systems instead of tables', async () => {
    const { body } = await get(`/v1/map?from=${FROM}&view=officer`);
    expect(body.nodes.map(({ id }: { id: string }) => id)).toContain('store:postgres://db:5432');
  });

  test('shows another tenant nothing, and needs the scope', async () => {
    expect((await get(`/v1/map?from=${FROM}`, await api.bearer(api.rival))).body.nodes).toEqual([]);
    expect((await get('/v1/map', await api.bearer(api.acme, 'ingest'))).status).toBe(403);
  });
});

describe('GET /v1/coverage', () => {
  test('names service, peer and call site of what is missing', async () => {
    const { status, body } = await get(`/v1/coverage?from=${FROM}`);
    expect(status).toBe(200);
    const coverage = CoverageAnswer.parse(body);
    expect(coverage.total).toEqual({ touches: 10, attributed: 9, percent: 90 });
    expect(coverage.callSites).toEqual([
      {
        service: 'support/desk',
        scope: 'pg',
        name: 'SELECT customers',
        peer: CRM,
        touches: 10,
        attributed: 9,
        percent: 90,
      },
    ]);
  });

  test('of a window in which nothing happened has no percentage', async () => {
    const { body } = await get('/v1/coverage?from=2001-01-01T00:00:00Z&to=2001-01-02T00:00:00Z');
    expect(body).toMatchObject({
      window: { from: '2001-01-01T00:00:00.000Z' },
      total: { touches: 0, percent: null },
      callSites: [],
    });
  });
});
