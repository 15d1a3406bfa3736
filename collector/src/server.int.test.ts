import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCollector } from './server.ts';
import { aSpan, aToken, exportSpans, hexId, nsOf, tokensAttribute } from './testing/export-client.ts';
import { type RunningCollector, startRunningCollector } from './testing/running-collector.ts';

describe('subjects', () => {
  let collector: RunningCollector;
  // A long poll: what these tests see is not the poll's doing unless they wait for it.
  beforeAll(async () => {
    collector = await startRunningCollector({ suppressionPollMs: 300 });
  });
  afterAll(() => collector.close());

  const window = { fromUs: null, toUs: null, limit: 100 };
  const export_ = (...spans: Parameters<typeof aSpan>[0][]) =>
    exportSpans(collector.url, collector.key, ...spans.map((span) => aSpan(span)));
  const subjectOf = async (token: string): Promise<string> => {
    const [found] = await collector.deps.aliases.find(collector.tenant.id, [token]);
    return found?.subjectId ?? expect.fail('the token has no subject');
  };
  const tagsOf = async (subjectId: string) =>
    (await collector.deps.events.subjectTags(collector.tenant.id, { ...window, subjectIds: [subjectId] })).rows;
  const spansOf = async (traceId: string) =>
    (await collector.deps.events.trace(collector.tenant.id, traceId, 100)).rows;
  const metric = async (name: string) =>
    Number(new RegExp(`^vestige_collector_${name} (\\d+)`, 'm').exec(await collector.metrics())?.[1]);
  /** As an erasure does it: suppress, then wait until every collector has acknowledged. */
  const erase = async (subjectIds: string[], beforeMs: number) => {
    const { aliases } = collector.deps;
    const version = await aliases.suppress(collector.tenant.id, subjectIds, beforeMs, randomUUID());
    await expect
      .poll(() => aliases.unacknowledged(collector.tenant.id, version, 60_000), { timeout: 5000, interval: 20 })
      .toEqual([]);
  };

  test('a token becomes a subject, on the span itself and over a link', async () => {
    const [own, linked] = [aToken(), aToken()];
    const traceId = hexId(16);
    const link = { traceId: hexId(16), spanId: hexId(8), attributes: [tokensAttribute([linked])] };
    await export_({ traceId, attributes: [tokensAttribute([own])], links: [link] });
    expect(await tagsOf(await subjectOf(own))).toMatchObject([{ traceId, viaLink: false }]);
    expect(await tagsOf(await subjectOf(linked))).toMatchObject([{ traceId, viaLink: true }]);
  });

  test('a token is stored nowhere in a span', async () => {
    const token = aToken();
    const traceId = hexId(16);
    await export_({ traceId, name: `look up ${token}`, attributes: [tokensAttribute([token])] });
    expect(JSON.stringify((await spansOf(traceId)).map(({ attrs, resource }) => ({ attrs, resource })))).not.toContain(
      token,
    );
  });

  test('a subject set tags its span with every member', async () => {
    const members = [aToken(), aToken(), aToken()];
    const { id } = await collector.deps.aliases.createSet(collector.tenant.id, members);
    const traceId = hexId(16);
    await export_({ traceId, attributes: [{ key: 'vestige.subject.set', value: { stringValue: id } }] });
    for (const member of members) expect(await tagsOf(await subjectOf(member))).toMatchObject([{ traceId }]);
  });

  test('a set nobody registered is counted and its span is kept', async () => {
    const before = await metric('unknown_subject_sets_total');
    const traceId = hexId(16);
    const set = { key: 'vestige.subject.set', value: { stringValue: 'set_0000000000000000000000' } };
    await export_({ traceId, attributes: [set] });
    expect(await spansOf(traceId)).toHaveLength(1);
    expect(await metric('unknown_subject_sets_total')).toBe(before + 1);
  });

  test('late spans of an erased person are dropped and counted, with every cache warm', async () => {
    const [erased, other] = [aToken(), aToken()];
    const erasedAt = Date.now() - 1000;
    const before = { startTimeUnixNano: nsOf(erasedAt - 500), endTimeUnixNano: nsOf(erasedAt - 400) };
    await export_({ ...before, attributes: [tokensAttribute([erased, other])] });
    const subjectId = await subjectOf(erased);
    await erase([subjectId], erasedAt);
    const countedSpans = await metric('spans_suppressed_total');
    const countedTags = await metric('tags_suppressed_total');
    const traces = { alone: hexId(16), together: hexId(16), nobody: hexId(16), linked: hexId(16) };
    const link = { traceId: hexId(16), spanId: hexId(8), attributes: [tokensAttribute([erased])] };
    const answer = await export_(
      { ...before, traceId: traces.alone, attributes: [tokensAttribute([erased])] },
      { ...before, traceId: traces.linked, links: [link] },
      { ...before, traceId: traces.together, attributes: [tokensAttribute([erased, other])] },
      { ...before, traceId: traces.nobody },
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toHaveLength(0);
    expect(await spansOf(traces.alone)).toEqual([]);
    expect(await spansOf(traces.linked)).toEqual([]);
    expect(await spansOf(traces.nobody)).toHaveLength(1);
    expect(await spansOf(traces.together)).toMatchObject([{ subjectIds: [await subjectOf(other)] }]);
    expect(await tagsOf(subjectId)).toHaveLength(1);
    expect(await metric('spans_suppressed_total')).toBe(countedSpans + 2);
    expect(await metric('tags_suppressed_total')).toBe(countedTags + 3);
  });

  test('a person who comes back after the erasure is a new subject', async () => {
    const token = aToken();
    await export_({ attributes: [tokensAttribute([token])] });
    const old = await subjectOf(token);
    const erasedAt = Date.now();
    await erase([old], erasedAt);
    const later = { startTimeUnixNano: nsOf(erasedAt + 10), endTimeUnixNano: nsOf(erasedAt + 20) };
    await export_({ ...later, attributes: [tokensAttribute([token])] });
    const next = await subjectOf(token);
    expect(next).not.toBe(old);
    expect(await tagsOf(next)).toHaveLength(1);
  });

  test('one token in two tenants is two subjects', async () => {
    const token = aToken();
    await export_({ attributes: [tokensAttribute([token])] });
    await exportSpans(collector.url, collector.rival.key, aSpan({ attributes: [tokensAttribute([token])] }));
    const [theirs] = await collector.deps.aliases.find(collector.rival.tenant.id, [token]);
    expect(theirs?.subjectId).not.toBe(await subjectOf(token));
  });
});

describe('faults', () => {
  test('without ClickHouse an export is told to come back, and readyz says why', async () => {
    const collector = await startRunningCollector();
    try {
      await exportSpans(collector.url, collector.key, aSpan());
      await collector.stopClickHouse();
      const answer = await exportSpans(collector.url, collector.key, aSpan());
      expect(answer.status).toBe(503);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      const ready = await fetch(`${collector.url}/readyz`);
      expect(ready.status).toBe(503);
      expect(await ready.json()).toMatchObject({ checks: { clickhouse: 'unreachable', postgres: 'ok' } });
      expect((await fetch(`${collector.url}/livez`)).status).toBe(200);
    } finally {
      await collector.close();
    }
  });

  test('without Postgres an export whose people nobody knows is told to come back, not that its key is wrong', async () => {
    const collector = await startRunningCollector();
    const newPerson = () => aSpan({ attributes: [tokensAttribute([aToken()])] });
    try {
      await exportSpans(collector.url, collector.key, newPerson());
      await collector.stopPostgres();
      expect((await exportSpans(collector.url, collector.key, newPerson())).status).toBe(503);
    } finally {
      await collector.close();
    }
  });

  test('closing finishes requests under way and takes no new ones', async () => {
    const collector = await startRunningCollector();
    const answers = Array.from({ length: 10 }, () => exportSpans(collector.url, collector.key, aSpan()));
    await expect.poll(async () => (await fetch(`${collector.url}/livez`)).status).toBe(200);
    await collector.close();
    for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200);
    await expect(exportSpans(collector.url, collector.key, aSpan())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('a taken port is one clear sentence', async () => {
    const collector = await startRunningCollector();
    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => blocker.once('listening', resolve));
    const address = blocker.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      await expect(
        startCollector({ ...collector.config, port }, { ...collector.deps, log: pino({ level: 'silent' }) }),
      ).rejects.toMatchObject({ code: 'misconfigured', message: expect.stringContaining('the port is taken') });
    } finally {
      blocker.close();
      await collector.close();
    }
  });
});
