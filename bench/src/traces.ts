import { type MadeSpan, Sequences, supportJourney } from './journey.ts';
import { EXPORT_REQUEST, type WireRequest } from './otlp-schema.ts';
import { SeededRandom } from './random.ts';
import { resourceOf, SCOPES } from './services.ts';

export interface TraceBodiesOptions {
  readonly seed: number;
  /** Of all bodies together. */
  readonly spans: number;
  /** Of one body: 512 as one SDK sends, 2000 as a collector in front of many does. The last one is shorter. */
  readonly spansPerBody: number;
  /** Start of the first trace, epoch ms; one starts every millisecond. */
  readonly startMs: number;
}

export interface TraceBody {
  /** An `ExportTraceServiceRequest`. */
  readonly bytes: Uint8Array;
  readonly spans: number;
}

export const TRACE_DEFAULTS: TraceBodiesOptions = {
  seed: 1,
  spans: 50_000,
  spansPerBody: 2_000,
  startMs: Date.UTC(2026, 10, 20, 10),
};

const NS_PER_MS = 1_000_000n;
/** How many traces run at once: their spans come mixed, as processes report them, not trace by trace. */
const TRACES_AT_ONCE = 50;

/**
 * Export requests of a support desk that agents run: the same bytes for the same options on every machine. About 730
 * bytes and 15 attributes a span. Nobody in it is real.
 */
export function* traceBodies(options: Partial<TraceBodiesOptions> = {}): Generator<TraceBody> {
  for (const { request, spans } of traceRequests(options)) {
    yield { bytes: EXPORT_REQUEST.encode(EXPORT_REQUEST.create(request)).finish(), spans };
  }
}

/** The same before encoding. */
export function* traceRequests(
  options: Partial<TraceBodiesOptions> = {},
): Generator<{ readonly request: WireRequest; readonly spans: number }> {
  const { seed, spans, spansPerBody, startMs } = { ...TRACE_DEFAULTS, ...options };
  const made = madeSpans(new SeededRandom(seed), BigInt(startMs) * NS_PER_MS);
  for (let left = spans; left > 0; left -= spansPerBody) {
    const batch = Array.from({ length: Math.min(left, spansPerBody) }, () => made.next().value);
    yield { request: requestOf(batch), spans: batch.length };
  }
}

/** Spans without end. */
function* madeSpans(random: SeededRandom, startNs: bigint): Generator<MadeSpan, never> {
  const sequences = new Sequences();
  for (let nextNs = startNs; ; nextNs += NS_PER_MS * BigInt(TRACES_AT_ONCE)) {
    const traces = Array.from({ length: TRACES_AT_ONCE }, (_, index) =>
      supportJourney(random, sequences, nextNs + NS_PER_MS * BigInt(index)),
    );
    const longest = Math.max(...traces.map((trace) => trace.length));
    for (let at = 0; at < longest; at++) {
      for (const trace of traces) {
        const span = trace[at];
        if (span !== undefined) yield span;
      }
    }
  }
}

/** As an exporter groups them: by process, then by instrumentation. */
function requestOf(spans: readonly MadeSpan[]): WireRequest {
  const processes = Map.groupBy(spans, ({ service, instance }) => `${service} ${instance}`);
  return {
    resourceSpans: [...processes.values()].map((ofProcess) => ({
      resource: {
        attributes: ofProcess[0] === undefined ? [] : resourceOf(ofProcess[0].service, ofProcess[0].instance),
      },
      scopeSpans: [...Map.groupBy(ofProcess, ({ scope }) => scope)].map(([scope, ofScope]) => ({
        scope: SCOPES[scope],
        spans: ofScope.map(({ span }) => span),
      })),
    })),
  };
}
