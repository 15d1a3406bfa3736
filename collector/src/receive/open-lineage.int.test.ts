import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCollector } from '../server.ts';
import { type RunningCollector, startRunningCollector } from '../testing/running-collector.ts';
import { send } from '../testing/send.ts';

let collector: RunningCollector;
beforeAll(async () => {
  collector = await startRunningCollector();
});
afterAll(() => collector.close());

const post = (path: string, body: unknown, { gzip = false, key = collector.key } = {}) => {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return send(`${collector.url}/api/v1/lineage${path}`, gzip ? gzipSync(bytes) : bytes, {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    ...(gzip ? { 'content-encoding': 'gzip' } : {}),
  });
};
/** Every test has tables of its own. */
const aTable = (host = 'db') => ({
  namespace: `postgres://${host}:5432`,
  name: `shop.public.t${randomUUID().slice(0, 8)}`,
});
const nodeOf = ({ namespace, name }: { namespace: string; name: string }) => `store:${namespace}/${name}`;
const runEvent = (more: Record<string, unknown>) => ({
  eventType: 'COMPLETE',
  eventTime: '2026-11-22T02:00:01.000Z',
  producer: 'https://example.com/nightly',
  schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
  run: { runId: randomUUID() },
  job: { namespace: 'nightly', name: 'copy' },
  ...more,
});
const edgesFrom = async (node: string, tenant = collector.tenant.id) => {
  const needs = { traces: [], jumps: [], linksTo: [], datasets: [node] };
  const { datasets } = await collector.deps.events.facts(tenant, needs, { spansMax: 10, hitsPerKeyMax: 100 });
  return [...new Set(datasets.filter((edge) => edge.input === node).map((edge) => edge.output))].sort();
};

describe('one event', () => {
  test.each([false, true])('gzip %s: a run’s edges are stored before it is answered', async (gzip) => {
    const [from, to] = [aTable(), aTable()];
    expect((await post('', runEvent({ inputs: [from], outputs: [to] }), { gzip })).status).toBe(201);
    expect(await edgesFrom(nodeOf(from))).toEqual([nodeOf(to)]);
    expect(await edgesFrom(nodeOf(from), collector.rival.tenant.id)).toEqual([]);
  });

  test('sent again changes nothing', async () => {
    const [from, to] = [aTable(), aTable()];
    const event = runEvent({ inputs: [from], outputs: [to] });
    for (let i = 0; i < 3; i += 1) expect((await post('', event)).status).toBe(201);
    const needs = { traces: [], jumps: [], linksTo: [], datasets: [nodeOf(from)] };
    const limits = { spansMax: 10, hitsPerKeyMax: 100 };
    expect((await collector.deps.events.facts(collector.tenant.id, needs, limits)).datasets).toHaveLength(1);
  });

  test.each([
    ['START with inputs, COMPLETE with outputs', false],
    ['COMPLETE with outputs, then a late START with inputs', true],
  ])('%s: one run all the same', async (_title, reversed) => {
    const [from, to] = [aTable(), aTable()];
    const run = { runId: randomUUID() };
    const events = [
      runEvent({ run, eventType: 'START', eventTime: '2026-11-22T02:00:00.000Z', inputs: [from] }),
      runEvent({ run, outputs: [to] }),
    ];
    for (const event of reversed ? events.reverse() : events) await post('', event);
    expect(await edgesFrom(nodeOf(from))).toEqual([nodeOf(to)]);
  });

  test('told to two collectors, one of them started anew in between, is one run from its first event to its last', async () => {
    const [from, to] = [aTable(), aTable()];
    const run = { runId: randomUUID() };
    const start = runEvent({ run, eventType: 'START', eventTime: '2026-11-22T01:00:00.000Z' });
    const running = runEvent({ run, eventType: 'RUNNING', eventTime: '2026-11-22T01:30:00.000Z', inputs: [from] });
    const complete = runEvent({ run, eventTime: '2026-11-22T02:00:00.000Z', outputs: [to] });
    // Each of them remembers nothing of what the others were told.
    for (const event of [complete, start, running, start]) {
      const another = await startCollector(collector.config, collector.deps);
      try {
        const headers = { authorization: `Bearer ${collector.key}`, 'content-type': 'application/json' };
        const body = Buffer.from(JSON.stringify(event));
        expect((await send(`${another.url}/api/v1/lineage`, body, headers)).status).toBe(201);
      } finally {
        await another.close();
      }
    }
    const needs = { traces: [], jumps: [], linksTo: [], datasets: [nodeOf(from)] };
    const { datasets } = await collector.deps.events.facts(collector.tenant.id, needs, {
      spansMax: 10,
      hitsPerKeyMax: 100,
    });
    expect(datasets).toMatchObject([
      {
        output: nodeOf(to),
        startUs: Date.parse('2026-11-22T01:00:00Z') * 1000,
        endUs: Date.parse('2026-11-22T02:00:00Z') * 1000,
      },
    ]);
  });

  test('names of one dataset are learned from its symlinks, and a contradiction is a finding', async () => {
    const [table, lake, other] = [aTable(), aTable('lake'), aTable('other')];
    const linked = (dataset: object, to: object) => ({ ...dataset, facets: { symlinks: { identifiers: [to] } } });
    expect((await post('', runEvent({ inputs: [linked(lake, table)] }))).status).toBe(201);
    expect((await post('', runEvent({ inputs: [linked(other, table)] }))).status).toBe(201);
    const aliases = await collector.deps.registry.nodeAliases(collector.tenant.id);
    expect(aliases).toContainEqual({ alias: nodeOf(table), canonical: nodeOf(lake) });
    expect(aliases.filter(({ alias }) => alias === nodeOf(table))).toHaveLength(1);
    const findings = await collector.findings(collector.tenant.id);
    expect(findings).toMatchObject([
      {
        type: 'node_alias.conflict',
        details: { alias: nodeOf(table), claimedAs: nodeOf(other), standsFor: nodeOf(lake) },
      },
    ]);
  });

  test('a dataset event and a job event are taken; the job moves nothing', async () => {
    const [from, to] = [aTable(), aTable()];
    const dataset = { ...from, facets: { lifecycleStateChange: { lifecycleStateChange: 'DROP' } } };
    const eventTime = '2026-11-22T02:00:00Z';
    expect((await post('', { eventTime, dataset })).status).toBe(201);
    expect(
      (await post('', { eventTime, job: { namespace: 'n', name: 'j' }, inputs: [from], outputs: [to] })).status,
    ).toBe(201);
    expect(await edgesFrom(nodeOf(from))).toEqual(['']);
  });

  test('is refused as one to send again while it cannot be made durable', async () => {
    const down = await startRunningCollector();
    try {
      const headers = { authorization: `Bearer ${down.key}`, 'content-type': 'application/json' };
      const event = Buffer.from(JSON.stringify(runEvent({ inputs: [aTable()], outputs: [aTable()] })));
      // The key is known by then, so that what fails is the storing.
      expect((await send(`${down.url}/api/v1/lineage`, event, headers)).status).toBe(201);
      await down.stopClickHouse();
      for (const [path, body] of [
        ['', event],
        ['/batch', Buffer.from(`[${event}]`)],
      ] as const) {
        expect((await send(`${down.url}/api/v1/lineage${path}`, body, headers)).status).toBe(503);
      }
    } finally {
      await down.close();
    }
  });

  test('two runs are never joined', async () => {
    const [from, to] = [aTable(), aTable()];
    await post('', runEvent({ inputs: [from] }));
    await post('', runEvent({ outputs: [to] }));
    expect(await edgesFrom(nodeOf(from))).toEqual([]);
  });

  test('a store goes by the name the registry gives it', async () => {
    const to = aTable();
    const audit = { type: 'alias.put', actor: 'key:test', object: { kind: 'node', id: '-' } };
    // An own collector: what a tenant's registry says is remembered for some seconds.
    const fresh = await startRunningCollector();
    try {
      const { registry, events } = fresh.deps;
      await registry.putNodeAlias(
        fresh.tenant.id,
        'store:postgres://10.0.0.5:5432/*',
        'store:postgres://db:5432/*',
        audit,
      );
      const from = aTable('10.0.0.5');
      const answer = await send(
        `${fresh.url}/api/v1/lineage`,
        Buffer.from(JSON.stringify(runEvent({ inputs: [from], outputs: [to] }))),
        { authorization: `Bearer ${fresh.key}`, 'content-type': 'application/json' },
      );
      expect(answer.status).toBe(201);
      const needs = { traces: [], jumps: [], linksTo: [], datasets: [`store:postgres://db:5432/${from.name}`] };
      const { datasets } = await events.facts(fresh.tenant.id, needs, { spansMax: 10, hitsPerKeyMax: 10 });
      expect(datasets).toMatchObject([{ output: nodeOf(to) }]);
    } finally {
      await fresh.close();
    }
  });

  test.each([
    ['no JSON', '{"run": ada@example.com', 400],
    ['no event', '7', 400],
    ['an event without what it is about', '{"eventTime":"2026-11-22T02:00:00Z"}', 400],
    ['a run id that is none', JSON.stringify(runEvent({ run: { runId: 'ada@example.com' } })), 400],
  ])('%s is refused as a Status that quotes nothing', async (_name, body, status) => {
    const answer = await post('', body);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ code: 3 });
    expect(answer.body.toString()).not.toContain('ada@');
  });

  test('needs a key and JSON', async () => {
    expect((await post('', {}, { key: 'vst_nobody_x' })).status).toBe(401);
    const headers = { authorization: `Bearer ${collector.key}`, 'content-type': 'application/x-protobuf' };
    expect((await send(`${collector.url}/api/v1/lineage`, Buffer.alloc(0), headers)).status).toBe(415);
  });
});

describe('a batch', () => {
  test('of good events is 204', async () => {
    const tables = [aTable(), aTable(), aTable()] as const;
    const events = [
      runEvent({ inputs: [tables[0]], outputs: [tables[1]] }),
      runEvent({ inputs: [tables[1]], outputs: [tables[2]] }),
    ];
    expect((await post('/batch', events, { gzip: true })).status).toBe(204);
    expect(await edgesFrom(nodeOf(tables[0]))).toEqual([nodeOf(tables[1])]);
    expect(await edgesFrom(nodeOf(tables[1]))).toEqual([nodeOf(tables[2])]);
  });

  test('with a bad event tells which one, and the others are stored', async () => {
    const [from, to] = [aTable(), aTable()];
    const answer = await post('/batch', [{}, runEvent({ inputs: [from], outputs: [to] }), 'x']);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      status: 'partial_success',
      summary: { received: 3, successful: 1, failed: 2, retriable: 0, non_retriable: 2 },
      failed_events: [
        { index: 0, retriable: false },
        { index: 2, retriable: false },
      ],
    });
    expect(await edgesFrom(nodeOf(from))).toEqual([nodeOf(to)]);
  });

  test('that is no list is refused', async () => {
    expect((await post('/batch', {})).status).toBe(400);
    expect((await post('/batch', '[')).status).toBe(400);
  });

  test('that is empty is taken', async () => {
    expect((await post('/batch', [])).status).toBe(204);
  });
});
