import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Secret } from '@vestige/core/secret';
import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEventStore } from './clickhouse-event-store.ts';
import type { ResolvedSpan } from './event-store.ts';
import { newSpanId, newTenant, newTraceId, ns, tagged, untagged } from './testing/spans.ts';

let engine: TestClickHouse;
beforeAll(async () => {
  engine = await startTestClickHouse();
});
afterAll(() => engine?.stop());

const EVERYTHING = { fromUs: null, toUs: null };

/**
 * Stands between the store and the engine and cuts one insert off: `before` it reaches the engine, or `after` the
 * engine has answered, so that the rows are there and the acknowledgement is lost.
 */
async function cutting(insertNumber: number, when: 'before' | 'after') {
  const target = new URL(engine.url('collector').reveal());
  let inserts = 0;
  const proxy = http.createServer((request, response) => {
    const cut = ++inserts === insertNumber;
    if (cut && when === 'before') return void request.socket.destroy();
    const { hostname, port } = target;
    const onward = http.request(
      { hostname, port, path: request.url, method: request.method, headers: request.headers },
      (answer) => {
        if (cut) {
          answer.resume().on('end', () => request.socket.destroy());
          return;
        }
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    request.pipe(onward);
  });
  await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening));
  const url = new URL(target);
  url.port = String((proxy.address() as AddressInfo).port);
  return {
    url: new Secret(url.toString()),
    async close() {
      proxy.closeAllConnections();
      await new Promise((closed) => proxy.close(closed));
    },
  };
}

function batch(subject: string): { spans: ResolvedSpan[]; traceId: string; linked: string } {
  const [traceId, linked] = [newTraceId(), newTraceId()];
  const spans = [0, 1, 2].map((day) =>
    tagged([subject], {
      traceId,
      startNs: ns(day * 86_400),
      recordRefs: ['store:a#r'],
      touches: [{ peer: 'store:a', action: 'write', rule: 'r' }],
      links: [{ traceId: linked, spanId: newSpanId() }],
      seq: day,
    }),
  );
  return { spans: [...spans, untagged({ traceId, startNs: ns(3) })], traceId, linked };
}

describe('a batch that fails halfway and is sent again', () => {
  // Three days of spans, one month of records, of links, of touches.
  const INSERTS = 6;

  test.each(
    Array.from({ length: INSERTS }, (_, index) => index + 1).flatMap((insert) =>
      (['before', 'after'] as const).map((when) => ({ insert, when })),
    ),
  )('is stored once, when insert $insert was cut off $when it was written', async ({ insert, when }) => {
    const tenant = newTenant();
    const subject = randomUUID();
    const { spans, traceId, linked } = batch(subject);
    const proxy = await cutting(insert, when);
    const store = openEventStore({ writeUrl: proxy.url, readUrl: engine.url('api') });
    const answers = async () => ({
      tags: await store.subjectTags(tenant, { ...EVERYTHING, subjectIds: [subject], limit: 100 }),
      facts: await store.facts(
        tenant,
        { traces: [traceId], jumps: [{ key: 'store:a#r', fromUs: 0 }], linksTo: [linked], datasets: [] },
        { spansMax: 100, hitsPerKeyMax: 100 },
      ),
    });

    await expect(store.append(tenant, { spans })).rejects.toMatchObject({ code: 'store_unavailable', retryable: true });
    const halfway = await answers();
    // Whoever finds a person finds everything her spans led to.
    if (halfway.tags.rows.length > 0) {
      expect([halfway.facts.spans.length, halfway.facts.jumps.length, halfway.facts.links.length]).toEqual([4, 3, 3]);
    }

    await store.append(tenant, { spans });
    const whole = await answers();
    expect([
      whole.tags.rows.length,
      whole.facts.spans.length,
      whole.facts.jumps.length,
      whole.facts.links.length,
    ]).toEqual([3, 4, 3, 3]);
    // Cut into other blocks, as a collector does that was killed and reads its log again.
    for (const span of spans.toReversed()) await store.append(tenant, { spans: [span] });
    expect(await answers()).toEqual(whole);
    await store.close();
    await proxy.close();
  });
});
