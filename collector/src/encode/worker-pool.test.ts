import { SubjectKeyring } from '@vestige/core/identity/keyring';
import { readContext } from '@vestige/core/recognise/read-context';
import { Secret } from '@vestige/core/secret';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { contextSecrets } from '../ingest/context-secrets.ts';
import { NOW_MS } from '../otlp/testing/arbitrary-request.ts';
import { encodeProtobuf, type TestAttribute } from '../otlp/testing/otlp-messages.ts';
import { createInlineEncoder } from './inline-encoder.ts';
import { readPayload } from './payload.ts';
import type { RequestBody, RequestEncoder } from './request-encoder.ts';
import { expectPlainRows, TENANT } from './testing/compare-rows.ts';
import { neighbourRequests } from './testing/recorded-requests.ts';
import { createWorkerPool } from './worker-pool.ts';

const keyring = new SubjectKeyring([{ tenant: TENANT.name, kid: 'k1', key: new Secret(new Uint8Array(32).fill(7)) }]);
const strict = {
  onReaderFault: (error: unknown) => {
    throw error;
  },
};
const lost = vi.fn();
let pool: RequestEncoder;
beforeAll(() => {
  pool = createWorkerPool({ ...strict, threads: 2, keyring, onThreadLost: lost });
});
afterAll(() => pool.close());

const asReceived = (body: Uint8Array): RequestBody => ({ body, form: 'protobuf', receivedAtMs: NOW_MS });

function requestOf(...attributes: readonly TestAttribute[]): Uint8Array {
  const atNs = BigInt(NOW_MS) * 1_000_000n;
  const span = {
    traceId: 'a1'.repeat(16),
    spanId: 'b2'.repeat(8),
    name: 'work',
    startTimeUnixNano: atNs,
    endTimeUnixNano: atNs,
    attributes,
  };
  return encodeProtobuf({
    resourceSpans: [
      { resource: { attributes: [] }, scopeSpans: [{ scope: { name: 't', version: '' }, spans: [span] }] },
    ],
  });
}

describe('a pool of threads', () => {
  test('gives the rows of the plain way, and the body is still the caller’s', async () => {
    const requests = neighbourRequests().slice(0, 6);
    await Promise.all(
      requests.map(async ({ request }) => {
        const body = encodeProtobuf(request);
        const before = Buffer.from(body);
        await expectPlainRows(pool, readContext(), body, 'protobuf', NOW_MS);
        expect(before.equals(body)).toBe(true);
      }),
    );
  });

  test('gives the very payload of one thread', async () => {
    const body = encodeProtobuf(neighbourRequests()[0]?.request ?? { resourceSpans: [] });
    const context = readContext();
    const here = await createInlineEncoder(strict).encode(TENANT, context, [asReceived(body)]);
    const there = await pool.encode(TENANT, context, [asReceived(body)]);
    expect(Buffer.from(there.payload).equals(here.payload)).toBe(true);
  });

  test('is given a request only, and not what else a caller keeps with it', async () => {
    const context = readContext();
    const request = { ...asReceived(requestOf()), resolve: () => undefined };
    expect((await pool.encode(TENANT, context, [request])).spans).toBe(1);
  });

  test('is sent the context with the next request when the first could not be sent', async () => {
    const only = createWorkerPool({ ...strict, threads: 1, keyring, onThreadLost: lost });
    const context = readContext({ aliases: [{ alias: 'service:old', canonical: 'service:new' }] });
    const unsendable = Object.assign({ ...TENANT }, { told: () => undefined });
    const body = requestOf(
      { key: 'http.request.method', value: { stringValue: 'POST' } },
      { key: 'vestige.flow.peer', value: { stringValue: 'service:old' } },
    );
    await expect(only.encode(unsendable, context, [asReceived(body)])).rejects.toMatchObject({
      name: 'DataCloneError',
    });
    await expectPlainRows(only, context, body, 'protobuf', NOW_MS);
    await only.close();
  });

  test('reads each request under the context it came with', async () => {
    const body = requestOf(
      { key: 'http.request.method', value: { stringValue: 'POST' } },
      { key: 'vestige.flow.peer', value: { stringValue: 'service:old' } },
    );
    const renamed = readContext({ aliases: [{ alias: 'service:old', canonical: 'service:new' }] });
    for (const context of [readContext(), renamed, readContext(), renamed]) {
      await expectPlainRows(pool, context, body, 'protobuf', NOW_MS);
    }
  });

  test('makes tokens with the keys that it was given', async () => {
    const context = readContext(contextSecrets(keyring, TENANT.name));
    const body = requestOf({ key: 'user.email', value: { stringValue: 'jane@example.com' } });
    const { payload } = await pool.encode(TENANT, context, [asReceived(body)]);
    expect(readPayload(payload).tokens).toEqual(keyring.tokensFor(TENANT.name, 'email', 'jane@example.com'));
  });

  test('refuses a body that is no request with the error of one thread', async () => {
    const body = Uint8Array.of(0x0a, 0x05, 0x01);
    await expect(pool.encode(TENANT, readContext(), [asReceived(body)])).rejects.toMatchObject({
      code: 'bad_request',
      message: expect.stringContaining('malformed body'),
    });
  });
});

test('what a thread held when it died is encoded all the same', async () => {
  const onThreadLost = vi.fn();
  const dying = createWorkerPool({ ...strict, threads: 1, keyring: null, onThreadLost });
  const body = encodeProtobuf(neighbourRequests()[0]?.request ?? { resourceSpans: [] });
  const requests = Array.from({ length: 4 }, () => expectPlainRows(dying, readContext(), body, 'protobuf', NOW_MS));
  await dying.close();
  await Promise.all(requests);
  // After closing nothing is lost either: the caller's thread takes what comes.
  await expectPlainRows(dying, readContext(), body, 'protobuf', NOW_MS);
});
