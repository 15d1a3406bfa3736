import dns from 'node:dns';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { context, propagation, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';

/**
 * Runs a piece of work under real instrumentations and keeps the spans it left, as the collector would decode them.
 * Ids and times are replaced by counters, so that renewing a golden shows what the instrumentation changed and no more.
 */

/** Libraries must be required after `record` registered their instrumentation. */
export const require = createRequire(import.meta.url);

/** Hosts that answer from this machine, so that spans name the host that they would name in production. */
const pretended = new Set();
const realLookup = dns.lookup;
dns.lookup = (host, ...rest) => realLookup(pretended.has(host) ? '127.0.0.1' : host, ...rest);

export function pretend(host) {
  pretended.add(host);
  return host;
}

const folder = path.resolve(import.meta.dirname, '../goldens');
const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'];
const STATUSES = ['unset', 'ok', 'error'];
const FIRST_MS = 1_763_800_000_000;

const exporter = new InMemorySpanExporter();
/** What libraries write on spans as they start. */
export const stamps = [];
const stamping = {
  onStart: (span, parent) => {
    for (const stamp of stamps) stamp(span, parent);
  },
  onEnd: () => {},
  forceFlush: async () => {},
  shutdown: async () => {},
};
/** For libraries that want the provider itself. */
export const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'desk' }),
  spanProcessors: [stamping, new SimpleSpanProcessor(exporter)],
  spanLimits: { attributeCountLimit: 512 },
});
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(provider);

/**
 * @param {string} name of the golden
 * @param {{ packages: string[], server: string, instrumentations?: unknown[], keep?: (span: object) => boolean }} about
 *   `packages` whose versions the golden names; `server` what answered; `keep` leaves out spans of other libraries
 * @param {() => Promise<void>} work
 */
export async function record(name, { packages, server, instrumentations = [], keep = () => true }, work) {
  registerInstrumentations({ tracerProvider: provider, instrumentations });
  await trace.getTracer('recorder').startActiveSpan('request', { kind: SpanKind.INTERNAL }, async (span) => {
    try {
      await work();
    } finally {
      span.end();
    }
  });
  await new Promise((resolve) => setTimeout(resolve, 200));
  await provider.forceFlush();
  const spans = exporter
    .getFinishedSpans()
    .filter((span) => span.instrumentationScope.name !== 'recorder' && keep(span));
  exporter.reset();
  const by = packages.map(
    (one) => `${one} ${versionOf(isOld && one.includes('/instrumentation-') ? oldOf(one) : one)}`,
  );
  save(isOld ? `${name}-old` : name, by, server, spans.map(decoded));
}

/**
 * Writes a golden of spans with their own ids and times (`startNs` and the like as bigint).
 *
 * @param whole keeps also spans that say the same as another: traces are to be read as a whole
 */
export function save(name, by, server, spans, { whole = false } = {}) {
  const file = path.join(folder, `${name}.json`);
  const flows = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).flows : undefined;
  const golden = {
    recorded: { by, server },
    flows,
    spans: withReadings(whole ? counted(spans) : distinct(counted(spans)), file),
  };
  writeFileSync(file, `${JSON.stringify(golden, null, 2)}\n`);
  process.stdout.write(`${name}: ${golden.spans.length} spans\n`);
}

/** `OLD=1` records the same under instrumentations of 2024, which write the names of before the conventions were stable. */
const isOld = process.env.OLD === '1';

/** An instrumentation's module; of 2024 when asked for. */
export function instrumentation(name) {
  return require(isOld ? oldOf(name) : name);
}

const oldOf = (name) => `${name.slice(name.indexOf('/') + 1)}-old`;

/** Runs one step under a span of its own that is not kept; an error of the library is part of what is recorded. */
export async function step(work) {
  try {
    return await work();
  } catch (error) {
    process.stdout.write(`  ${error instanceof Error ? error.message.slice(0, 200) : String(error)}\n`);
    return undefined;
  }
}

function versionOf(name) {
  const file = path.join(import.meta.dirname, 'node_modules', name, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : '';
}

function decoded(span) {
  const { traceId, spanId } = span.spanContext();
  return {
    name: span.name,
    kind: KINDS[span.kind],
    scopeName: span.instrumentationScope.name,
    scopeVersion: span.instrumentationScope.version ?? '',
    traceId,
    spanId,
    parentId: span.parentSpanContext?.spanId ?? '',
    startNs: nanos(span.startTime),
    endNs: nanos(span.endTime),
    status: STATUSES[span.status.code],
    statusMessage: span.status.message ?? '',
    attributes: span.attributes,
    events: span.events.map(({ name, attributes = {}, time }) => ({ name, timeNs: nanos(time), attributes })),
    links: span.links.map(({ context: linked, attributes = {} }) => ({
      traceId: linked.traceId,
      spanId: linked.spanId,
      attributes,
    })),
  };
}

/** Ids and times as counters, in the order of the spans' starts. */
function counted(spans) {
  const sorted = [...spans].sort((a, b) => Number(a.startNs - b.startNs));
  const instants = sorted.flatMap(({ startNs, endNs, events }) => [
    startNs,
    endNs,
    ...events.map(({ timeNs }) => timeNs),
  ]);
  const times = [...new Set(instants)].sort((a, b) => (a < b ? -1 : 1));
  const timeOf = (time) => `${FIRST_MS + times.indexOf(time)}000000`;
  const ids = counter();
  return sorted.map((span) => ({
    ...span,
    traceId: ids('trace', span.traceId, 32),
    spanId: ids('span', span.spanId, 16),
    parentId: span.parentId === '' ? '' : ids('span', span.parentId, 16),
    startNs: timeOf(span.startNs),
    endNs: timeOf(span.endNs),
    attributes: steady(span.kind === 'server' ? withoutClientPort(span.attributes) : span.attributes, ids),
    events: span.events.map(({ timeNs, attributes, ...event }) => ({
      ...event,
      timeNs: timeOf(timeNs),
      attributes: { ...attributes, ...('exception.stacktrace' in attributes ? { 'exception.stacktrace': '' } : {}) },
    })),
    links: span.links.map((link) => ({
      ...link,
      traceId: ids('trace', link.traceId, 32),
      spanId: ids('span', link.spanId, 16),
    })),
  }));
}

/** Pools say the same again and again; once is enough. */
function distinct(spans) {
  const seen = new Set();
  return spans.filter(({ kind, name, status, attributes, links }) => {
    const key = JSON.stringify([kind, name, status, attributes, links.length]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Ids and instants that change with every run become the same every time. */
function steady(attributes, ids) {
  const text = JSON.stringify(attributes)
    .replace(UUID, (uuid) => `00000000-0000-4000-8000-${ids('uuid', uuid, 12)}`)
    .replace(/"aws.request.id":"[^"]*"/, '"aws.request.id":"-"')
    // The machine that recorded is nobody's business.
    .replace(/ \((?:Linux|Darwin)[^)"]*\)/g, '')
    .replace(/:1[789]\d{11}(?=[,}])/g, `:${FIRST_MS}`);
  return JSON.parse(text);
}

/** The port that a client's connection happened to get. */
function withoutClientPort(attributes) {
  const ports = ['network.peer.port', 'net.peer.port'].filter((key) => key in attributes);
  return { ...attributes, ...Object.fromEntries(ports.map((key) => [key, 50_000])) };
}

const nanos = ([seconds, rest]) => BigInt(seconds) * 1_000_000_000n + BigInt(rest);

function counter() {
  const known = new Map();
  return (kind, id, digits) => {
    const key = `${kind} ${id}`;
    if (!known.has(key)) known.set(key, (known.size + 1).toString(16).padStart(digits, '0'));
    return known.get(key);
  };
}

/**
 * What each span must be read as was judged by a person and outlives a renewal: it is carried over to the span of the
 * same name and place. A new span gets `null`, on which the test fails until somebody has judged it.
 */
function withReadings(spans, file) {
  const known = new Map();
  if (existsSync(file))
    for (const [key, span] of keyed(JSON.parse(readFileSync(file, 'utf8')).spans)) known.set(key, span.reads);
  return [...keyed(spans)].map(([key, span]) => ({ ...span, reads: known.get(key) ?? null }));
}

function* keyed(spans) {
  const seen = new Map();
  for (const span of spans) {
    const key = `${span.scopeName} ${span.kind} ${span.name}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
    yield [`${key} ${seen.get(key)}`, span];
  }
}
