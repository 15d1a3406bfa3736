import { bytesRead, type ReadMeter, rowsRead } from '@vestige/e2e/harness/read-cost';
import type { BenchEngine } from '../ingest/engine.ts';
import { processCpuUs } from '../ingest/process-cpu.ts';
import { type Asked, type QuestionReport, reportOf } from './report.ts';

/** Each question by name; the answer is how many rows, spans or touches it told of, so that nobody measures an empty one. */
export type Questions = Readonly<Record<string, (subjectId: string) => Promise<number>>>;

export interface Asking {
  readonly ours: Questions;
  readonly exporter: Questions;
}

export interface MeasureOptions {
  /** Ask the engine straight. */
  readonly timed: Asking;
  /** Ask by way of the meter. */
  readonly metered: Asking;
  readonly meter: ReadMeter;
  readonly engine: BenchEngine;
  readonly cast: Readonly<Record<string, readonly string[]>>;
  readonly rounds: number;
  /** Default: {@link SIDE_MS_MAX}. */
  readonly sideMsMax?: number;
}

const SIDES = ['ours', 'exporter'] as const;
type Side = (typeof SIDES)[number];

/**
 * What one side may take for one question before it is asked no more, once by way of the meter and once straight: a slow
 * one is asked about fewer people, at least about one, and the other side goes on without it.
 */
export const SIDE_MS_MAX = 30_000;

/** One question about everybody of a group, to both tables in turn; of an exporter's table not everything can be asked. */
export async function measureQuestion(
  { group, name }: { readonly group: string; readonly name: string },
  { timed, metered, meter, engine, cast, rounds, sideMsMax = SIDE_MS_MAX }: MeasureOptions,
): Promise<QuestionReport[]> {
  const asked = new Map<Side, Asked>(SIDES.map((whose) => [whose, noneAsked()]));
  const meteredMs = { ours: 0, exporter: 0 };
  const timedMs = { ours: 0, exporter: 0 };
  for (let round = 0; round <= rounds; round++) {
    for (const subjectId of cast[group] ?? []) {
      for (const [whose, into] of asked) {
        const [ask, askMetered] = [timed[whose][name], metered[whose][name]];
        if (!ask || !askMetered || (round === 0 ? meteredMs : timedMs)[whose] > sideMsMax) continue;
        const startMs = performance.now();
        if (round === 0) {
          meter.take();
          const answered = await askMetered(subjectId);
          const costs = meter.take();
          into.read.push({ rows: rowsRead(costs), bytes: bytesRead(costs), answered });
          meteredMs[whose] += performance.now() - startMs;
          continue;
        }
        const [own, server] = [process.cpuUsage(), processCpuUs(engine.pid)];
        await ask(subjectId);
        const tookMs = performance.now() - startMs;
        into.ms.push(tookMs);
        timedMs[whose] += tookMs;
        const { user, system } = process.cpuUsage(own);
        into.ownCpuMs.push((user + system) / 1000);
        into.serverCpuMs.push((processCpuUs(engine.pid) - server) / 1000);
      }
    }
  }
  return [...asked].filter(([, { ms }]) => ms.length > 0).map(([whose, of]) => reportOf({ group, name, whose }, of));
}

const noneAsked = (): Asked => ({ read: [], ms: [], serverCpuMs: [], ownCpuMs: [] });
