import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeJson } from '../otlp/testing/otlp-messages.ts';
import { aSpan, requestOf } from '../testing/export-client.ts';
import { GrpcClient } from '../testing/grpc-client.ts';
import { type RunningCollector, startRunningCollector } from '../testing/running-collector.ts';
import { send } from '../testing/send.ts';

let collector: RunningCollector;
beforeAll(async () => {
  collector = await startRunningCollector({ pathPrefix: '/otel', requestMs: 1500 });
});
afterAll(() => collector.close());

const export_ = (path: string, body: Uint8Array) =>
  send(collector.url + path, body, { authorization: `Bearer ${collector.key}`, 'content-type': 'application/json' });
const body = (...spans: Parameters<typeof aSpan>[0][]) => encodeJson(requestOf(...spans.map((span) => aSpan(span))));

test('a prefix stands before the paths that take data and before no other', async () => {
  expect((await export_('/otel/v1/traces', body())).status).toBe(200);
  expect((await export_('/v1/traces', body())).status).toBe(404);
  expect((await export_('/otel/api/v1/lineage/batch', Buffer.from('[]'))).status).toBe(204);
  expect((await fetch(`${collector.url}/livez`)).status).toBe(200);
});

test('livez and readyz answer', async () => {
  expect((await fetch(`${collector.url}/livez`)).status).toBe(200);
  const ready = await fetch(`${collector.url}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({ ready: true });
});

test('metrics count what was taken and refused, over HTTP and over gRPC', async () => {
  await export_('/otel/v1/traces', body({}, { startTimeUnixNano: 1n }));
  await export_('/otel/v1/traces', Buffer.from('no JSON'));
  const grpc = new GrpcClient(collector.grpcUrl ?? '');
  await grpc.call(Buffer.alloc(0), { metadata: { authorization: `Bearer ${collector.key}` } });
  await grpc.call(Buffer.alloc(0));
  grpc.close();
  const metrics = await collector.metrics();
  const exportMethod = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
  expect(metrics).toMatch(/vestige_collector_spans_accepted_total [1-9]/);
  expect(metrics).toMatch(/vestige_collector_spans_rejected_total\{reason="bad_time"\} [1-9]/);
  expect(metrics).toMatch(/vestige_collector_requests_total\{route="\/v1\/traces",status="400"\} [1-9]/);
  expect(metrics).toContain(`vestige_collector_requests_total{route="${exportMethod}",status="OK"} 1`);
  expect(metrics).toContain(`vestige_collector_requests_total{route="${exportMethod}",status="UNAUTHENTICATED"} 1`);
  expect(metrics).toContain('vestige_collector_in_flight_bytes 0');
});

test('no log line holds a body, a key or an attribute', async () => {
  await export_('/otel/v1/traces', Buffer.from('{"resourceSpans": ada@example.com'));
  for (const secret of [collector.key, 'ada@example.com', 'postgresql', 'SELECT']) {
    expect(collector.logged()).not.toContain(secret);
  }
});

test('bodies that never end are given up, over HTTP too, and their sender may come back', async () => {
  const answers = await Promise.all(Array.from({ length: 5 }, () => halfABody(collector.url, collector.key)));
  for (const answer of answers) {
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer.toLowerCase()).toContain('retry-after: 2');
  }
  await expect.poll(() => collector.metrics()).toContain('vestige_collector_in_flight_bytes 0');
});

/** Says that a hundred bytes will come, and sends ten. */
function halfABody(url: string, bearer: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () =>
      socket.write(
        `POST /otel/v1/traces HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${bearer}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"resource`,
      ),
    );
    socket.on('data', (chunk) => {
      heard += chunk.toString();
      socket.end();
    });
    socket.on('error', () => resolve(heard));
    socket.on('close', () => resolve(heard));
  });
}
