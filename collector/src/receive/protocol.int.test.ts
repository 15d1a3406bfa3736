import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  decodeResponse,
  decodeStatus,
  encodeJson,
  encodeProtobuf,
  type TestRequest,
  type TestSpan,
} from '../otlp/testing/otlp-messages.ts';
import { aSpan, hexId, requestOf } from '../testing/export-client.ts';
import { type RunningCollector, startRunningCollector } from '../testing/running-collector.ts';
import { type Sent, send } from '../testing/send.ts';

/** The OTLP/HTTP suite (research/otel.md §4), against a collector on real engines. */

const TYPES = { json: 'application/json', protobuf: 'application/x-protobuf' } as const;
type Type = keyof typeof TYPES;
const types = Object.keys(TYPES) as Type[];
const pack = { none: (bytes: Uint8Array) => bytes, gzip: gzipSync, zstd: zstdCompressSync };
const encode = { json: encodeJson, protobuf: encodeProtobuf };

let collector: RunningCollector;
beforeAll(async () => {
  collector = await startRunningCollector({ requestBytesMax: 1024 * 1024, inFlightBytesMax: 4 * 1024 * 1024 });
});
afterAll(() => collector.close());

const headersOf = (type: Type, encoding = 'none') => ({
  authorization: `Bearer ${collector.key}`,
  'content-type': TYPES[type],
  ...(encoding === 'none' ? {} : { 'content-encoding': encoding }),
});
const post = (body: Uint8Array, headers: Record<string, string>, options = {}): Promise<Sent> =>
  send(`${collector.url}/v1/traces`, body, headers, options);
const export_ = (type: Type, request: TestRequest) => post(encode[type](request), headersOf(type));
const stored = async (traceId: string) => (await collector.deps.events.trace(collector.tenant.id, traceId, 100)).rows;

/** What a failure says, read as the type it must have. */
function statusOf(type: Type, answer: Sent): { code: number; message: string } {
  expect(answer.headers['content-type']).toBe(TYPES[type]);
  return type === 'json'
    ? (JSON.parse(answer.body.toString()) as { code: number; message: string })
    : decodeStatus(answer.body);
}

function partialOf(type: Type, answer: Sent): { rejectedSpans: number; errorMessage: string } | undefined {
  expect(answer.headers['content-type']).toBe(TYPES[type]);
  if (type === 'protobuf') return decodeResponse(answer.body).partialSuccess;
  const { partialSuccess } = JSON.parse(answer.body.toString()) as {
    partialSuccess?: { rejectedSpans: string; errorMessage: string };
  };
  return partialSuccess && { ...partialSuccess, rejectedSpans: Number(partialSuccess.rejectedSpans) };
}

describe('an export', () => {
  const matrix = types.flatMap((type) =>
    (['none', 'gzip', 'zstd'] as const).flatMap((encoding) =>
      [false, true].map((chunked) => ({ type, encoding, chunked })),
    ),
  );
  test.each(matrix)('$type, $encoding, chunked $chunked: is stored before it is answered', async (way) => {
    const span = aSpan();
    const body = pack[way.encoding](encode[way.type](requestOf(span)));
    const answer = await post(body, headersOf(way.type, way.encoding), { chunked: way.chunked });
    expect(answer.status).toBe(200);
    expect(partialOf(way.type, answer)).toBeUndefined();
    const rows = await stored(span.traceId);
    expect(rows).toMatchObject([{ spanId: span.spanId, service: 'service:desk', kind: 'client' }]);
  });

  test.each(types)('%s: an empty one succeeds', async (type) => {
    const answer = await export_(type, { resourceSpans: [] });
    expect(answer.status).toBe(200);
    expect(partialOf(type, answer)).toBeUndefined();
  });

  test('protobuf: no bytes at all are an empty request', async () => {
    expect((await post(Buffer.alloc(0), headersOf('protobuf'))).status).toBe(200);
  });

  test('the key may come as x-vestige-key', async () => {
    const headers = { 'x-vestige-key': collector.key, 'content-type': TYPES.json };
    expect((await post(encodeJson({ resourceSpans: [] }), headers)).status).toBe(200);
  });

  test('the media type may have parameters and capitals', async () => {
    const headers = { ...headersOf('json'), 'content-type': 'Application/JSON; charset=utf-8' };
    expect((await post(encodeJson({ resourceSpans: [] }), headers)).status).toBe(200);
  });

  test.each(types)('%s: unknown fields, nested attributes and odd values do not hinder it', async (type) => {
    const attributes: TestSpan['attributes'] = [
      {
        key: 'http.route',
        value: { kvlistValue: { values: [{ key: 'a', value: { arrayValue: { values: [{}] } } }] } },
      },
      { key: 'empty', value: {} },
      { key: 'big', value: { intValue: 2n ** 62n } },
      { key: 'nan', value: { doubleValue: Number.NaN } },
    ];
    const span = aSpan({ attributes });
    const bytes = encode[type](requestOf(span));
    const body =
      type === 'json'
        ? Buffer.from(bytes.toString().replace('{"resourceSpans"', '{"later":{"x":[]},"resourceSpans"'))
        : Buffer.concat([bytes, Buffer.from([0x7a, 0x01, 0x07])]);
    expect((await post(body, headersOf(type))).status).toBe(200);
    expect(await stored(span.traceId)).toHaveLength(1);
  });

  test('JSON: ids in capitals, enum names, numbers for strings and strings for numbers', async () => {
    const span = aSpan();
    const text = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${span.traceId.toUpperCase()}",
      "spanId":"${span.spanId.toUpperCase()}","kind":"SPAN_KIND_SERVER","startTimeUnixNano":${span.startTimeUnixNano},
      "endTimeUnixNano":"${span.endTimeUnixNano}","status":{"code":"STATUS_CODE_ERROR"},
      "attributes":[{"key":"http.response.status_code","value":{"intValue":"500"}},{"key":"x","value":{"doubleValue":null}}]}]}]}]}`;
    expect((await post(Buffer.from(text), headersOf('json'))).status).toBe(200);
    expect(await stored(span.traceId)).toMatchObject([{ spanId: span.spanId, kind: 'server', outcome: 'failed' }]);
  });

  test.each(types)('%s: sent twice, whole and in part, is stored once', async (type) => {
    const traceId = hexId(16);
    const spans = [aSpan({ traceId }), aSpan({ traceId }), aSpan({ traceId })];
    for (const some of [spans, spans, spans.slice(1)]) {
      expect((await export_(type, requestOf(...some))).status).toBe(200);
    }
    expect((await stored(traceId)).map((row) => row.spanId).sort()).toEqual(spans.map((span) => span.spanId).sort());
  });

  test.each(types)('%s: bad spans are counted with their reasons, the others stored', async (type) => {
    const good = aSpan();
    const bad = [aSpan({ traceId: 'ab' }), aSpan({ spanId: '0'.repeat(16) }), aSpan({ startTimeUnixNano: 0n })];
    const from = new Date();
    const answer = await export_(type, requestOf(bad[0] as TestSpan, good, ...bad.slice(1)));
    expect(answer.status).toBe(200);
    const partial = partialOf(type, answer);
    expect(partial?.rejectedSpans).toBe(3);
    expect(partial?.errorMessage).toBe('rejected: bad_trace_id 1, bad_span_id 1, bad_time 1');
    expect(await stored(good.traceId)).toHaveLength(1);
    const window = { fromUs: from.getTime() * 1000, toUs: null };
    expect((await collector.deps.events.gaps(collector.tenant.id, window)).rejectedSpans).toBeGreaterThanOrEqual(3);
  });

  test('of one tenant is not seen by another', async () => {
    const span = aSpan();
    await export_('json', requestOf(span));
    const { rows } = await collector.deps.events.trace(collector.rival.tenant.id, span.traceId, 10);
    expect(rows).toEqual([]);
  });
});

describe('a refusal', () => {
  const cases: { name: string; status: number; code: number; body?: Uint8Array; headers?: Record<string, string> }[] = [
    { name: 'no key', status: 401, code: 16, headers: { authorization: '' } },
    { name: 'a wrong key', status: 401, code: 16, headers: { authorization: 'Bearer vst_nobody_nothing' } },
    { name: 'no key of ours', status: 401, code: 16, headers: { authorization: 'Basic abc' } },
    { name: 'an unknown encoding', status: 415, code: 3, headers: { 'content-encoding': 'br' } },
    { name: 'two encodings', status: 415, code: 3, headers: { 'content-encoding': 'gzip, gzip' } },
    { name: 'bytes that are not what they say', status: 400, code: 3, body: Buffer.from([0xff, 0x07, 0x7b]) },
    { name: 'gzip that is none', status: 400, code: 3, headers: { 'content-encoding': 'gzip' } },
    {
      name: 'gzip that ends early',
      status: 400,
      code: 3,
      body: gzipSync(Buffer.from('{"resourceSpans":[]}')).subarray(0, -6),
      headers: { 'content-encoding': 'gzip' },
    },
    {
      name: 'a gzip bomb of one to a thousand',
      status: 413,
      code: 8,
      body: gzipSync(Buffer.alloc(64 * 1024 * 1024)),
      headers: { 'content-encoding': 'gzip' },
    },
    {
      name: 'a zstd bomb',
      status: 413,
      code: 8,
      body: zstdCompressSync(Buffer.alloc(64 * 1024 * 1024)),
      headers: { 'content-encoding': 'zstd' },
    },
    { name: 'a large body', status: 413, code: 8, body: Buffer.alloc(1024 * 1024 + 1) },
  ];
  for (const type of types) {
    test.each(cases)(`${type}: $name is $status, as a Status of the request’s type`, async (refused) => {
      const body = refused.body ?? Buffer.from('ada@example.com');
      for (const chunked of [false, true]) {
        const answer = await post(body, { ...headersOf(type), ...refused.headers }, { chunked });
        expect(answer.status).toBe(refused.status);
        const status = statusOf(type, answer);
        expect(status.code).toBe(refused.code);
        expect(status.message).not.toBe('');
        expect(status.message).not.toContain('ada@');
        expect(answer.headers['retry-after']).toBeUndefined();
      }
    });

    test(`${type}: a key without the scope is 403`, async () => {
      const { secret } = await collector.deps.tenants.createKey(collector.tenant.id, {
        name: 'reader',
        scopes: ['lineage:read'],
        expiresAt: null,
      });
      const headers = { ...headersOf(type), authorization: `Bearer ${secret.reveal()}` };
      const answer = await post(Buffer.alloc(0), headers);
      expect(answer.status).toBe(403);
      expect(statusOf(type, answer).code).toBe(7);
    });

    test(`${type}: too many bytes in flight is 429 with Retry-After`, async () => {
      const large = encode[type](
        requestOf(aSpan({ attributes: [{ key: 'gen_ai.prompt', value: { stringValue: 'x'.repeat(1_000_000) } }] })),
      );
      const answers = await Promise.all(Array.from({ length: 40 }, () => post(large, headersOf(type))));
      const refused = answers.filter((answer) => answer.status !== 200);
      expect(new Set(refused.map((answer) => answer.status))).toEqual(new Set([429]));
      for (const answer of refused) {
        expect(statusOf(type, answer).code).toBe(8);
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      }
      expect((await export_(type, { resourceSpans: [] })).status).toBe(200);
    });
  }

  test.each(['text/plain', 'application/x-www-form-urlencoded', ''])(
    'the media type "%s" is 415',
    async (mediaType) => {
      const answer = await post(Buffer.from('x'), { ...headersOf('json'), 'content-type': mediaType });
      expect(answer.status).toBe(415);
      expect(statusOf('json', answer).code).toBe(3);
      expect(answer.headers['accept-encoding']).toContain('gzip');
    },
  );

  test('another method is 405, another path 404', async () => {
    const got = await send(`${collector.url}/v1/traces`, Buffer.alloc(0), headersOf('json'), { method: 'GET' });
    expect([got.status, got.headers.allow]).toEqual([405, 'POST']);
    const lost = await send(`${collector.url}/v1/metrics`, Buffer.alloc(0), headersOf('json'));
    expect(lost.status).toBe(404);
    expect(statusOf('json', lost).code).toBe(5);
  });

  test('a revoked key is refused within the time keys are remembered', async () => {
    const key = await collector.deps.tenants.createKey(collector.tenant.id, {
      name: 'short-lived',
      scopes: ['ingest'],
      expiresAt: null,
    });
    const headers = { ...headersOf('json'), authorization: `Bearer ${key.secret.reveal()}` };
    const body = encodeJson({ resourceSpans: [] });
    expect((await post(body, headers)).status).toBe(200);
    await collector.deps.tenants.revokeKey(collector.tenant.id, key.id);
    await new Promise((resolve) => setTimeout(resolve, collector.config.keyCacheMs + 50));
    expect((await post(body, headers)).status).toBe(401);
  });
});

describe('around it', () => {
  test('livez and readyz answer', async () => {
    expect((await fetch(`${collector.url}/livez`)).status).toBe(200);
    const ready = await fetch(`${collector.url}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ ready: true, checks: { clickhouse: 'ok', postgres: 'ok' } });
  });

  test('metrics count what was taken and refused', async () => {
    const metrics = await collector.metrics();
    expect(metrics).toMatch(/vestige_collector_spans_accepted_total [1-9]/);
    expect(metrics).toMatch(/vestige_collector_spans_rejected_total\{reason="bad_time"\} [1-9]/);
    expect(metrics).toMatch(/vestige_collector_requests_total\{route="\/v1\/traces",status="413"\} [1-9]/);
    expect(metrics).toContain('vestige_collector_in_flight_bytes 0');
  });

  test('no log line holds a body, a key or an attribute', () => {
    const logged = collector.logged();
    for (const secret of [collector.key, 'ada@example.com', 'postgresql', 'SELECT']) {
      expect(logged).not.toContain(secret);
    }
  });
});
