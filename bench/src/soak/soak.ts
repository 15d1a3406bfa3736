import { setTimeout as sleep } from 'node:timers/promises';
import { collector } from '../ingest/contenders.ts';
import { type BenchEngine, startBenchEngine } from '../ingest/engine.ts';
import { sendBodies } from '../ingest/load.ts';
import { processCpuUs, processRssMb } from '../ingest/process-cpu.ts';
import { type TraceBody, traceBodies } from '../traces.ts';

export interface SoakOptions {
  readonly seconds: number;
  /** Spans a second. */
  readonly rate: number;
  readonly bodySpans: number;
  readonly seed: number;
  /** The collector may not need more (P4). */
  readonly rssMbMax: number;
}

/** The JSON line of the benchmark. */
export interface SoakReport {
  /** Spans that were acknowledged. */
  readonly sent: number;
  /** Different spans that a query finds at the end. */
  readonly stored: number;
  /** Spans that a query finds more than once. */
  readonly duplicates: number;
  readonly rssMaxMb: number;
  /** Requests that were told to come back, and came back. */
  readonly refused: number;
}

/** Requests in flight: enough that a rate is held while answers wait for a store that does not answer. */
const AT_ONCE = 32;
const PAUSE_FROM = 0.4;
const PAUSE_TO = 0.6;
const SAMPLE_MS = 250;
const STORED_POLL_MS = 500;
/** How long the collector may take afterwards to store what it acknowledged, beyond the length of the run. */
const CATCH_UP_MS = 60_000;

/**
 * P3 and P4 over time: a steady rate while ClickHouse stands still for a fifth of the run, as a server in trouble does:
 * it answers nothing and refuses nothing.
 */
export async function soak(options: SoakOptions, say: (line: string) => void): Promise<SoakReport> {
  const engine = await startBenchEngine();
  const running = await collector(null).start(engine, (role) => engine.url(role).reveal());
  const memory = watchMemory(running.pid);
  const pause = pauseEngine(engine, options.seconds, say);
  try {
    say(`${options.rate} spans a second for ${options.seconds} s`);
    const total = Math.round(options.rate * options.seconds);
    const bodies = traceBodies({ ...options, spans: total, spansPerBody: options.bodySpans, startMs: Date.now() });
    const startMs = performance.now();
    const { spans: sent, refused } = await sendBodies(running, bodies, AT_ONCE, pacer(options.rate, startMs));
    say(
      `sent within ${((performance.now() - startMs) / 1_000).toFixed(0)} s, ${refused} requests were told to come back`,
    );
    await pause.over;
    const stored = await untilStored(engine, sent, options.seconds * 1_000 + CATCH_UP_MS, say);
    const visible = Number(await engine.ask('SELECT count() FROM spans FINAL'));
    const cpuUs = processCpuUs(running.pid) / sent;
    say(`stored ${stored}; CPU of the collector's process ${cpuUs.toFixed(1)} µs a span, start included`);
    return { sent, stored, duplicates: visible - stored, rssMaxMb: Math.round(memory.maxMb()), refused };
  } finally {
    memory.stop();
    pause.end();
    await pause.over;
    await running.stop();
    await engine.stop();
  }
}

/** What a run must end with. Null when it did. */
export function soakFault(report: SoakReport, { rssMbMax }: SoakOptions): string | null {
  if (report.stored !== report.sent) return `${report.sent - report.stored} acknowledged spans are not there`;
  if (report.duplicates !== 0) return `${report.duplicates} spans are there more than once`;
  if (report.rssMaxMb > rssMbMax) return `the collector needed ${report.rssMaxMb} MiB, more than ${rssMbMax}`;
  return null;
}

/** Lets a body go when its spans are due. Bodies that were held up go at once: the rate is kept over the whole run. */
function pacer(rate: number, startMs: number): (body: TraceBody) => Promise<void> {
  let due = 0;
  return async ({ spans }) => {
    const dueMs = startMs + (due * 1_000) / rate;
    due += spans;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
  };
}

function pauseEngine({ pid }: BenchEngine, seconds: number, say: (line: string) => void) {
  const stopped = Promise.withResolvers<void>();
  const run = async () => {
    await Promise.race([sleep(seconds * PAUSE_FROM * 1_000), stopped.promise]);
    process.kill(pid, 'SIGSTOP');
    say('ClickHouse stands still');
    await Promise.race([sleep(seconds * (PAUSE_TO - PAUSE_FROM) * 1_000), stopped.promise]);
    process.kill(pid, 'SIGCONT');
    say('ClickHouse goes on');
  };
  return { over: run(), end: () => stopped.resolve() };
}

function watchMemory(pid: number) {
  let maxMb = 0;
  const timer = setInterval(() => {
    maxMb = Math.max(maxMb, processRssMb(pid));
  }, SAMPLE_MS);
  return { maxMb: () => maxMb, stop: () => clearInterval(timer) };
}

/** @returns how many different spans there are, once there are as many as were sent or the time is up */
async function untilStored(
  engine: BenchEngine,
  sent: number,
  waitMs: number,
  say: (line: string) => void,
): Promise<number> {
  const fromMs = performance.now();
  for (;;) {
    const stored = Number(await engine.ask('SELECT uniqExact(trace_id, span_id) FROM spans'));
    const waitedMs = performance.now() - fromMs;
    if (stored >= sent || waitedMs > waitMs) {
      say(`caught up within ${(waitedMs / 1_000).toFixed(1)} s`);
      return stored;
    }
    await sleep(STORED_POLL_MS);
  }
}
