import { gunzipSync } from 'node:zlib';
import type { Attrs, AttrValue } from '@vestige/core/model/span';
import { SPAN_KINDS } from '@vestige/core/model/span';
import { type GoldenSpan, goldens } from '@vestige/core/recognise/testing/golden';
import { fixtures } from '../../interop/fixture.ts';
import { NOW_MS } from '../../otlp/testing/arbitrary-request.ts';
import type { TestAttribute, TestRequest, TestSpan, TestValue } from '../../otlp/testing/otlp-messages.ts';
import type { SpansForm } from '../request-encoder.ts';

/** Requests of real exporters over HTTP, as they came. */
export function recordedRequests(): { readonly name: string; readonly form: SpansForm; readonly body: Uint8Array }[] {
  return fixtures().flatMap(({ name, fixture }) => {
    const { transport, headers, bodyBase64 } = fixture;
    const encoding = headers['content-encoding'] ?? 'identity';
    if (transport !== 'http' || !['identity', 'gzip'].includes(encoding)) return [];
    const sent = Buffer.from(bodyBase64, 'base64');
    const form = headers['content-type']?.includes('json') ? 'json' : 'protobuf';
    return [{ name, form, body: encoding === 'gzip' ? gunzipSync(sent) : sent }];
  });
}

/**
 * A request for each recorded library: its spans, each followed by its neighbours, which differ from it in one value.
 * Where a value decides what a span is read as, the neighbour must not be taken for the span.
 */
export function neighbourRequests(): { readonly name: string; readonly request: TestRequest }[] {
  return goldens().map(({ name, spans }) => ({
    name,
    request: {
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'desk' } }] },
          scopeSpans: [
            {
              scope: { name, version: '1' },
              spans: spans.flatMap((span) => [span, ...neighbours(span)]).map(testSpan),
            },
          ],
        },
      ],
    },
  }));
}

function neighbours(span: GoldenSpan): GoldenSpan[] {
  const ofAttributes = Object.entries(span.attributes).flatMap(([key, value]) =>
    otherValues(value).map((other) => ({ ...span, attributes: { ...span.attributes, [key]: other } })),
  );
  const ofEvents = span.events.flatMap((event, index) =>
    Object.entries(event.attributes).flatMap(([key, value]) =>
      otherValues(value).map((other) => ({
        ...span,
        events: span.events.with(index, { ...event, attributes: { ...event.attributes, [key]: other } }),
      })),
    ),
  );
  const others: GoldenSpan[] = [
    { ...span, name: `${span.name} 4711` },
    { ...span, statusMessage: 'connect ECONNREFUSED 10.0.0.1:5432', status: 'error' },
    { ...span, statusMessage: 'duplicate key value violates unique constraint', status: 'error' },
    { ...span, parentId: span.parentId === '' ? 'a1'.repeat(8) : '' },
    { ...span, kind: span.kind === 'client' ? 'server' : 'client' },
  ];
  return [...ofAttributes, ...ofEvents, ...others];
}

/** Values near a recorded one: other digits, another ending, none, a person's address in it. */
function otherValues(value: AttrValue): AttrValue[] {
  if (typeof value === 'number') return [0, value + 1, 418];
  if (typeof value !== 'string') return ['other'];
  const digits = value.replace(/\d/g, (digit) => String((Number(digit) + 1) % 10));
  return [...new Set([digits, `${value}x`, `${value}/4711`, value.slice(0, -1), '', `${value} jane@example.com`])];
}

function testSpan(span: GoldenSpan, index: number): TestSpan {
  const startNs = BigInt(NOW_MS - 60_000) * 1_000_000n;
  return {
    traceId: 'b2'.repeat(16),
    spanId: (index + 1).toString(16).padStart(16, '0'),
    parentSpanId: span.parentId,
    name: span.name,
    kind: SPAN_KINDS.indexOf(span.kind),
    startTimeUnixNano: startNs + BigInt(index),
    endTimeUnixNano: startNs + 1_000n,
    attributes: attributesOf(span.attributes),
    events: span.events.map(({ name, attributes }) => ({
      name,
      timeUnixNano: startNs,
      attributes: attributesOf(attributes),
    })),
    links: span.links.map(({ attributes }) => ({
      traceId: 'c3'.repeat(16),
      spanId: 'd4'.repeat(8),
      attributes: attributesOf(attributes),
    })),
    status: { code: ['unset', 'ok', 'error'].indexOf(span.status), message: span.statusMessage },
  };
}

function attributesOf(attributes: Attrs): TestAttribute[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueOfAttribute(value) }));
}

function valueOfAttribute(value: AttrValue): TestValue {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'bigint') return { intValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: BigInt(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(valueOfAttribute) } };
  return {};
}
