import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { context, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { openVestige, vestigeProcessors } from '@vestige/sdk/open';
import { type Durability, readOptions, type VestigeOptions } from '@vestige/sdk/options';
import { withSubject } from '@vestige/sdk/subject/with-subject';
import { median } from './median.ts';

/**
 * P9: what a span costs more than with plain OpenTelemetry, in CPU time of the whole process (compression included).
 * Interleaved rounds in one process, medians; run with `npm run bench -- sdk`.
 */
const ROUNDS = 9;
const SPANS = 40_000;
const SPANS_PER_TURN = 20;

export const SDK_HELP = `npm run bench -- sdk [--json]

CPU per span that the SDK adds to plain OpenTelemetry (P9), over ${ROUNDS} interleaved rounds of ${SPANS} spans.
`;

const attributes = {
  'http.request.method': 'POST',
  'server.address': 'db.internal',
  'server.port': 6379,
  'db.system.name': 'redis',
  'db.namespace': 'shop',
  'db.query.text': 'HGETALL customer:17:profile and some more text of the length of a query',
  'db.operation.name': 'HGETALL',
  'app.feature': 'support',
  'app.cached': false,
  'app.rows': 3,
};

async function emit(tracer: Tracer): Promise<void> {
  for (let i = 0; i < SPANS; i += SPANS_PER_TURN) {
    for (let n = 0; n < SPANS_PER_TURN; n++) tracer.startSpan('query', { kind: SpanKind.CLIENT, attributes }).end();
    await new Promise((next) => setImmediate(next));
  }
}

async function cpuPerSpan(work: () => Promise<void>): Promise<number> {
  globalThis.gc?.();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / SPANS;
}

function options(spoolDir: string, durability: Durability): VestigeOptions {
  return {
    serviceName: 'bench',
    tenant: 'bench',
    endpoint: 'http://127.0.0.1:9',
    apiKey: 'none',
    subjectKey: Buffer.alloc(32, 7),
    kid: 'k1',
    spoolDir,
    trustedHosts: [],
    durability,
    retryMsMin: 30_000,
    onProblem: () => {},
    handleSignals: false,
    exitDrainMs: 0,
  };
}

async function plain(): Promise<number> {
  return cpuPerSpan(() => emit(new TracerProvider().getTracer('bench')));
}

async function withVestige(durability: Durability, spool: boolean): Promise<number> {
  const spoolDir = mkdtempSync(join(tmpdir(), 'vestige-bench-'));
  const given = options(spoolDir, durability);
  if ('faults' in readOptions(given)) throw new Error('the options of the bench are refused');
  const vestige = openVestige(given);
  const processors = spool ? vestigeProcessors() : vestigeProcessors().slice(0, 1);
  const tracer = new TracerProvider({ spanProcessors: processors }).getTracer('bench');
  const perSpan = await cpuPerSpan(() =>
    withSubject(
      { identifiers: [{ type: 'user_id', value: '1' }], purpose: 'essential.service', categories: ['user.contact'] },
      () => emit(tracer),
    ),
  );
  await vestige.shutdown(0);
  rmSync(spoolDir, { recursive: true });
  return perSpan;
}

/** Prints one line a case, or one line of JSON. */
export async function sdkSpanCost(json: boolean): Promise<void> {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.disable();
  const cases: Record<string, () => Promise<number>> = {
    plain,
    stamped: () => withVestige('tick', false),
    batch: () => withVestige('batch', true),
    tick: () => withVestige('tick', true),
    each: () => withVestige('each', true),
  };
  const results = new Map<string, number[]>(Object.keys(cases).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(cases)) results.get(name)?.push(await run());
  }
  const base = median(results.get('plain') ?? []);
  const rows = [...results].map(([name, values]) => ({
    name,
    cpuUsPerSpan: median(values),
    added: median(values) - base,
  }));
  if (json) {
    process.stdout.write(`${JSON.stringify(rows)}\n`);
    return;
  }
  for (const { name, cpuUsPerSpan, added } of rows) {
    process.stdout.write(`${name.padEnd(10)} ${cpuUsPerSpan.toFixed(2)} µs/span   +${added.toFixed(2)}\n`);
  }
}
