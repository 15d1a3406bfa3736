import type { TraceBody } from '../traces.ts';
import type { Contender, RunningContender } from './contender.ts';
import { type BenchEngine, bytesOnDisk, mergeAll, startBenchEngine, untilMergesRest } from './engine.ts';
import { sendBodies } from './load.ts';
import { postgresBackends, processCpuUs } from './process-cpu.ts';
import { type RecordedInsert, recordInserts, replayInserts } from './recorded-inserts.ts';

/** The same spans for every contender: some to warm up on, others to measure. */
export interface DataSet {
  readonly warmUp: readonly TraceBody[];
  readonly measured: readonly TraceBody[];
}

/** CPU µs per span, of each process that takes part. */
export interface Measured {
  readonly clientCpuUs: number;
  readonly serverCpuUs: number;
  /** Null when Postgres runs inside the client's process, or there is none. */
  readonly postgresCpuUs: number | null;
  /** From the first byte sent to the last row visible. */
  readonly wallUs: number;
}

export interface MeasureOptions {
  /** Requests in flight. */
  readonly atOnce: number;
  /** Whether parts may be merged while measuring; if so, until they rest. */
  readonly merges: boolean;
  /** Told the process and the time (µs, `process.hrtime`) at which its measurement begins. */
  onStart?(pid: number, atUs: number): void;
}

/** One contender from start to stop on a fresh engine. */
export async function measure(contender: Contender, data: DataSet, options: MeasureOptions): Promise<Measured> {
  const engine = await startBenchEngine();
  try {
    const running = await contender.start(engine, (role) => engine.url(role).reveal());
    try {
      const send = (bodies: readonly TraceBody[]) => sendAndWait(running, contender, engine, bodies, options.atOnce);
      if (!options.merges) await engine.ask('SYSTEM STOP MERGES');
      await send(data.warmUp);
      const backends = running.postgresDatabase === null ? [] : postgresBackends(running.postgresDatabase);
      const cpu = () => ({
        client: processCpuUs(running.pid),
        server: processCpuUs(engine.pid),
        postgres: backends.reduce((sum, pid) => sum + processCpuUs(pid), 0),
      });
      const before = cpu();
      options.onStart?.(running.pid, Number(process.hrtime.bigint() / 1_000n));
      const startMs = performance.now();
      await send(data.measured);
      const wallMs = performance.now() - startMs;
      if (options.merges) await untilMergesRest(engine);
      const after = cpu();
      const spans = spansOf(data.measured);
      return {
        clientCpuUs: (after.client - before.client) / spans,
        serverCpuUs: (after.server - before.server) / spans,
        postgresCpuUs: running.postgresDatabase === null ? null : (after.postgres - before.postgres) / spans,
        wallUs: (wallMs * 1_000) / spans,
      };
    } finally {
      await running.stop();
    }
  } finally {
    await engine.stop();
  }
}

/** What a contender wrote to ClickHouse, byte for byte, and how much disk it takes once merged. */
export interface Recording {
  readonly warmUp: readonly RecordedInsert[];
  readonly measured: readonly RecordedInsert[];
  readonly wireBytesPerSpan: number;
  readonly diskBytesPerSpan: number;
}

export async function record(contender: Contender, data: DataSet, atOnce: number): Promise<Recording> {
  const engine = await startBenchEngine();
  const recorder = await recordInserts(engine.httpPort);
  try {
    const running = await contender.start(engine, (role) => recorder.by(engine.url(role).reveal()));
    try {
      await sendAndWait(running, contender, engine, data.warmUp, atOnce);
      const warmUp = recorder.take();
      await sendAndWait(running, contender, engine, data.measured, atOnce);
      const measured = recorder.take();
      await mergeAll(engine, contender.tables);
      const wireBytes = measured.reduce((sum, { body }) => sum + body.length, 0);
      return {
        warmUp,
        measured,
        wireBytesPerSpan: wireBytes / spansOf(data.measured),
        diskBytesPerSpan:
          (await bytesOnDisk(engine, contender.tables)) / (spansOf(data.measured) + spansOf(data.warmUp)),
      };
    } finally {
      await running.stop();
    }
  } finally {
    await recorder.close();
    await engine.stop();
  }
}

/** (b) The recorded inserts again into the same tables: what no encoder can go below. */
export async function measureReplay(recording: Recording, spans: number, merges: boolean): Promise<Measured> {
  const engine = await startBenchEngine();
  try {
    const url = engine.url('collector').reveal();
    if (!merges) await engine.ask('SYSTEM STOP MERGES');
    await replayInserts(url, recording.warmUp);
    const ownBefore = process.cpuUsage();
    const serverBefore = processCpuUs(engine.pid);
    const startMs = performance.now();
    await replayInserts(url, recording.measured);
    const wallMs = performance.now() - startMs;
    const own = process.cpuUsage(ownBefore);
    if (merges) await untilMergesRest(engine);
    return {
      clientCpuUs: (own.user + own.system) / spans,
      serverCpuUs: (processCpuUs(engine.pid) - serverBefore) / spans,
      postgresCpuUs: null,
      wallUs: (wallMs * 1_000) / spans,
    };
  } finally {
    await engine.stop();
  }
}

const VISIBLE_POLL_MS = 50;
const VISIBLE_MS_MAX = 120_000;

/** Until every span sent is a row that a query sees. */
async function sendAndWait(
  running: RunningContender,
  { name, tables }: Contender,
  engine: BenchEngine,
  bodies: readonly TraceBody[],
  atOnce: number,
): Promise<void> {
  const rows = async () => Number(await engine.ask(`SELECT count() FROM ${tables[0]}`));
  const wanted = (await rows()) + spansOf(bodies);
  await sendBodies(running, bodies, atOnce);
  const deadline = performance.now() + VISIBLE_MS_MAX;
  for (let seen = await rows(); seen < wanted; seen = await rows()) {
    if (performance.now() > deadline) throw new Error(`${name}: ${wanted - seen} spans never became visible`);
    await new Promise((next) => setTimeout(next, VISIBLE_POLL_MS));
  }
}

export const spansOf = (bodies: readonly TraceBody[]): number => bodies.reduce((sum, { spans }) => sum + spans, 0);
