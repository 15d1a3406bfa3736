import { createRequire } from 'node:module';
import {
  type ContextManager,
  context,
  propagation,
  type TextMapPropagator,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import type { OtelInstrumentation } from './check/coverage.ts';
import { type OpenOptions, openVestige, type VestigeHandle, vestigeProcessors } from './open.ts';
import type { OtelSampler, OtelSpanProcessor } from './otel-types.ts';
import { vestigePropagator } from './propagator.ts';
import { type Runtime, runtime } from './runtime.ts';
import { vestigeSampler } from './sampler.ts';

export interface StartOptions extends OpenOptions {
  readonly instrumentations?: readonly OtelInstrumentation[];
  /** What the `spanProcessors` below get. Default: everything. Vestige records all spans whatever it says. */
  readonly sampler?: OtelSampler;
  /** The host's own, e.g. a batch processor towards its APM. */
  readonly spanProcessors?: readonly OtelSpanProcessor[];
  /** Wrapped, so that the subject stays inside. Default: W3C trace context and baggage. */
  readonly propagator?: TextMapPropagator;
  /** More resource attributes, e.g. `deployment.environment.name`. */
  readonly resourceAttributes?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * The plain case: sets up OpenTelemetry tracing and Vestige in one call, before anything else is imported. Needs
 * `@opentelemetry/sdk-trace` (2.9 or later, or 3.x) and its companions `core`, `resources` and `context-async-hooks`.
 *
 * Never throws. When it cannot do its work it says so through `diag`, `onProblem` and `handle.problems`, and the host
 * runs on without it.
 */
export function startVestige(options: StartOptions): VestigeHandle {
  const handle = openVestige(options);
  const running = runtime();
  if (!handle.active || running === null) return handle;
  running.guard('setting up OpenTelemetry', () => setUp(running, options), undefined);
  return handle;
}

/** As far as `sdk-trace` 2.x and 3.x and their companions agree, which is all that is needed here. */
interface OtelPackages {
  readonly trace: {
    readonly TracerProvider: new (options: object) => TracerProvider & { getTracer(name: string): Tracer };
    readonly AlwaysOnSampler: new () => OtelSampler;
    readonly ParentBasedSampler: new (options: { root: OtelSampler }) => OtelSampler;
  };
  readonly core: {
    readonly CompositePropagator: new (options: { propagators: TextMapPropagator[] }) => TextMapPropagator;
    readonly W3CTraceContextPropagator: new () => TextMapPropagator;
    readonly W3CBaggagePropagator: new () => TextMapPropagator;
  };
  readonly resources: {
    resourceFromAttributes(attributes: object): { merge(other: unknown): unknown };
    defaultResource(): { merge(other: unknown): unknown };
  };
  readonly hooks: { readonly AsyncLocalStorageContextManager: new () => ContextManager };
}

function setUp(running: Runtime, options: StartOptions): void {
  const otel = loadOtel(running);
  if (otel === null) return;
  const { AlwaysOnSampler, ParentBasedSampler, TracerProvider } = otel.trace;
  const provider = new TracerProvider({
    sampler: vestigeSampler(options.sampler ?? new ParentBasedSampler({ root: new AlwaysOnSampler() })),
    spanProcessors: [...vestigeProcessors(), ...(options.spanProcessors ?? [])],
    resource: otel.resources
      .defaultResource()
      .merge(otel.resources.resourceFromAttributes(resourceOf(running, options))),
  });
  // Our own spans come from here in any case: also when another provider was first and gets the host's.
  running.provider = provider;
  register(running, otel, provider, options);
  for (const instrumentation of options.instrumentations ?? []) {
    instrumentation.setTracerProvider?.(provider);
    instrumentation.enable();
  }
  running.undo.push(() => {
    for (const instrumentation of options.instrumentations ?? []) instrumentation.disable();
  });
}

function register(running: Runtime, otel: OtelPackages, provider: TracerProvider, options: StartOptions): void {
  const { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } = otel.core;
  const inner =
    options.propagator ??
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] });
  const taken: string[] = [];
  if (trace.setGlobalTracerProvider(provider)) running.undo.push(() => trace.disable());
  else taken.push('tracer provider');
  const manager = new otel.hooks.AsyncLocalStorageContextManager();
  if (context.setGlobalContextManager(manager.enable())) running.undo.push(() => context.disable());
  else taken.push('context manager');
  if (propagation.setGlobalPropagator(vestigePropagator(inner))) running.undo.push(() => propagation.disable());
  else taken.push('propagator');
  if (taken.length > 0) {
    running.reporter.report(
      'duplicate_provider',
      'another OpenTelemetry setup was registered first: use openVestige() and give it vestigeProcessors(), vestigeSampler() and vestigePropagator()',
      { taken: taken.join(', ') },
    );
  }
}

function resourceOf(running: Runtime, options: StartOptions): Record<string, string | number | boolean> {
  const { serviceName, serviceNamespace } = running.settings;
  return {
    ...options.resourceAttributes,
    'service.name': serviceName,
    ...(serviceNamespace === '' ? {} : { 'service.namespace': serviceNamespace }),
    'service.instance.id': running.instanceId,
  };
}

/** Loaded here and not imported above, so that hosts with a setup of their own need none of these packages. */
function loadOtel(running: Runtime): OtelPackages | null {
  const require = createRequire(import.meta.url);
  try {
    return {
      trace: require('@opentelemetry/sdk-trace'),
      core: require('@opentelemetry/core'),
      resources: require('@opentelemetry/resources'),
      hooks: require('@opentelemetry/context-async-hooks'),
    };
  } catch {
    running.reporter.report(
      'otel_sdk_missing',
      'startVestige() needs @opentelemetry/sdk-trace, core, resources and context-async-hooks',
    );
    return null;
  }
}
