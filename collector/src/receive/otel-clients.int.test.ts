import { createRequire } from 'node:module';
import { Metadata } from '@grpc/grpc-js';
import { type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as GrpcExporter3 } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonExporter3 } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter3 } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { aToken } from '../testing/export-client.ts';
import { type RunningCollector, startRunningCollector } from '../testing/running-collector.ts';

/**
 * The official JavaScript exporters as clients, compression and batching included: both lines of the SDK, all three
 * transports. `interop.int.test.ts` does the same for other languages, from recordings.
 */

let collector: RunningCollector;
beforeAll(async () => {
  collector = await startRunningCollector();
});
afterAll(() => collector.close());

interface Provider {
  getTracer(name: string, version: string): Tracer;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}
// The classes of the two lines have no type in common; what is passed in is checked by what arrives.
type AnyClass = new (...args: never[]) => object;
interface Line {
  readonly exporters: Readonly<Record<'http/json' | 'http/protobuf' | 'grpc', AnyClass>>;
  provider(exporter: object, serviceName: string): Provider;
}

/** The 2.x line as an application finds it that has not moved yet: with API 1.9 beside it, in its own node_modules. */
const ofApplication = createRequire(new URL('../../../examples/existing-setup/package.json', import.meta.url));
const line2 = (name: string): Record<string, AnyClass> => ofApplication(`@opentelemetry/${name}`);
const make = (Class: AnyClass | undefined, ...args: unknown[]): object => Reflect.construct(Class ?? Object, args);

const LINES: Readonly<Record<string, Line>> = {
  '2.x': {
    exporters: {
      'http/json': line2('exporter-trace-otlp-http')['OTLPTraceExporter'] as AnyClass,
      'http/protobuf': line2('exporter-trace-otlp-proto')['OTLPTraceExporter'] as AnyClass,
      grpc: line2('exporter-trace-otlp-grpc')['OTLPTraceExporter'] as AnyClass,
    },
    provider(exporter, serviceName) {
      const { BasicTracerProvider, BatchSpanProcessor: Processor } = line2('sdk-trace-base');
      const resource = ofApplication('@opentelemetry/resources').resourceFromAttributes({
        'service.name': serviceName,
      });
      return make(BasicTracerProvider, { resource, spanProcessors: [make(Processor, exporter)] }) as Provider;
    },
  },
  '3.x': {
    exporters: { 'http/json': JsonExporter3, 'http/protobuf': ProtobufExporter3, grpc: GrpcExporter3 },
    provider: (exporter, serviceName) =>
      new TracerProvider({
        resource: resourceFromAttributes({ 'service.name': serviceName }),
        spanProcessors: [new BatchSpanProcessor({ exporter: exporter as JsonExporter3 })],
      }),
  },
};

const clients = Object.entries(LINES).flatMap(([version, line]) =>
  (['http/json', 'http/protobuf', 'grpc'] as const).flatMap((transport) =>
    (['none', 'gzip'] as const).map((compression) => ({ version, line, transport, compression })),
  ),
);

function exporterOf({ line, transport, compression }: (typeof clients)[number]): object {
  const metadata = new Metadata();
  metadata.set('x-vestige-key', collector.key);
  const target =
    transport === 'grpc'
      ? { url: collector.grpcUrl, metadata }
      : { url: `${collector.url}/v1/traces`, headers: { 'x-vestige-key': collector.key } };
  return make(line.exporters[transport], { ...target, compression });
}

describe('the OpenTelemetry JS exporter', () => {
  test.each(clients)(
    'SDK $version, $transport, compression $compression: its spans arrive as they were made',
    async (client) => {
      const provider = client.line.provider(exporterOf(client), 'js-client');
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
      const rows = await vi.waitFor(
        async () => {
          const found = await collector.deps.events.trace(collector.tenant.id, traceId, 100);
          expect(found.rows).toHaveLength(51);
          return found.rows;
        },
        { timeout: 20_000, interval: 50 },
      );
      const root = rows.find((row) => row.spanId === spanId);
      expect(root).toMatchObject({ parentId: '', kind: 'server', outcome: 'ok', service: 'service:js-client' });
      const children = rows.filter((row) => row.parentId === spanId);
      expect(children.map((row) => row.spanId).sort()).toEqual(childIds.sort());
      expect(children[0]).toMatchObject({ kind: 'client', outcome: 'failed', links: [{ traceId, spanId }] });
      expect(children.every((row) => row.endNs >= row.startNs)).toBe(true);
      const [found] = await collector.deps.aliases.find(collector.tenant.id, [token]);
      expect(children.every((row) => row.subjectIds.includes(found?.subjectId ?? '-'))).toBe(true);
    },
  );
});
