import { readProtobufTraces } from '@vestige/collector/otlp/read-protobuf';
import { expect, test } from 'vitest';
import { newCounters } from '../counters.ts';
import type { OtelReadableSpan } from '../otel-types.ts';
import { RequestEncoder } from './request.ts';
import { Scrub } from './span.ts';

const NOW_MS = 1_763_000_000_000;
const encoder = new RequestEncoder(new Scrub(newCounters(), () => ''), {
  serviceName: 'desk',
  serviceNamespace: '',
  instanceId: 'i-1',
});

function sent(attributes: Record<string, unknown>) {
  const span = {
    name: 'work',
    kind: 0,
    spanContext: () => ({ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 }),
    startTime: [NOW_MS / 1_000, 0],
    endTime: [NOW_MS / 1_000, 1_000],
    attributes,
    events: [],
    links: [],
    status: { code: 0 },
    resource: { attributes: {} },
    instrumentationScope: { name: 'test' },
  } as unknown as OtelReadableSpan;
  const piece = encoder.encode([span]);
  return { bytes: piece.bytes.length, attributes: readProtobufTraces(piece.bytes, NOW_MS).spans[0]?.attributes };
}

test('an object that refers to itself many times over is cut, and the host does not wait for it', () => {
  const circle: Record<string, unknown> = {};
  for (let i = 0; i < 20; i++) circle[`self${i}`] = circle;
  expect(sent({ circle }).bytes).toBeLessThan(1_000_000);
  const list: unknown[] = [];
  list.push(list, list, list);
  expect(sent({ list }).bytes).toBeLessThan(1_000_000);
});

test('a text of megabytes is cut where nobody would read on, and what is left is masked up to the cut', () => {
  const { attributes } = sent({ long: `${'a '.repeat(32_765)}jane.doe@example.com ${'b'.repeat(2_000_000)}` });
  const text = String(attributes?.['long']);
  expect([text.length > 65_000, text.length <= 65_536]).toEqual([true, true]);
  expect(text).not.toContain('jane');
});

test('of addresses by the thousand none is left, though masking draws the cut through one of them into the text', () => {
  const { attributes } = sent({ long: 'jane.doe@example.com '.repeat(4_000) });
  const text = String(attributes?.['long']);
  expect(text.length).toBeGreaterThan(10_000);
  expect(text).not.toContain('jane');
});

test('a list of a million is cut', () => {
  expect(sent({ many: Array.from({ length: 1_000_000 }, () => 1) }).bytes).toBeLessThan(100_000);
});
