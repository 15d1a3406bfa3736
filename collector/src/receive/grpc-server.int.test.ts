import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeProtobuf } from '../otlp/testing/otlp-messages.ts';
import { aSpan, requestOf } from '../testing/export-client.ts';
import { GrpcClient } from '../testing/grpc-client.ts';
import { framed, RawGrpc } from '../testing/grpc-raw.ts';
import { type RunningCollector, startRunningCollector } from '../testing/running-collector.ts';

const MIB = 1024 * 1024;

let collector: RunningCollector;
let client: GrpcClient;
let raw: RawGrpc;
beforeAll(async () => {
  collector = await startRunningCollector({ requestBytesMax: MIB, inFlightBytesMax: 4 * MIB, requestMs: 1500 });
  client = new GrpcClient(collector.grpcUrl ?? '');
  raw = new RawGrpc(collector.grpcUrl ?? '');
});
afterAll(async () => {
  client.close();
  raw.close();
  await collector.close();
});

const withKey = () => ({ authorization: `Bearer ${collector.key}` });
const stored = async (traceId: string) => (await collector.deps.events.trace(collector.tenant.id, traceId, 100)).rows;

describe('the official client', () => {
  test.each([false, true])('gzip %s: its spans are stored before it is answered', async (gzip) => {
    const own = new GrpcClient(collector.grpcUrl ?? '', { gzip });
    try {
      for (let i = 0; i < 3; i += 1) {
        const span = aSpan();
        const called = await own.call(encodeProtobuf(requestOf(span)), { metadata: withKey() });
        expect(called).toMatchObject({ code: 0, body: Buffer.alloc(0) });
        expect(await stored(span.traceId)).toMatchObject([{ spanId: span.spanId }]);
      }
    } finally {
      own.close();
    }
  });

  test('is refused with a status, while its large message is still on the way', async () => {
    const called = await client.call(Buffer.alloc(MIB), { metadata: { authorization: 'Bearer vst_nobody_nothing' } });
    expect(called).toMatchObject({ code: 16, message: 'no valid API key was given', hasDetails: false });
  });

  test('learns that a message is too large, for good', async () => {
    const called = await client.call(Buffer.alloc(8 * MIB), { metadata: withKey() });
    expect(called).toMatchObject({ code: 8, hasDetails: false });
  });
});

describe('a message', () => {
  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const)('may be %s, in pieces of any size', async (encoding, pack) => {
    const span = aSpan();
    const bytes = framed(pack(encodeProtobuf(requestOf(span))), { compressed: true });
    const pieces = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
    const called = await raw.call(pieces, { ...withKey(), 'grpc-encoding': encoding });
    expect(called).toMatchObject({ httpStatus: 200, code: 0 });
    expect(called.body).toEqual(Buffer.alloc(5));
    expect(await stored(span.traceId)).toHaveLength(1);
  });

  test('that never ends is given up, and nothing of it stays held', async () => {
    const open = raw.call([framed(Buffer.alloc(1000), { length: 2000 })], withKey(), { end: false });
    expect(await open).toMatchObject({ code: 14 });
    await expect.poll(() => collector.metrics()).toContain('vestige_collector_in_flight_bytes 0');
  });

  test('of more bytes than fit beside the others is told to come back, however many calls are open', async () => {
    const half = Buffer.alloc(900_000);
    const calls = Array.from({ length: 12 }, () =>
      raw.call([framed(half, { length: MIB })], withKey(), { end: false }),
    );
    const codes = (await Promise.all(calls)).map(({ code, retryAfterMs }) => [code, retryAfterMs !== null]);
    expect(codes).toContainEqual([8, true]);
    expect(codes.filter(([code]) => code !== 8 && code !== 14)).toEqual([]);
  });
});

describe('a call', () => {
  test('whose deadline is over is ended', async () => {
    const called = await raw.call(
      [framed(Buffer.alloc(10), { length: 20 })],
      { ...withKey(), 'grpc-timeout': '50m' },
      { end: false },
    );
    expect(called.code).toBe(4);
  });

  test('to nothing that is served is UNIMPLEMENTED, and needs no key', async () => {
    for (const path of ['/opentelemetry.proto.collector.logs.v1.LogsService/Export', '/x', '/__proto__']) {
      expect((await raw.call([framed(Buffer.alloc(0))], { ':path': path })).code).toBe(12);
    }
  });

  test.each([
    ['GET', 'application/grpc', 405],
    ['POST', 'application/json', 415],
    ['POST', 'application/grpc-web', 415],
  ])('that is none (%s, %s) is answered in HTTP: %i', async (method, contentType, status) => {
    const called = await raw.call([], { ':method': method, 'content-type': contentType }, { end: method === 'POST' });
    expect([called.httpStatus, called.code]).toEqual([status, null]);
  });
});

describe('health', () => {
  const CHECK = '/grpc.health.v1.Health/Check';

  test('is SERVING for the server and for traces, without a key', async () => {
    const name = Buffer.from('opentelemetry.proto.collector.trace.v1.TraceService');
    const traces = Buffer.concat([Buffer.from([0x0a, name.length]), name]);
    for (const asked of [Buffer.alloc(0), traces]) {
      expect(await client.call(asked, { method: CHECK })).toMatchObject({ code: 0, body: Buffer.from([8, 1]) });
    }
  });

  test('of an unknown service is NOT_FOUND', async () => {
    expect((await client.call(Buffer.from('\n\x01x', 'latin1'), { method: CHECK })).code).toBe(5);
  });
});
