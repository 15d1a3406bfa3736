import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { goldens } from '@vestige/core/openlineage/testing/golden';
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

  test('is stored by the names that it tells, so that names which were joined can be told apart again', async () => {
    const [from, to] = [aTable('10.0.0.5'), aTable()];
    const audit = { type: 'alias.put', actor: 'key:test', object: { kind: 'node', id: '-' } };
    // An own collector: what a tenant's registry says is remembered for some seconds.
    const fresh = await startRunningCollector();
    try {
      const { registry, events } = fresh.deps;
      const alias = 'store:postgres://10.0.0.5:5432/*';
      await registry.putNodeAlias(fresh.tenant.id, alias, 'store:postgres://db:5432/*', audit);
      const answer = await send(
        `${fresh.url}/api/v1/lineage`,
        Buffer.from(JSON.stringify(runEvent({ inputs: [from], outputs: [to] }))),
        { authorization: `Bearer ${fresh.key}`, 'content-type': 'application/json' },
      );
      expect(answer.status).toBe(201);
      const needs = { traces: [], jumps: [], linksTo: [], datasets: [nodeOf(from)] };
      const { datasets } = await events.facts(fresh.tenant.id, needs, { spansMax: 10, hitsPerKeyMax: 10 });
      expect(datasets).toMatchObject([{ input: nodeOf(from), output: nodeOf(to) }]);
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

  test('is refused with what to do about it', async () => {
    const answer = await post('', runEvent({ eventTime: '2026-11-22T02:00:00' }));
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      code: 3,
      message: 'eventTime: an instant with its offset is needed, as in 2026-11-22T02:00:00Z',
    });
  });

  test('of one run id in two tenants is two runs', async () => {
    const [from, to, other] = [aTable(), aTable(), aTable()];
    const run = { runId: randomUUID() };
    await post('', runEvent({ run, inputs: [from] }));
    await post('', runEvent({ run, outputs: [other] }), { key: collector.rival.key });
    await post('', runEvent({ run, eventType: 'START', outputs: [to] }));
    expect(await edgesFrom(nodeOf(from))).toEqual([nodeOf(to)]);
  });

  test('of one instant and two meanings is both of them', async () => {
    const [from, to, other] = [aTable(), aTable(), aTable()];
    const run = { runId: randomUUID() };
    for (const outputs of [[to], [other]]) {
      await post('', runEvent({ run, eventType: 'RUNNING', inputs: [from], outputs }));
    }
    expect(await edgesFrom(nodeOf(from))).toEqual([nodeOf(to), nodeOf(other)].sort());
  });

  test('a table in a bucket does not make the bucket, nor what else is in it, that table', async () => {
    const bucket = `lake-${randomUUID().slice(0, 8)}`;
    const tables = ['users', 'orders'].map((name) => ({
      namespace: `s3://${bucket}`,
      name: `warehouse/crm/${name}`,
      facets: {
        symlinks: {
          identifiers: [
            { namespace: `s3://${bucket}/warehouse`, name: `crm.${name}`, type: 'TABLE' },
            { namespace: `s3://${bucket}`, name: `warehouse/crm/${name}/part-0.parquet`, type: 'LOCATION' },
            { namespace: `s3://${bucket}`, name: '/', type: 'LOCATION' },
          ],
        },
      },
    }));
    expect((await post('', runEvent({ inputs: tables }))).status).toBe(201);
    const aliases = await collector.deps.registry.nodeAliases(collector.tenant.id);
    expect(aliases.filter(({ alias }) => alias.includes(bucket)).sort((a, b) => (a.alias < b.alias ? -1 : 1))).toEqual([
      { alias: `store:s3://${bucket}/warehouse/crm.orders`, canonical: `store:s3://${bucket}/warehouse/crm/orders` },
      { alias: `store:s3://${bucket}/warehouse/crm.users`, canonical: `store:s3://${bucket}/warehouse/crm/users` },
    ]);
  });

  test('of a run of thousands of datasets is taken, one dataset too many is refused with the number', async () => {
    const lake = randomUUID().slice(0, 8);
    const many = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ namespace: `s3://${lake}`, name: `t${at}x` }));
    const to = aTable();
    expect((await post('', runEvent({ inputs: many(5_000), outputs: [to] }), { gzip: true })).status).toBe(201);
    expect(await edgesFrom(`store:s3://${lake}/t4999x`)).toEqual([nodeOf(to)]);
    const refused = await post('', runEvent({ inputs: many(20_001) }), { gzip: true });
    expect([refused.status, refused.body.toString()]).toEqual([400, expect.stringContaining('at most 20000 datasets')]);
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

  test.each(goldens().map((golden) => [golden.name, golden] as const))(
    'of what %s sent is taken, and each event in the way in which it was sent',
    async (_name, { events, requests }) => {
      expect(
        (
          await post(
            '/batch',
            events.map(({ event }) => event),
            { gzip: true },
          )
        ).status,
      ).toBe(204);
      for (const { path, headers } of requests) {
        const { 'transfer-encoding': transfer, authorization: _, ...kept } = headers;
        const bytes = Buffer.from(JSON.stringify(events[0]?.event));
        const body = headers['content-encoding'] === 'gzip' ? gzipSync(bytes) : bytes;
        const sent = { ...kept, authorization: `Bearer ${collector.key}` };
        expect((await send(collector.url + path, body, sent, { chunked: transfer === 'chunked' })).status).toBe(201);
      }
    },
  );

  test('of a thousand events is stored before it is answered', async () => {
    const chain = Array.from({ length: 1_001 }, () => aTable());
    const events = chain.slice(1).map((to, at) => runEvent({ inputs: [chain[at]], outputs: [to] }));
    expect((await post('/batch', events, { gzip: true })).status).toBe(204);
    for (const at of [0, 500, 999]) {
      const [from, to] = [chain[at] ?? aTable(), chain[at + 1] ?? aTable()];
      expect(await edgesFrom(nodeOf(from))).toEqual([nodeOf(to)]);
    }
  });

  test('that is no list is refused', async () => {
    expect((await post('/batch', {})).status).toBe(400);
    expect((await post('/batch', '[')).status).toBe(400);
  });

  test('that is empty is taken', async () => {
    expect((await post('/batch', [])).status).toBe(204);
  });
});
