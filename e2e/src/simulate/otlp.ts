import type { TestAttribute, TestRequest, TestSpan, TestValue } from '@vestige/collector/otlp/testing/otlp-messages';
import type { SimKind, SimSpan, SimValue } from './span.ts';
import { resourceOf } from './told.ts';

const KINDS: Record<SimKind, number> = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };

/** One export request of an OpenTelemetry client; spans of one service lie together. */
export function otlpRequest(spans: readonly SimSpan[]): TestRequest {
  return {
    resourceSpans: [...Map.groupBy(spans, ({ service }) => service).values()].map((ofService) => ({
      resource: { attributes: attributes(resourceOf(ofService[0] as SimSpan)) },
      scopeSpans: [{ scope: { name: 'simulation', version: '1' }, spans: ofService.map(spanOf) }],
    })),
  };
}

function spanOf(span: SimSpan): TestSpan {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentId === '' ? {} : { parentSpanId: span.parentId }),
    name: span.name,
    kind: KINDS[span.kind],
    startTimeUnixNano: BigInt(span.startUs) * 1000n,
    endTimeUnixNano: BigInt(span.endUs) * 1000n,
    attributes: attributes(span.attributes),
    links: span.links.map(({ traceId, spanId, tokens }) => ({
      traceId,
      spanId,
      attributes: tokens.length > 0 ? attributes({ 'vestige.subject.tokens': tokens }) : [],
    })),
    ...(span.cutLinks > 0 ? { droppedLinksCount: span.cutLinks } : {}),
    ...(span.ended === 'ok' ? {} : { status: { code: 2, message: '' } }),
  };
}

function attributes(values: Readonly<Record<string, SimValue>>): TestAttribute[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: SimValue): TestValue {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return { intValue: BigInt(value) };
  return { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } };
}
