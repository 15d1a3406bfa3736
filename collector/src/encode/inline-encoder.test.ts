import { readContext } from '@vestige/core/recognise/read-context';
import { afterEach, expect, test, vi } from 'vitest';
import { NOW_MS } from '../otlp/testing/arbitrary-request.ts';
import { encodeProtobuf } from '../otlp/testing/otlp-messages.ts';
import { createInlineEncoder } from './inline-encoder.ts';
import { expectPlainRows, TENANT } from './testing/compare-rows.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const KEYS = ['db.name', 'peer.service', 'graph.node.id', 'tool.name', 'rpc.method', 'rpc.service', 'aws.region'];

const onReaderFault = (error: unknown) => {
  throw error;
};

test('a request of more kinds of spans than are remembered is read like the plain way', async () => {
  const atNs = BigInt(NOW_MS) * 1_000_000n;
  const spans = Array.from({ length: 6_000 }, (_, index) => ({
    traceId: 'a1'.repeat(16),
    spanId: (index + 1).toString(16).padStart(16, '0'),
    name: `kind ${index % 500}`,
    startTimeUnixNano: atNs,
    endTimeUnixNano: atNs,
    attributes: [
      { key: 'gen_ai.agent.name', value: { stringValue: `agent-${Math.floor(index / 1_000)}` } },
      ...KEYS.map((key) => ({ key, value: { stringValue: 'same' } })),
    ],
  }));
  const body = encodeProtobuf({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'desk' } }] },
        scopeSpans: [{ scope: { name: 'own', version: '' }, spans }],
      },
    ],
  });
  const encoder = createInlineEncoder({ onReaderFault });
  await expectPlainRows(encoder, readContext(), body, 'protobuf', NOW_MS);
});

test('requests that are small each let the event loop on when they are many', async () => {
  let nowMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    nowMs += 1_000;
    return nowMs;
  });
  let turns = 0;
  const count = () => {
    turns += 1;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  const atNs = BigInt(NOW_MS) * 1_000_000n;
  const spans = Array.from({ length: 16 }, (_, index) => ({
    traceId: 'a1'.repeat(16),
    spanId: (index + 1).toString(16).padStart(16, '0'),
    name: 'work',
    startTimeUnixNano: atNs,
    endTimeUnixNano: atNs,
    attributes: [],
  }));
  const scopeSpans = [{ scope: { name: 'own', version: '' }, spans }];
  const body = encodeProtobuf({ resourceSpans: [{ resource: { attributes: [] }, scopeSpans }] });
  const request = { body, form: 'protobuf', receivedAtMs: NOW_MS } as const;
  const requests = Array.from({ length: 64 }, () => request);
  const encoded = await createInlineEncoder({ onReaderFault }).encode(TENANT, readContext(), requests);
  clearImmediate(next);
  expect(encoded.spans).toBe(1_024);
  expect(turns).toBeGreaterThanOrEqual(8);
});
