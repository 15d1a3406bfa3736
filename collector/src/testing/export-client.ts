import { randomBytes } from 'node:crypto';
import { encodeProtobuf, type TestAttribute, type TestRequest, type TestSpan } from '../otlp/testing/otlp-messages.ts';
import { type Sent, send } from './send.ts';

export const hexId = (bytes: number): string => randomBytes(bytes).toString('hex');
export const aToken = (): string => `ps1.k1.${randomBytes(16).toString('base64url')}`;
export const nsOf = (ms: number): bigint => BigInt(ms) * 1_000_000n;

export function aSpan(more: Partial<TestSpan> = {}): TestSpan {
  return {
    traceId: hexId(16),
    spanId: hexId(8),
    name: 'SELECT shop.orders',
    kind: 3,
    startTimeUnixNano: nsOf(Date.now() - 5),
    endTimeUnixNano: nsOf(Date.now()),
    attributes: [{ key: 'db.system.name', value: { stringValue: 'postgresql' } }],
    ...more,
  };
}

export function tokensAttribute(tokens: readonly string[]): TestAttribute {
  return {
    key: 'vestige.subject.tokens',
    value: { arrayValue: { values: tokens.map((stringValue) => ({ stringValue })) } },
  };
}

export function requestOf(...spans: TestSpan[]): TestRequest {
  return {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'desk' } }] },
        scopeSpans: [{ scope: { name: 'test', version: '1' }, spans }],
      },
    ],
  };
}

/** Exports as an OpenTelemetry client does: protobuf, with a key. */
export function exportSpans(url: string, key: string, ...spans: TestSpan[]): Promise<Sent> {
  return send(`${url}/v1/traces`, encodeProtobuf(requestOf(...spans)), {
    authorization: `Bearer ${key}`,
    'content-type': 'application/x-protobuf',
  });
}
