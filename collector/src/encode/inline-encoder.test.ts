import { readContext } from '@vestige/core/recognise/read-context';
import { test } from 'vitest';
import { NOW_MS } from '../otlp/testing/arbitrary-request.ts';
import { encodeProtobuf } from '../otlp/testing/otlp-messages.ts';
import { createInlineEncoder } from './inline-encoder.ts';
import { expectPlainRows } from './testing/compare-rows.ts';

const KEYS = ['db.name', 'peer.service', 'graph.node.id', 'tool.name', 'rpc.method', 'rpc.service', 'aws.region'];

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
  const encoder = createInlineEncoder({
    onReaderFault: (error) => {
      throw error;
    },
  });
  await expectPlainRows(encoder, readContext(), body, 'protobuf', NOW_MS);
});
