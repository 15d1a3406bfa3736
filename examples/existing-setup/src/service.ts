import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BatchSpanProcessor,
  ConsoleSpanExporter,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { openVestige, vestigeProcessors, vestigePropagator, vestigeSampler, withSubject } from '@vestige/sdk';

/**
 * A service that had OpenTelemetry before it had Vestige: its own provider, an APM that samples one span in ten, its own
 * propagators. Four lines are new; the APM notices none of them.
 */
const vestige = openVestige({
  serviceName: 'greeter',
  tenant: 'acme',
  endpoint: 'http://127.0.0.1:4318',
  apiKey: 'vst_example_key',
  subjectKey: Buffer.alloc(32, 7),
  kid: 'k1',
  spoolDir: join(tmpdir(), 'vestige-greeter'),
  trustedHosts: ['localhost'],
});

trace.setGlobalTracerProvider(
  new TracerProvider({
    sampler: vestigeSampler(new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0.1) })),
    spanProcessors: [...vestigeProcessors(), new BatchSpanProcessor({ exporter: new ConsoleSpanExporter() })],
  }),
);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(
  vestigePropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  ),
);

const server = createServer((request, response) => {
  const user = new URL(request.url ?? '/', 'http://localhost').searchParams.get('user') ?? 'nobody';
  withSubject({ identifiers: [{ type: 'user_id', value: user }] }, () =>
    trace.getTracer('greeter').startActiveSpan('greet', (span) => {
      response.end('hello\n');
      span.end();
    }),
  );
});
server.listen(8080, '127.0.0.1');
process.once('SIGTERM', () => server.close(() => void vestige.shutdown().then(() => process.exit(0))));
