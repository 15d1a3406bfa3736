import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { EXPORT_REQUEST, type WireRequest } from './otlp-schema.ts';
import { type TraceBodiesOptions, traceBodies } from './traces.ts';

const digest = (options: Partial<TraceBodiesOptions>) => {
  const hash = createHash('sha256');
  for (const { bytes } of traceBodies(options)) hash.update(bytes);
  return hash.digest('hex');
};

test('a seed decides every byte', () => {
  expect(digest({ seed: 5, spans: 1_000 })).toBe(digest({ seed: 5, spans: 1_000 }));
  expect(digest({ seed: 5, spans: 1_000 })).not.toBe(digest({ seed: 6, spans: 1_000 }));
});

test('bodies hold the spans asked for, of a realistic size, each span once', () => {
  const bodies = [...traceBodies({ spans: 4_500, spansPerBody: 2_000 })];
  expect(bodies.map(({ spans }) => spans)).toEqual([2_000, 2_000, 500]);
  const spans = bodies
    .flatMap(({ bytes }) => (EXPORT_REQUEST.decode(bytes) as unknown as WireRequest).resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  expect(new Set(spans.map(({ spanId }) => Buffer.from(spanId).toString('hex'))).size).toBe(4_500);
  const attributes = spans.reduce((sum, span) => sum + span.attributes.length, 0) / spans.length;
  expect(attributes).toBeGreaterThan(12);
  expect(attributes).toBeLessThan(20);
  const bytes = bodies.reduce((sum, body) => sum + body.bytes.length, 0) / spans.length;
  expect(bytes).toBeGreaterThan(600);
  expect(bytes).toBeLessThan(800);
});

test('no process gives two of its spans one number', () => {
  const numbers = new Map<string, number[]>();
  for (const { bytes } of traceBodies({ spans: 3_000 })) {
    for (const { resource, scopeSpans } of (EXPORT_REQUEST.decode(bytes) as unknown as WireRequest).resourceSpans) {
      const process = resource.attributes.find(({ key }) => key === 'service.instance.id')?.value.stringValue ?? '';
      const own = numbers.get(process) ?? [];
      numbers.set(process, own);
      for (const { attributes } of scopeSpans.flatMap((scope) => scope.spans)) {
        own.push(Number(attributes.find(({ key }) => key === 'vestige.seq')?.value.intValue));
      }
    }
  }
  expect(numbers.size).toBe(15);
  for (const own of numbers.values()) expect(new Set(own).size).toBe(own.length);
});
