import type { Attributes, Context, HrTime, Link, SpanContext, SpanKind, SpanStatus } from '@opentelemetry/api';

/**
 * The few shapes of the OpenTelemetry SDK that we stand on, spelled out here so that the library core imports no
 * `sdk-*` package: SDK 2.x and 3.x both satisfy them, whichever the host application has chosen.
 */

export interface OtelResource {
  readonly attributes: Readonly<Record<string, unknown>>;
  /** SDK 2.x and 3.x: detectors are still running, and reading `attributes` now would log an error. */
  readonly asyncAttributesPending?: boolean;
  getRawAttributes?(): [string, unknown][];
}

export interface OtelScope {
  readonly name: string;
  readonly version?: string;
  readonly schemaUrl?: string;
}

export interface OtelEvent {
  readonly time: HrTime;
  readonly name: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly droppedAttributesCount?: number;
}

/** A span that has ended, as an exporter sees it. Reading is all one may do with it. */
export interface OtelReadableSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly spanContext: () => SpanContext;
  readonly parentSpanContext?: SpanContext;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly status: SpanStatus;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly (Link & { readonly droppedAttributesCount?: number })[];
  readonly events: readonly OtelEvent[];
  readonly resource: OtelResource;
  readonly instrumentationScope: OtelScope;
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
}

/** A span that has just started: readable, and attributes may still be set. */
export interface OtelStartingSpan {
  readonly attributes: Readonly<Record<string, unknown>>;
  setAttribute(key: string, value: string | number | boolean | string[]): unknown;
}

export interface OtelSpanProcessor {
  onStart(span: OtelStartingSpan, parentContext: Context): void;
  onEnd(span: OtelReadableSpan): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** `SamplingDecision` of both lines: 0 drop, 1 record only, 2 record and sample. */
export const DROP = 0;
export const RECORD_ONLY = 1;

export interface OtelSamplingResult {
  decision: number;
  attributes?: Readonly<Attributes>;
  traceState?: NonNullable<SpanContext['traceState']>;
}

export interface OtelSampler {
  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): OtelSamplingResult;
  toString(): string;
}
