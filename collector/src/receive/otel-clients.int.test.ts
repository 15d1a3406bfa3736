import { type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aToken } from '../testing/export-client.ts';
import { type RunningCollector, startRunningCollector } from '../testing/running-collector.ts';

/** The official JavaScript exporters as clients, compression and batching included. */

let collector: RunningCollector;
beforeAll(async () => {
  collector = await startRunningCollector();
});
afterAll(() => collector.close());

const exporters = {
  'http/json': JsonExporter,
  'http/protobuf': ProtobufExporter,
} satisfies Record<string, new (config: never) => SpanExporter>;
const clients = Object.entries(exporters).flatMap(([name, Exporter]) =>
  (['none', 'gzip'] as const).map((compression) => ({ name, Exporter, compression })),
);

describe('the OpenTelemetry JS exporter', () => {
  test.each(clients)('$name, compression $compression: its spans arrive as they were made', async (client) => {
    const provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'js-client' }),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: new client.Exporter({
            url: `${collector.url}/v1/traces`,
            headers: { 'x-vestige-key': collector.key },
            compression: client.compression as never,
          }),
        }),
      ],
    });
    const tracer = provider.getTracer('test', '1.2.3');
    const token = aToken();
    const parent = tracer.startSpan('handle', { kind: SpanKind.SERVER }, ROOT_CONTEXT);
    const inside: Context = trace.setSpan(ROOT_CONTEXT, parent);
    const childIds = Array.from({ length: 50 }, (_, index) => {
      const child = tracer.startSpan(
        `step ${index}`,
        {
          kind: SpanKind.CLIENT,
          links: [{ context: parent.spanContext() }],
          attributes: { 'vestige.subject.tokens': [token], 'http.response.status_code': 200, ratio: Number.NaN },
        },
        inside,
      );
      child.addEvent('retry', { attempt: index });
      child.setStatus({ code: SpanStatusCode.ERROR, message: 'refused' });
      child.end();
      return child.spanContext().spanId;
    });
    parent.end();
    await provider.forceFlush();
    await provider.shutdown();

    const { traceId, spanId } = parent.spanContext();
    const { rows } = await collector.deps.events.trace(collector.tenant.id, traceId, 100);
    const root = rows.find((row) => row.spanId === spanId);
    expect(root).toMatchObject({ parentId: '', kind: 'server', outcome: 'ok', service: 'service:js-client' });
    const children = rows.filter((row) => row.parentId === spanId);
    expect(children.map((row) => row.spanId).sort()).toEqual(childIds.sort());
    expect(children[0]).toMatchObject({ kind: 'client', outcome: 'failed', links: [{ traceId, spanId }] });
    expect(children.every((row) => row.endNs >= row.startNs)).toBe(true);
    const [found] = await collector.deps.aliases.find(collector.tenant.id, [token]);
    expect(children.every((row) => row.subjectIds.includes(found?.subjectId ?? '-'))).toBe(true);
  });
});
