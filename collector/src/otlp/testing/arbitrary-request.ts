import fc from 'fast-check';
import type { TestAttribute, TestRequest, TestSpan, TestValue } from './otlp-messages.ts';

/** Random export requests: every value kind, nesting, odd keys, ids of wrong length, times of any size. */

/** 2026-11-22T12:00:00Z. */
export const NOW_MS = 1_795_348_800_000;

const text = fc.string({ unit: 'binary', maxLength: 12 });
const key = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'toString', 'http.route', 'a', ''));

const { value } = fc.letrec<{ value: TestValue; attribute: TestAttribute }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'value' },
    fc.record({ stringValue: text }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) }),
    fc.record({ intValue: fc.bigInt({ min: -300n, max: 300n }) }),
    fc.record({ doubleValue: fc.double().map((number) => (Object.is(number, -0) ? 0 : number)) }),
    fc.record({ bytesValue: fc.uint8Array({ maxLength: 8 }) }),
    fc.constant({}),
    fc.record({ arrayValue: fc.record({ values: fc.array(tie('value'), { maxLength: 3 }) }) }),
    fc.record({ kvlistValue: fc.record({ values: fc.array(tie('attribute'), { maxLength: 3 }) }) }),
  ),
  attribute: fc.record({ key, value: tie('value') }),
}));
const attributes = fc.array(fc.record({ key, value }), { maxLength: 4 });

const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((id) => Buffer.from(id).toString('hex'));
const id = (bytes: number) =>
  fc.oneof({ weight: 8, arbitrary: hex(bytes) }, fc.constantFrom('', '00'.repeat(bytes), 'ab'.repeat(bytes + 1)));
const time = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.bigInt({ min: BigInt(NOW_MS - 1000) * 1_000_000n, max: BigInt(NOW_MS) * 1_000_000n }),
  },
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);

const span: fc.Arbitrary<TestSpan> = fc.record({
  traceId: id(16),
  spanId: id(8),
  parentSpanId: id(8),
  name: text,
  kind: fc.integer({ min: 0, max: 9 }),
  startTimeUnixNano: time,
  endTimeUnixNano: time,
  attributes,
  events: fc.array(fc.record({ timeUnixNano: time, name: text, attributes }), { maxLength: 2 }),
  links: fc.array(fc.record({ traceId: id(16), spanId: id(8), attributes }), { maxLength: 2 }),
  status: fc.record({ code: fc.integer({ min: 0, max: 4 }), message: text }),
});

export const arbitraryRequest: fc.Arbitrary<TestRequest> = fc.record({
  resourceSpans: fc.array(
    fc.record({
      resource: fc.record({ attributes }),
      scopeSpans: fc.array(
        fc.record({ scope: fc.record({ name: text, version: text }), spans: fc.array(span, { maxLength: 4 }) }),
        { maxLength: 2 },
      ),
    }),
    { maxLength: 2 },
  ),
});
