import type { HrTime, Link, SpanContext } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { readProtobufTraces } from '@vestige/collector/otlp/read-protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newCounters } from '../counters.ts';
import type { OtelReadableSpan, OtelResource, OtelScope } from '../otel-types.ts';
import { readJournal } from '../spool/journal.ts';
import { RequestEncoder } from './request.ts';
import { Scrub } from './span.ts';

const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((given) => {
    given[0] = (given[0] ?? 0) | 1;
    return Buffer.from(given).toString('hex');
  });
const spanContext = fc.record({
  traceId: hex(16),
  spanId: hex(8),
  traceFlags: fc.constantFrom(0, 1),
  isRemote: fc.boolean(),
}) as fc.Arbitrary<SpanContext>;
// Recent enough for the decoder to believe.
const time = fc.tuple(
  fc.integer({ min: 1_760_000_000, max: 1_763_000_000 }),
  fc.nat(999_999_999),
) as fc.Arbitrary<HrTime>;
const text = fc.string({ maxLength: 200, unit: 'grapheme' }).filter((s) => s.isWellFormed() && !/[@+%]/.test(s));
const scalar = fc.oneof(
  text,
  fc.boolean(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const value = fc.oneof(scalar, fc.array(text, { maxLength: 5 }), fc.array(fc.integer(), { maxLength: 5 }));
const attributes = fc.dictionary(fc.stringMatching(/^[a-z]{1,10}\.[a-z]{1,10}$/), value, { maxKeys: 20 });

const resource: OtelResource = {
  attributes: { 'service.name': 'desk', 'service.instance.id': 'i-1', 'vestige.convention.version': '1.0' },
};
const scope: OtelScope = { name: 'scope', version: '1.2.3' };

const span: fc.Arbitrary<OtelReadableSpan> = fc.record({
  name: text.filter((s) => s !== ''),
  kind: fc.constantFrom(0, 1, 2, 3, 4),
  spanContext: spanContext.map((context) => () => context),
  parentSpanContext: fc.option(spanContext, { nil: undefined }) as fc.Arbitrary<SpanContext>,
  startTime: time,
  endTime: time,
  status: fc.constantFrom({ code: 0 }, { code: 1 }, { code: 2 }),
  attributes,
  links: fc.array(fc.record({ context: spanContext, attributes }), { maxLength: 3 }) as fc.Arbitrary<Link[]>,
  events: fc.array(fc.record({ time, name: text, attributes }), { maxLength: 3 }),
  resource: fc.constant(resource),
  instrumentationScope: fc.constant(scope),
  droppedAttributesCount: fc.nat(3),
  droppedEventsCount: fc.nat(3),
  droppedLinksCount: fc.nat(3),
});

const sender = { serviceName: 'desk', serviceNamespace: '', instanceId: 'i-1' };
const encoder = () => new RequestEncoder(new Scrub(newCounters(), () => ''), sender);
const NOW = 1_763_000_000_000;

describe('our OTLP', () => {
  test('reads like that of OpenTelemetry, for any span', () => {
    const own = encoder();
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 4 }), (spans) => {
        const ours = readProtobufTraces(own.encode(spans).bytes, NOW);
        const withDuration = spans.map((one) => ({ ...one, duration: [0, 0], ended: true }));
        const theirs = readProtobufTraces(
          ProtobufTraceSerializer.serializeRequest(withDuration as never) as Uint8Array,
          NOW,
        );
        expect(ours).toEqual(theirs);
        expect(ours.spans.length + ours.refused.length).toBe(spans.length);
      }),
      { numRuns: 300 },
    );
  });

  test('pieces put one after another are a request again, and a cut costs the last piece alone', () => {
    const own = encoder();
    fc.assert(
      fc.property(fc.array(span, { minLength: 2, maxLength: 5 }), fc.nat(), (spans, cut) => {
        const pieces = spans.map((one) => own.encode([one]).bytes);
        const all = Buffer.concat(pieces);
        expect(readJournal(all)).toEqual({ whole: all, spans: spans.length });
        const last = pieces.at(-1)?.length ?? 1;
        const torn = all.subarray(0, all.length - 1 - (cut % last));
        const { whole, spans: kept } = readJournal(torn);
        expect(kept).toBe(spans.length - 1);
        expect(whole.length).toBe(all.length - last);
      }),
    );
  });

  test('nested values, bytes, null and big integers of API 1.10 are written', () => {
    const [one] = fc.sample(span, { numRuns: 1, seed: 7 });
    const nested = {
      'a.map': { x: [1, { y: null }] },
      'a.bytes': new Uint8Array([1, 2]),
      'a.big': 2n ** 60n,
      'a.negative': -5,
      'a.odd': () => 1,
    };
    const bytes = encoder().encode([{ ...(one as OtelReadableSpan), attributes: nested }]).bytes;
    expect(readProtobufTraces(bytes, NOW).spans[0]?.attributes).toMatchObject({
      'a.map': { x: [1, { y: null }] },
      'a.bytes': new Uint8Array([1, 2]),
      'a.big': 2n ** 60n,
      'a.negative': -5,
      'a.odd': null,
    });
  });

  test('a resource that does not name its service gets the name from the options', () => {
    const [one] = fc.sample(span, { numRuns: 1, seed: 7 });
    const bare = { ...(one as OtelReadableSpan), resource: { attributes: {} } };
    expect(readProtobufTraces(encoder().encode([bare]).bytes, NOW).spans[0]?.resource).toEqual({
      'service.name': 'desk',
      'service.instance.id': 'i-1',
      'vestige.convention.version': '1.0',
    });
  });

  test('a resource whose detectors still run is read without touching its attributes', () => {
    const [one] = fc.sample(span, { numRuns: 1, seed: 7 });
    const pending: OtelResource = {
      get attributes(): never {
        throw new Error('attributes were read too early');
      },
      asyncAttributesPending: true,
      getRawAttributes: () => [
        ['service.name', 'known'],
        ['host.id', Promise.resolve('later')],
      ],
    };
    const bytes = encoder().encode([{ ...(one as OtelReadableSpan), resource: pending }]).bytes;
    const read = readProtobufTraces(bytes, NOW).spans[0]?.resource;
    expect(read?.['service.name']).toBe('known');
    expect(read).not.toHaveProperty('host.id');
  });
});
