import { ATTR } from '@vestige/core/convention/attributes';
import { VestigeError } from '@vestige/core/errors';
import { TenantId } from '@vestige/core/ids';
import { readContext } from '@vestige/core/recognise/read-context';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createInlineEncoder } from '../encode/inline-encoder.ts';
import { readPayload } from '../encode/payload.ts';
import type { RequestBody } from '../encode/request-encoder.ts';
import { createWorkerPool } from '../encode/worker-pool.ts';
import type { LogRecord } from '../log/ingest-log.ts';
import { NOW_MS } from '../otlp/testing/arbitrary-request.ts';
import { encodeProtobuf, type TestAttribute } from '../otlp/testing/otlp-messages.ts';
import { RequestGroups } from './request-groups.ts';

const onReaderFault = (error: unknown) => {
  throw error;
};
const onThreadLost = () => undefined;
const ENCODERS = {
  'the own thread': createInlineEncoder({ onReaderFault }),
  'a thread of its own': createWorkerPool({ onReaderFault, threads: 1, keyring: null, onThreadLost }),
};
afterAll(async () => {
  for (const encoder of Object.values(ENCODERS)) await encoder.close();
});
const ACME = { id: TenantId.parse(1), name: 'acme' };
const RIVAL = { id: TenantId.parse(2), name: 'rival' };
const context = readContext();
const rivalContext = readContext();

let appended: LogRecord[];
let failure: VestigeError | null;
beforeEach(() => {
  appended = [];
  failure = null;
});
const append = async (record: LogRecord) => {
  appended.push(record);
  if (failure !== null) throw failure;
};

const asReceived = (body: Uint8Array) => ({ body, form: 'protobuf' as const, receivedAtMs: NOW_MS });
/** @param padding makes the body that many bytes larger */
const requestOf = (service: string, spans: number, padding = 0, attributes: readonly TestAttribute[] = []) =>
  asReceived(
    encodeProtobuf({
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
          scopeSpans: [
            {
              scope: { name: 'own', version: '' },
              spans: Array.from({ length: spans }, (_, index) => ({
                traceId: 'a1'.repeat(16),
                spanId: String(index + 1).padStart(16, '0'),
                name: 'work',
                startTimeUnixNano: BigInt(NOW_MS) * 1_000_000n,
                endTimeUnixNano: BigInt(NOW_MS) * 1_000_000n,
                attributes: [{ key: 'note', value: { stringValue: 'x'.repeat(padding) } }, ...attributes],
              })),
            },
          ],
        },
      ],
    }),
  );
const unreadable = asReceived(Uint8Array.of(0x0a, 0x05, 0x01));

describe.each(Object.entries(ENCODERS))('encoded on %s', (_, encoder) => {
  const groups = new RequestGroups({ encoder, log: { append } });

  test('requests of one turn share a record, and each is told of its own spans', async () => {
    const told = await Promise.all([
      groups.take(ACME, context, requestOf('desk', 2)),
      groups.take(ACME, context, requestOf('shop', 1)),
    ]);
    expect(appended).toMatchObject([{ tenant: ACME.id, spans: 3 }]);
    expect(told.map(({ spans, newestMs }) => [spans, [...newestMs.keys()]])).toEqual([
      [2, ['desk']],
      [1, ['shop']],
    ]);
    await groups.take(ACME, context, requestOf('desk', 1));
    expect(appended.map(({ spans }) => spans)).toEqual([3, 1]);
  });

  test('no record holds spans of two tenants, nor spans that were read under two contexts', async () => {
    await Promise.all([
      groups.take(ACME, context, requestOf('desk', 1)),
      groups.take(RIVAL, rivalContext, requestOf('desk', 1)),
      groups.take(ACME, context, requestOf('desk', 1)),
      groups.take(ACME, readContext(), requestOf('desk', 1)),
    ]);
    expect(appended.map(({ tenant, spans }) => [tenant, spans]).sort()).toEqual([
      [ACME.id, 1],
      [ACME.id, 2],
      [RIVAL.id, 1],
    ]);
    for (const { tenant, payload } of appended) expect(readPayload(payload).tenant).toBe(tenant);
  });

  test('a request that cannot be read is refused alone, and leaves nothing in a record', async () => {
    const taken = await Promise.allSettled([
      groups.take(ACME, context, requestOf('desk', 2)),
      groups.take(ACME, context, unreadable),
      groups.take(ACME, context, requestOf('shop', 1)),
    ]);
    expect(taken).toMatchObject([
      { status: 'fulfilled', value: { spans: 2 } },
      { status: 'rejected', reason: { code: 'bad_request' } },
      { status: 'fulfilled', value: { spans: 1 } },
    ]);
    expect(appended.map(({ spans }) => spans).sort()).toEqual([1, 2]);
  });

  test('a log without room is said to all of them, and asked once', async () => {
    failure = new VestigeError('store_unavailable', 'the log is full');
    const taken = await Promise.allSettled([
      groups.take(ACME, context, requestOf('desk', 1)),
      groups.take(ACME, context, requestOf('desk', 1)),
    ]);
    expect(taken.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(appended).toHaveLength(1);
  });

  test('a record is made of four megabytes of requests at most, and of one that is larger', async () => {
    const large = requestOf('desk', 1, 3_000_000);
    await Promise.all([
      groups.take(ACME, context, large),
      groups.take(ACME, context, large),
      groups.take(ACME, context, requestOf('desk', 1, 5_000_000)),
    ]);
    expect(appended.map(({ spans }) => spans)).toEqual([1, 1, 1]);
  });

  test('requests that only together name sets on too many spans get a record each', async () => {
    const set = { key: ATTR.subjectSet, value: { stringValue: 'set_night' } };
    const sent = [2_500, 1_500, 1].map((spans) => requestOf('desk', spans, 0, [set]));
    const [large, small, one] = sent as [RequestBody, RequestBody, RequestBody];
    await Promise.all([large, small].map((request) => groups.take(ACME, context, request)));
    expect(appended.map(({ spans }) => spans)).toEqual([4_000]);
    const told = await Promise.all([large, small, one].map((request) => groups.take(ACME, context, request)));
    expect(told.map(({ spans }) => spans)).toEqual([2_500, 1_500, 1]);
    expect(
      appended
        .slice(1)
        .map(({ spans }) => spans)
        .sort(),
    ).toEqual([1, 1_500, 2_500]);
  });
});
