import type { StoredSpan } from '@vestige/store/events/event-store';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type RunningCollector, startRunningCollector } from '../testing/running-collector.ts';
import { fixtures } from './fixture.ts';
import { replay } from './testing/replay.ts';

/** What exporters of other languages and the OpenTelemetry Collector really sent, byte for byte, into a running collector. */

let collector: RunningCollector;
beforeAll(async () => {
  collector = await startRunningCollector();
});
afterAll(() => collector.close());

const SCENARIO_TOKEN = 'ps1.k1.AAAAAAAAAAAAAAAAAAAAAA';
const recorded = fixtures();

test('every client is there, over HTTP and over gRPC', () => {
  const kinds = new Set(recorded.map(({ name, fixture }) => `${name.split('-')[0]} ${fixture.transport}`));
  expect([...kinds].sort()).toEqual(
    ['go', 'java', 'otelcol', 'python'].flatMap((client) => [`${client} grpc`, `${client} http`]),
  );
});

describe.each(recorded)('$name', ({ fixture }) => {
  let order: readonly StoredSpan[] = [];
  let process: readonly StoredSpan[] = [];
  const named = (name: string): StoredSpan => {
    const span = [...order, ...process].find((row) => row.name === name);
    if (span === undefined) throw new Error(`no span is named ${name}`);
    return span;
  };
  beforeAll(async () => {
    expect(await replay(collector, fixture)).toBe('success');
    order = await trace(fixture.traces.order, 5);
    process = await trace(fixture.traces.process, 1);
  });

  test('spans keep names, kinds, nesting and times', () => {
    const root = named('POST /orders ✓');
    expect(root).toMatchObject({
      kind: 'server',
      parentId: '',
      service: 'service:shop/checkout',
      scope: 'interop 1.2.3',
    });
    expect(named('invoke_agent clerk')).toMatchObject({ kind: 'internal', parentId: root.spanId });
    expect(named('chat gpt-5')).toMatchObject({ kind: 'client', parentId: named('invoke_agent clerk').spanId });
    expect(named('SELECT shop')).toMatchObject({ kind: 'client', parentId: root.spanId });
    expect(named('send receipts')).toMatchObject({ kind: 'producer', parentId: root.spanId });
    expect(named('process receipts')).toMatchObject({ kind: 'consumer', parentId: '', outcome: 'failed' });
    expect([...order, ...process].every((row) => row.endNs >= row.startNs && row.startNs > 0n)).toBe(true);
  });

  test('attributes of every type are kept as they were, and content is not', () => {
    expect(named('chat gpt-5').attrs).toMatchObject({
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.request.temperature': '0.5',
      'gen_ai.request.stream': 'true',
      'gen_ai.usage.input_tokens': '12',
      'gen_ai.response.finish_reasons': 'stop,length',
    });
    // One more than a JavaScript number can hold.
    expect(named('send receipts').attrs['messaging.kafka.offset']).toBe('9007199254740993');
    expect(named('SELECT shop').attrs['db.query.text']).toBe('SELECT id, total FROM orders WHERE customer_id = ?');
    expect(
      JSON.stringify([order, process], (_key, value) => (typeof value === 'bigint' ? `${value}` : value)),
    ).not.toMatch(/must not be kept|48213/);
  });

  test('what the spans touched is recognised', () => {
    const touched = (name: string) => named(name).touches.map(({ peer, action }) => `${action} ${peer}`);
    expect(touched('SELECT shop')).toEqual(['read store:postgres://db.internal:5432/shop.public.orders']);
    expect(touched('chat gpt-5')).toEqual(
      expect.arrayContaining(['share model:openai/gpt-5@api.openai.com', 'receive model:openai/gpt-5@api.openai.com']),
    );
    expect(touched('send receipts')).toEqual(['write queue:kafka://kafka.internal:9092/receipts']);
    expect(touched('process receipts')).toEqual(['read queue:kafka://kafka.internal:9092/receipts']);
    expect(named('invoke_agent clerk').self).toBe('agent:shop/checkout/clerk');
  });

  test('its person is found, on the span and on the link', async () => {
    const [alias] = await collector.deps.aliases.find(collector.tenant.id, [SCENARIO_TOKEN]);
    expect(alias?.subjectId).toMatch(/^[0-9a-f-]{36}$/);
    expect(named('SELECT shop').subjectIds).toEqual([alias?.subjectId]);
    expect(named('process receipts').subjectIds).toEqual([alias?.subjectId]);
    expect(named('process receipts').links).toEqual([
      { traceId: fixture.traces.order, spanId: named('send receipts').spanId },
    ]);
  });
});

/** Acknowledged spans are durable; that they can be queried may take a moment longer. */
function trace(traceId: string, spans: number): Promise<readonly StoredSpan[]> {
  return vi.waitFor(
    async () => {
      const { rows } = await collector.deps.events.trace(collector.tenant.id, traceId, 100);
      expect(rows).toHaveLength(spans);
      return rows;
    },
    { timeout: 20_000, interval: 50 },
  );
}
