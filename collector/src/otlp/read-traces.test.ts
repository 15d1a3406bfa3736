import { isVestigeError } from '@vestige/core/errors';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DECODE_LIMITS } from './limits.ts';
import { readJsonTraces } from './read-json.ts';
import { readProtobufTraces } from './read-protobuf.ts';
import { arbitraryRequest, NOW_MS } from './testing/arbitrary-request.ts';
import { encodeJson, encodeProtobuf, type TestRequest, type TestSpan } from './testing/otlp-messages.ts';

const START = BigInt(NOW_MS) * 1_000_000n;
const GOOD: TestSpan = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  startTimeUnixNano: START,
  endTimeUnixNano: START + 5n,
};
const requestOf = (...spans: TestSpan[]): TestRequest => ({
  resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ scope: { name: 'pg', version: '1.0' }, spans }] }],
});
const readers = [
  [
    'protobuf',
    (request: TestRequest, limits = DECODE_LIMITS) => readProtobufTraces(encodeProtobuf(request), NOW_MS, limits),
  ],
  ['JSON', (request: TestRequest, limits = DECODE_LIMITS) => readJsonTraces(encodeJson(request), NOW_MS, limits)],
] as const;

describe('both encodings', () => {
  test('protobuf and JSON of one request read the same', () => {
    fc.assert(
      fc.property(arbitraryRequest, (request) => {
        const fromProtobuf = readProtobufTraces(encodeProtobuf(request), NOW_MS);
        const fromJson = readJsonTraces(encodeJson(request), NOW_MS);
        expect(fromJson.spans).toEqual(fromProtobuf.spans);
        expect(fromJson.refused).toEqual(fromProtobuf.refused);
        expect(fromJson.refusedCount).toEqual(fromProtobuf.refusedCount);
      }),
      { numRuns: 300 },
    );
  });

  test('every span is either read or refused', () => {
    fc.assert(
      fc.property(arbitraryRequest, (request) => {
        const sent = request.resourceSpans.flatMap((r) => r.scopeSpans.flatMap((s) => s.spans)).length;
        const { spans, refusedCount } = readProtobufTraces(encodeProtobuf(request), NOW_MS);
        const refused = Object.values(refusedCount).reduce((sum, count) => sum + count, 0);
        expect(spans.length + refused).toBe(sent);
      }),
      { numRuns: 200 },
    );
  });

  test.each(readers)('%s: a whole span reads as it was written', (_name, read) => {
    const request: TestRequest = {
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'desk' } }] },
          scopeSpans: [
            {
              scope: { name: 'pg', version: '1.0' },
              spans: [
                {
                  ...GOOD,
                  parentSpanId: '00f067aa0ba902b7',
                  name: 'SELECT',
                  kind: 3,
                  attributes: [
                    { key: 'a', value: { intValue: 9_007_199_254_740_993n } },
                    { key: 'b', value: { intValue: -7n } },
                    { key: 'a2', value: { arrayValue: { values: [{ stringValue: 'x' }, {}, { boolValue: true }] } } },
                    { key: 'm', value: { kvlistValue: { values: [{ key: 'k', value: { doubleValue: 1.5 } }] } } },
                    { key: '__proto__', value: { stringValue: 'kept as a key' } },
                  ],
                  events: [{ timeUnixNano: START + 1n, name: 'exception', attributes: [] }],
                  links: [{ traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), attributes: [] }],
                  status: { code: 2, message: 'no' },
                },
              ],
            },
          ],
        },
      ],
    };
    const { spans, refused } = read(request);
    expect(refused).toEqual([]);
    expect(spans).toEqual([
      {
        resource: { 'service.name': 'desk' },
        scopeName: 'pg',
        scopeVersion: '1.0',
        traceId: GOOD.traceId,
        spanId: GOOD.spanId,
        parentId: '00f067aa0ba902b7',
        name: 'SELECT',
        kind: 'client',
        startNs: START,
        endNs: START + 5n,
        status: 'error',
        statusMessage: 'no',
        attributes: Object.assign(Object.create(null), {
          a: 9_007_199_254_740_993n,
          b: -7,
          a2: ['x', null, true],
          m: { k: 1.5 },
          ['__proto__']: 'kept as a key',
        }),
        events: [{ timeNs: START + 1n, name: 'exception', attributes: {} }],
        links: [{ traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), attributes: {} }],
      },
    ]);
    expect(Object.keys(spans[0]?.attributes ?? {})).toContain('__proto__');
  });

  test.each(readers)(
    '%s: what the SDK cut off a span is an attribute under OpenTelemetry’s name for it',
    (_name, read) => {
      const { spans } = read(
        requestOf(
          { ...GOOD, droppedAttributesCount: 300, droppedEventsCount: 2, droppedLinksCount: 1 },
          { ...GOOD, droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 2 ** 32 - 1 },
          GOOD,
        ),
      );
      expect(spans.map(({ attributes }) => attributes)).toMatchObject([
        { 'otel.dropped_attributes_count': 300, 'otel.dropped_events_count': 2, 'otel.dropped_links_count': 1 },
        { 'otel.dropped_links_count': 2 ** 32 - 1 },
        {},
      ]);
      const [whole, none] = [spans[1], spans[2]].map((span) => Object.keys(span?.attributes ?? {}));
      expect(whole).not.toContain('otel.dropped_attributes_count');
      expect(none?.filter((key) => key.startsWith('otel.'))).toEqual([]);
    },
  );

  test.each([
    ['digits', '7', 7],
    ['a negative number', -7, undefined],
    ['a fraction', 1.5, undefined],
    ['more than 32 bits', 2 ** 32, undefined],
    ['a text', 'many', undefined],
  ])('JSON: %s as a count of what was cut', (_name, droppedLinksCount, count) => {
    const request = requestOf({ ...GOOD, droppedLinksCount } as unknown as TestSpan);
    const { spans } = readJsonTraces(encodeJson(request), NOW_MS);
    expect(spans[0]?.attributes['otel.dropped_links_count']).toBe(count);
  });

  test.each(readers)('%s: a bad span is refused with its reason and its neighbours are kept', (_name, read) => {
    const { spans, refusedCount } = read(
      requestOf(
        GOOD,
        { ...GOOD, traceId: 'abcd' },
        { ...GOOD, traceId: '0'.repeat(32) },
        { ...GOOD, spanId: '' },
        { ...GOOD, parentSpanId: 'abcd' },
        { ...GOOD, startTimeUnixNano: 0n },
        { ...GOOD, startTimeUnixNano: START * 2n, endTimeUnixNano: START * 2n },
      ),
    );
    expect(spans).toHaveLength(1);
    expect(refusedCount).toEqual({ bad_trace_id: 2, bad_span_id: 1, bad_parent_id: 1, bad_time: 2 });
  });

  test.each(readers)('%s: a parent of zeros is no parent', (_name, read) => {
    expect(read(requestOf({ ...GOOD, parentSpanId: '0'.repeat(16) })).spans[0]?.parentId).toBe('');
  });

  test.each(readers)('%s: a span that ends before it starts lasts no time', (_name, read) => {
    expect(read(requestOf({ ...GOOD, endTimeUnixNano: START - 5n })).spans[0]?.endNs).toBe(START);
  });

  test.each(readers)('%s: a span with too many values is refused alone', (_name, read) => {
    const attributes = Array.from({ length: 20 }, (_, i) => ({ key: `k${i}`, value: { boolValue: true } }));
    const limits = { ...DECODE_LIMITS, valuesPerSpanMax: 10 };
    const { spans, refusedCount } = read(requestOf({ ...GOOD, attributes }, GOOD), limits);
    expect(spans).toHaveLength(1);
    expect(refusedCount).toEqual({ too_large: 1 });
  });

  test.each(readers)('%s: a request with too many spans is refused whole', (_name, read) => {
    const limits = { ...DECODE_LIMITS, spansMax: 2 };
    expect(() => read(requestOf(GOOD, GOOD, GOOD), limits)).toThrow(expect.objectContaining({ code: 'too_large' }));
  });

  test.each(readers)('%s: what lies deeper than the limit reads as null', (_name, read) => {
    const nested = (depth: number): TestSpan['attributes'] =>
      depth === 0
        ? [{ key: 'leaf', value: { stringValue: 'deep' } }]
        : [{ key: 'n', value: { kvlistValue: { values: nested(depth - 1) ?? [] } } }];
    const shallow = read(requestOf({ ...GOOD, attributes: nested(3) ?? [] }));
    expect(shallow.spans[0]?.attributes).toEqual({ n: { n: { n: { leaf: 'deep' } } } });
    const deep = read(requestOf({ ...GOOD, attributes: nested(20) ?? [] }));
    expect(JSON.stringify(deep.spans[0]?.attributes)).not.toContain('deep');
  });
});

describe('hostile protobuf', () => {
  test('mutated bytes end in spans or in bad_request, never in anything else', () => {
    fc.assert(
      fc.property(
        arbitraryRequest,
        fc.array(fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) }), { maxLength: 6 }),
        fc.nat(),
        (request, edits, cut) => {
          const bytes = Uint8Array.from(encodeProtobuf(request));
          for (const { at, byte } of edits) if (bytes.length > 0) bytes[at % bytes.length] = byte;
          expectReadOrMalformed(() => readProtobufTraces(bytes, NOW_MS));
          expectReadOrMalformed(() => readProtobufTraces(bytes.subarray(0, cut % (bytes.length + 1)), NOW_MS));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('random bytes end in spans or in bad_request', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) =>
        expectReadOrMalformed(() => readProtobufTraces(bytes, NOW_MS)),
      ),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['a length past the end', [0x0a, 0x05, 0x01]],
    ['field number 0', [0x00]],
    ['a wire type that does not exist', [0x0f]],
    ['a group that ends without a start', [0x0c]],
    ['a group that never ends', [0x0b, 0x0b, 0x0b]],
    ['a varint without an end', Array.from({ length: 11 }, () => 0xff)],
  ])('%s is malformed', (_name, bytes) => {
    expect(() => readProtobufTraces(Uint8Array.from(bytes), NOW_MS)).toThrow(
      expect.objectContaining({ code: 'bad_request' }),
    );
  });

  test('unknown fields of every wire type are skipped, groups too', () => {
    const known = encodeProtobuf(requestOf(GOOD));
    const unknown = [0x50, 0x01, 0x59, 1, 2, 3, 4, 5, 6, 7, 8, 0x62, 2, 9, 9, 0x6b, 0x08, 0x01, 0x6c, 0x75, 1, 2, 3, 4];
    const { spans } = readProtobufTraces(Uint8Array.from([...unknown, ...known, ...unknown]), NOW_MS);
    expect(spans).toHaveLength(1);
  });

  test('a resource written after its spans is theirs all the same', () => {
    const attribute = [0x0a, 0x03, 0x0a, 0x01, 0x6b];
    const spans = encodeProtobuf(requestOf(GOOD)).subarray(2);
    const body = [...spans, 0x0a, attribute.length, ...attribute];
    const read = readProtobufTraces(Uint8Array.from([0x0a, body.length, ...body]), NOW_MS);
    expect(read.spans[0]?.resource).toEqual({ k: null });
  });

  test('a megabyte of empty spans costs a count, not memory', () => {
    const empties = Buffer.alloc(200_000, Buffer.from([0x12, 0x00]));
    const length = [0xc0, 0x9a, 0x0c];
    const scope = Buffer.concat([Buffer.from([0x12, ...length]), empties]);
    const request = Buffer.concat([Buffer.from([0x0a, 0xc4, 0x9a, 0x0c]), scope]);
    const read = readProtobufTraces(request, NOW_MS);
    expect(read.refusedCount).toEqual({ bad_trace_id: 100_000 });
    expect(read.refused).toHaveLength(1000);
  });
});

describe('JSON as senders write it', () => {
  const readText = (text: string) => readJsonTraces(Buffer.from(text), NOW_MS);
  const span = (extra: string) =>
    `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${GOOD.traceId}","spanId":"${GOOD.spanId}",` +
    `"startTimeUnixNano":"${START}","endTimeUnixNano":"${START}"${extra}}]}]}]}`;

  test('ids in upper case are lowered', () => {
    const text = span('').replace(GOOD.traceId, GOOD.traceId.toUpperCase());
    expect(readText(text).spans[0]?.traceId).toBe(GOOD.traceId);
  });

  test.each([
    ['a number', '3', 'client'],
    ['a name', '"SPAN_KIND_CLIENT"', 'client'],
    ['digits', '"3"', 'client'],
    ['an unknown number', '77', 'unspecified'],
    ['an unknown name', '"SPAN_KIND_FUTURE"', 'unspecified'],
  ])('an enum may be %s', (_name, written, kind) => {
    expect(readText(span(`,"kind":${written}`)).spans[0]?.kind).toBe(kind);
  });

  test('times may be numbers', () => {
    const text = span('').replaceAll(`"${START}"`, `${START}`);
    expect(readText(text).spans[0]?.startNs).toBe(START);
  });

  test.each([
    ['{"intValue":5}', 5],
    ['{"intValue":"5"}', 5],
    ['{"intValue":"-0"}', 0],
    ['{"intValue":"9223372036854775807"}', 9223372036854775807n],
    ['{"intValue":"9223372036854775808"}', null],
    ['{"intValue":"five"}', null],
    ['{"doubleValue":null}', null],
    ['{"doubleValue":"NaN"}', Number.NaN],
    ['{"doubleValue":"-Infinity"}', Number.NEGATIVE_INFINITY],
    ['{"bytesValue":"AQI="}', new Uint8Array([1, 2])],
    ['{}', null],
    ['null', null],
    ['"bare"', null],
    ['{"stringValueStrindex":4}', null],
  ])('the value %s reads as %s', (written, value) => {
    const { spans } = readText(span(`,"attributes":[{"key":"k","value":${written}}]`));
    expect(spans[0]?.attributes).toEqual({ k: value });
  });

  test('unknown keys at every level are ignored', () => {
    const text = span(',"future":{"x":[1]},"status":{"code":"STATUS_CODE_ERROR","later":1}').replace(
      '{"resourceSpans"',
      '{"more":null,"resourceSpans"',
    );
    expect(readText(text).spans[0]?.status).toBe('error');
  });

  test('null lists and objects are absent', () => {
    expect(readText(span(',"attributes":null,"events":null,"status":null')).spans).toHaveLength(1);
    expect(readText('{"resourceSpans":null}').spans).toEqual([]);
  });

  test('a span of the wrong shape is refused alone', () => {
    const text = span('').replace('"spans":[', '"spans":[{"attributes":7},"x",');
    const { spans, refusedCount } = readText(text);
    expect(spans).toHaveLength(1);
    expect(refusedCount).toEqual({ malformed: 2 });
  });

  test('the proto names of fields are read, not taken for an empty request', () => {
    const text = `{"resource_spans":[{"scope_spans":[{"spans":[{"trace_id":"${GOOD.traceId}","span_id":"${GOOD.spanId}","start_time_unix_nano":"${START}"}]}]}]}`;
    expect(readText(text).spans).toHaveLength(1);
  });

  test.each([
    ['nothing', ''],
    ['a list', '[]'],
    ['a number', '7'],
    ['a word', 'nope'],
    ['an object for a list', '{"resourceSpans":{}}'],
    ['a number for an object', '{"resourceSpans":[7]}'],
    ['half an object', '{'],
    ['deep nesting', '['.repeat(100_000)],
  ])('%s is malformed and the error quotes none of it', (_name, text) => {
    const error = catchError(() => readText(text));
    expect(isVestigeError(error, 'bad_request')).toBe(true);
    expect((error as Error).message).not.toContain('nope');
  });

  test('more objects than the limit are refused before parsing', () => {
    const limits = { ...DECODE_LIMITS, jsonContainersMax: 10 };
    const text = `{"resourceSpans":[${'{},'.repeat(20)}{}]}`;
    expect(() => readJsonTraces(Buffer.from(text), NOW_MS, limits)).toThrow(
      expect.objectContaining({ code: 'too_large' }),
    );
  });

  test('brackets inside strings do not count as nesting', () => {
    const { spans } = readText(span(`,"name":"${'['.repeat(500)}\\"${'{'.repeat(500)}"`));
    expect(spans[0]?.name).toHaveLength(1001);
  });

  test('any JSON value ends in spans or in bad_request', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) =>
        expectReadOrMalformed(() => readJsonTraces(Buffer.from(JSON.stringify({ resourceSpans: [value] })), NOW_MS)),
      ),
      { numRuns: 300 },
    );
  });

  test('mutated text ends in spans or in bad_request', () => {
    fc.assert(
      fc.property(arbitraryRequest, fc.nat(), fc.integer({ min: 0, max: 255 }), (request, at, byte) => {
        const bytes = Uint8Array.from(encodeJson(request));
        bytes[at % bytes.length] = byte;
        expectReadOrMalformed(() => readJsonTraces(bytes, NOW_MS));
      }),
      { numRuns: 300 },
    );
  });
});

function catchError(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return null;
}

function expectReadOrMalformed(run: () => unknown): void {
  const error = catchError(run);
  if (error !== null && !isVestigeError(error, 'bad_request')) throw error;
}
