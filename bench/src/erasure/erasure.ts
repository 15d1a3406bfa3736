import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { VestigeError } from '@vestige/core/errors';
import { TenantId } from '@vestige/core/ids';
import { openTelemetryEraser } from '@vestige/store/events/clickhouse-eraser';
import { openTelemetryVerifier } from '@vestige/store/events/clickhouse-verifier';
import { type BenchEngine, bytesOnDisk, startBenchEngine, untilMergesRest } from '../ingest/engine.ts';
import { CAST_SIZE, loadOurTables, OUR_TABLES } from '../lineage/installation.ts';

export interface ErasureOptions {
  readonly spans: number;
  readonly subjects: number;
  readonly days: number;
}

export interface ErasureReport extends ErasureOptions {
  readonly foundRows: number;
  readonly enqueueMs: number;
  readonly rewriteMs: number;
  /** From the first queued subject until every check of the verifier is zero. */
  readonly verifiedMs: number;
  readonly finishMs: number;
  readonly partsRewritten: number;
  readonly bytesRewritten: number;
  readonly touchesBytes: number;
  readonly allBytes: number;
}

const POLL_MS = 100;
const VERIFY_MS_MAX = 600_000;
const TENANT = TenantId.parse(1);

/** P8: a batch of people out of an installation, until the engine's files are verified to hold nothing of them. */
export async function erasure(options: ErasureOptions, say: (line: string) => void): Promise<ErasureReport> {
  const engine = await startBenchEngine();
  const eraser = openTelemetryEraser({ url: engine.url('eraser') });
  const verifier = openTelemetryVerifier({ url: engine.url('verifier') });
  try {
    const cast = Array.from({ length: CAST_SIZE }, () => randomUUID());
    await loadOurTables(engine, { ...options, tenant: TENANT, people: cast }, say);
    await untilMergesRest(engine);
    const people = await somePeople(engine, options.subjects);
    const touchesBefore = await rowsOfTouches(engine);
    const [touchesBytes, allBytes] = [await bytesOnDisk(engine, ['touches']), await bytesOnDisk(engine, OUR_TABLES)];
    const before = await partsOfTouches(engine);

    const batch = randomUUID();
    const startMs = performance.now();
    await eraser.enqueue(batch, TENANT, people);
    const enqueuedMs = performance.now();
    const { foundRows, doneAtS } = await eraser.erase(batch);
    const rewrittenMs = performance.now();
    while (!(await verifier.residue(batch, doneAtS)).clean) {
      if (performance.now() - startMs > VERIFY_MS_MAX)
        throw new VestigeError('internal', 'the erasure does not settle');
      await sleep(POLL_MS);
    }
    const verifiedMs = performance.now();
    await eraser.finish(batch);
    const finishedMs = performance.now();

    const found = Object.values(foundRows).reduce((sum, rows) => sum + rows, 0);
    if (touchesBefore - (await rowsOfTouches(engine)) !== found)
      throw new VestigeError('internal', 'the rows that are gone are not those that were found');
    const rewritten = (await partsOfTouches(engine)).filter(({ partition, rows }) =>
      before.every((part) => part.partition !== partition || part.rows !== rows),
    );
    const report: ErasureReport = {
      ...options,
      subjects: people.length,
      foundRows: found,
      enqueueMs: enqueuedMs - startMs,
      rewriteMs: rewrittenMs - enqueuedMs,
      verifiedMs: verifiedMs - startMs,
      finishMs: finishedMs - verifiedMs,
      partsRewritten: rewritten.length,
      bytesRewritten: rewritten.reduce((sum, { bytes }) => sum + bytes, 0),
      touchesBytes,
      allBytes,
    };
    say(textOf(report));
    return report;
  } finally {
    await Promise.all([eraser.close(), verifier.close()]);
    await engine.stop();
  }
}

/** The same people for the same installation, rare and frequent ones as they come. */
async function somePeople(engine: BenchEngine, count: number): Promise<string[]> {
  const text = await engine.ask(`
    SELECT DISTINCT UUIDNumToString(subject_id) FROM touches
    ORDER BY cityHash64(subject_id) LIMIT ${count} SETTINGS max_execution_time = 600`);
  return text.split('\n');
}

const rowsOfTouches = async (engine: BenchEngine) => Number(await engine.ask('SELECT count() FROM touches'));

async function partsOfTouches(engine: BenchEngine) {
  const text = await engine.ask(`
    SELECT partition_id, rows, bytes_on_disk FROM system.parts WHERE active AND table = 'touches'`);
  return text.split('\n').map((line) => {
    const [partition = '', rows = '', bytes = ''] = line.split('\t');
    return { partition, rows, bytes: Number(bytes) };
  });
}

function textOf(report: ErasureReport): string {
  const s = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  return [
    '',
    `${report.subjects} people, ${report.foundRows} rows of ${report.spans} spans`,
    `verified to zero after ${s(report.verifiedMs)}: queue ${s(report.enqueueMs)}, rewrite ${s(report.rewriteMs)}; queue emptied in ${s(report.finishMs)}`,
    `rewritten ${mb(report.bytesRewritten)} in ${report.partsRewritten} parts, of ${mb(report.touchesBytes)} that hold people and ${mb(report.allBytes)} in all`,
  ].join('\n');
}
