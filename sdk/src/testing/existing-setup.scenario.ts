import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { withAgent } from '../agent.ts';
import { openVestige, vestigeProcessors } from '../open.ts';
import { vestigePropagator } from '../propagator.ts';
import { vestigeSampler } from '../sampler.ts';
import { withSubject } from '../subject/with-subject.ts';
import { JANE_EMAIL, testOptions } from './options.ts';

/**
 * An application with an OpenTelemetry setup of its own (sampling nothing for its APM) that adds Vestige to it, and
 * then calls its own host, a stranger's, and itself.
 */
interface Argument {
  readonly endpoint: string;
  /** `@opentelemetry/sdk-trace`, or `sdk-trace-base` of the 2.x line. */
  readonly sdk: string;
}
const { endpoint, sdk } = JSON.parse(process.argv[2] ?? '{}') as Argument;

const require = createRequire(import.meta.url);
const otel = await import(sdk);
const Provider = otel.TracerProvider ?? otel.BasicTracerProvider;
const apm = new otel.InMemorySpanExporter();
const apmProcessor = sdk.endsWith('-base')
  ? new otel.SimpleSpanProcessor(apm)
  : new otel.SimpleSpanProcessor({ exporter: apm });
const none = new otel.TraceIdRatioBasedSampler(0);

const vestige = openVestige(testOptions(endpoint, { trustedHosts: ['localhost'] }));
const provider = new Provider({
  sampler: vestigeSampler(new otel.ParentBasedSampler({ root: none })),
  spanProcessors: [...vestigeProcessors(), apmProcessor],
});
trace.setGlobalTracerProvider(provider);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(
  vestigePropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  ),
);
const http = new HttpInstrumentation();
const undici = new UndiciInstrumentation();
for (const instrumentation of [http, undici]) {
  instrumentation.setTracerProvider(provider);
  instrumentation.enable();
}
const patched = require('node:http') as typeof import('node:http');

const seen: { path: string; host: string; baggage: string | null; traceparent: boolean }[] = [];
const listener: RequestListener = (request, response) => {
  trace.getTracer('app').startSpan(`handle ${request.url}`).end();
  seen.push({
    path: request.url ?? '',
    host: request.headers.host?.split(':')[0] ?? '',
    baggage: (request.headers.baggage as string | undefined) ?? null,
    traceparent: request.headers.traceparent !== undefined,
  });
  if (request.url === '/redirect') {
    response.writeHead(302, { location: `http://127.0.0.1:${port}/redirected` }).end();
  } else response.end('ok');
};
const server = (patched.createServer ?? createServer)(listener);
const port = await new Promise<number>((resolve) => {
  server.listen(0, () => resolve((server.address() as AddressInfo).port));
});

const get = (url: string): Promise<void> =>
  new Promise((resolve, reject) => {
    patched.get(url, (response: IncomingMessage) => response.resume().on('end', resolve)).on('error', reject);
  });
const raw = (path: string, baggage: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nbaggage: ${baggage}\r\nconnection: close\r\n\r\n`),
    );
    socket
      .on('error', reject)
      .on('close', () => resolve())
      .resume();
  });

const others = propagation.createBaggage({ other: { value: 'kept' } });
await context.with(propagation.setBaggage(context.active(), others), () =>
  withSubject({ identifiers: [{ type: 'email', value: JANE_EMAIL }], purpose: 'p' }, () =>
    withAgent('caller', async () => {
      await (await fetch(`http://localhost:${port}/undici-own`)).text();
      await (await fetch(`http://127.0.0.1:${port}/undici-strange`)).text();
      await (await fetch(`http://localhost:${port}/redirect`)).text();
      await get(`http://localhost:${port}/http-own`);
      await get(`http://127.0.0.1:${port}/http-strange`);
      // Code that injects by hand, outside of any client span, does not say where it is going.
      const carrier: Record<string, string> = {};
      propagation.inject(context.active(), carrier);
      seen.push({
        path: '/by-hand',
        host: '',
        baggage: carrier.baggage ?? null,
        traceparent: 'traceparent' in carrier,
      });
    }),
  ),
);
const genuine = seen.find(({ path }) => path === '/undici-own')?.baggage ?? '';
await raw('/forged', genuine.replace(/vestige=([^.]+\.[^.]+\.)./, 'vestige=$1X'));
await raw('/invented', 'vestige=1.abc.tk2026a!AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBB');

const flushed = await vestige.flush();
const stats = vestige.stats();
await vestige.shutdown();
server.close();
server.closeAllConnections();
const { version } =
  (globalThis as unknown as Record<symbol, { version: string }>)[Symbol.for('opentelemetry.js.api.1')] ?? {};
const apmSpans = apm.getFinishedSpans().length;
process.stdout.write(`${JSON.stringify({ version, seen, flushed, stats, apmSpans })}\n`);
