import { describeProfiles } from '../cpu-profile.ts';
import { type TraceBody, traceBodies } from '../traces.ts';
import { collector, openTelemetryCollector, usualWay } from './contenders.ts';
import { type DataSet, type Measured, measure, measureReplay, record, spansOf } from './measure.ts';
import { type CaseReport, ingestLine, ingestTable, medianOf, type Sizes, totalCpuUs } from './report.ts';

export interface IngestOptions {
  readonly spans: number;
  /** Sent before, so that compilers and caches are warm: a collector runs for weeks. */
  readonly warmUpSpans: number;
  readonly rounds: number;
  readonly seed: number;
  /** Of one request. */
  readonly bodySpans: number;
  /** Requests in flight. */
  readonly atOnce: number;
  /** Measure a second time with merges running. */
  readonly merges: boolean;
  readonly cpuProfileDir: string | null;
  /** A Collector binary to measure beside the others. */
  readonly otelcol: string | null;
  readonly json: boolean;
}

const PROFILE_LINES = 40;

interface Case {
  readonly name: string;
  readonly sizes: Sizes;
  run(merges: boolean): Promise<Measured>;
}

/**
 * P1 and P2: what a span costs from OTLP bytes to a queryable row, side by side in one interleaved run.
 * `bench/README.md` says what each case is.
 */
export async function ingest(options: IngestOptions, say: (line: string) => void): Promise<void> {
  const data = dataSet(options);
  const spans = spansOf(data.measured);
  say(
    `${spans} spans, ${(bytesOf(data.measured) / spans).toFixed(0)} bytes each as OTLP, ${options.bodySpans} a request`,
  );
  const startedAtUs = new Map<number, number>();
  const cases = await casesOf(options, data, (pid, atUs) => startedAtUs.set(pid, atUs));

  const modes = (options.merges ? [false, true] : [false]).map((merges) => ({
    merges,
    results: new Map(cases.map(({ name }) => [name, [] as Measured[]])),
  }));
  for (let round = 1; round <= options.rounds; round++) {
    for (const { merges, results } of modes) {
      const totals: string[] = [];
      for (const { name, run } of rotated(cases, round)) {
        const measured = await run(merges);
        results.get(name)?.push(measured);
        totals.push(`${name} ${totalCpuUs(measured).toFixed(2)}`);
      }
      say(`round ${round} of ${options.rounds}, merges ${merges ? 'on ' : 'off'}: ${totals.join(', ')}`);
    }
  }

  const reports = modes.map(({ merges, results }) => ({
    merges,
    byCase: new Map<string, CaseReport>(
      cases.map(({ name, sizes }) => [name, { ...medianOf(results.get(name) ?? []), ...sizes }]),
    ),
  }));
  for (const { merges, byCase } of reports) {
    say(`\nmerges ${merges ? 'running, and waited for' : 'stopped'}\n${ingestTable(byCase)}`);
  }
  if (options.cpuProfileDir !== null) say(`\n${describeProfiles(options.cpuProfileDir, PROFILE_LINES, startedAtUs)}`);
  const line = ingestLine(reports[0]?.byCase ?? new Map());
  say(
    `\n${Object.entries(line)
      .map((entry) => entry.map((part) => JSON.stringify(part)).join(' '))
      .join('\n')}`,
  );
  if (options.json) process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function casesOf(
  { atOnce, cpuProfileDir, otelcol }: IngestOptions,
  data: DataSet,
  onStart: (pid: number, atUs: number) => void,
): Promise<Case[]> {
  const ours = collector(cpuProfileDir);
  const recording = await record(collector(null), data, atOnce);
  const rivals = [usualWay(cpuProfileDir), ...(otelcol === null ? [] : [openTelemetryCollector(otelcol)])];
  const cases: Case[] = [
    { name: ours.name, sizes: recording, run: (merges) => measure(ours, data, { atOnce, merges, onStart }) },
    { name: 'replay', sizes: recording, run: (merges) => measureReplay(recording, spansOf(data.measured), merges) },
  ];
  for (const rival of rivals) {
    const { wireBytesPerSpan, diskBytesPerSpan } = await record(rival, data, atOnce);
    const run = (merges: boolean) => measure(rival, data, { atOnce, merges, onStart });
    cases.push({ name: rival.name, sizes: { wireBytesPerSpan, diskBytesPerSpan }, run });
  }
  return cases;
}

/** Whoever goes first meets a machine in another state than whoever goes last. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

function dataSet({ seed, spans, warmUpSpans, bodySpans }: IngestOptions): DataSet {
  const warmUp: TraceBody[] = [];
  const measured: TraceBody[] = [];
  let made = 0;
  for (const body of traceBodies({ seed, spans: spans + warmUpSpans, spansPerBody: bodySpans })) {
    (made < warmUpSpans ? warmUp : measured).push(body);
    made += body.spans;
  }
  return { warmUp, measured };
}

const bytesOf = (bodies: readonly TraceBody[]): number => bodies.reduce((sum, { bytes }) => sum + bytes.length, 0);
