import { describeProfiles } from '../cpu-profile.ts';
import { type TraceBody, traceBodies } from '../traces.ts';
import { collector, usualWay } from './contenders.ts';
import { type DataSet, type Measured, measure, measureReplay, type Recording, record, spansOf } from './measure.ts';
import { type CaseReport, ingestLine, ingestTable, medianOf } from './report.ts';

export interface IngestOptions {
  readonly spans: number;
  readonly rounds: number;
  readonly seed: number;
  /** Of one request. */
  readonly bodySpans: number;
  /** Requests in flight. */
  readonly atOnce: number;
  /** Measure a second time with merges running. */
  readonly merges: boolean;
  readonly cpuProfileDir: string | null;
  readonly json: boolean;
}

/** Half of what is measured, so that the just-in-time compiler and the caches of subjects are warm. */
const WARM_UP_SHARE = 0.5;
const PROFILE_LINES = 40;

/**
 * P1 and P2: what a span costs from OTLP bytes to a queryable row, side by side in one interleaved run.
 * `bench/README.md` says what each case is.
 */
export async function ingest(options: IngestOptions, say: (line: string) => void): Promise<void> {
  const data = dataSet(options);
  const ours = collector(options.cpuProfileDir);
  const usual = usualWay(options.cpuProfileDir);
  say(
    `${spansOf(data.measured)} spans, ${(bytesOf(data.measured) / spansOf(data.measured)).toFixed(0)} bytes each as OTLP`,
  );
  const oursRecorded = await record(collector(null), data, options.atOnce);
  const usualRecorded = await record(usualWay(null), data, options.atOnce);

  const startedAtUs = new Map<number, number>();
  const how = { atOnce: options.atOnce, onStart: (pid: number, atUs: number) => startedAtUs.set(pid, atUs) };
  const modes = options.merges ? [false, true] : [false];
  const results = modes.map((merges) => ({ merges, collector: [], replay: [], usual: [] }) as Round);
  for (let round = 1; round <= options.rounds; round++) {
    for (const { merges, ...of } of results) {
      of.collector.push(await measure(ours, data, { ...how, merges }));
      of.replay.push(await measureReplay(oursRecorded, spansOf(data.measured), merges));
      of.usual.push(await measure(usual, data, { ...how, merges }));
      say(
        `round ${round} of ${options.rounds}, merges ${merges ? 'on' : 'off'}: ${[of.collector, of.replay, of.usual].map(lastTotal).join(', ')}`,
      );
    }
  }
  for (const { merges, ...of } of results) {
    say(`\nmerges ${merges ? 'running, and waited for' : 'stopped'}`);
    say(ingestTable(casesOf(of, oursRecorded, usualRecorded)));
  }
  if (options.cpuProfileDir !== null) say(`\n${describeProfiles(options.cpuProfileDir, PROFILE_LINES, startedAtUs)}`);
  const [stopped] = results;
  if (stopped === undefined) return;
  const line = ingestLine(casesOf(stopped, oursRecorded, usualRecorded));
  if (options.json) process.stdout.write(`${JSON.stringify(line)}\n`);
  else
    say(
      `\n${Object.entries(line)
        .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
        .join('\n')}`,
    );
}

interface Cases<T> {
  readonly collector: T;
  readonly replay: T;
  readonly usual: T;
}
interface Round extends Cases<Measured[]> {
  readonly merges: boolean;
}

function casesOf(of: Cases<Measured[]>, ours: Recording, usual: Recording): Cases<CaseReport> {
  const { wireBytesPerSpan, diskBytesPerSpan } = ours;
  return {
    collector: { ...medianOf(of.collector), wireBytesPerSpan, diskBytesPerSpan },
    replay: { ...medianOf(of.replay), wireBytesPerSpan, diskBytesPerSpan },
    usual: {
      ...medianOf(of.usual),
      wireBytesPerSpan: usual.wireBytesPerSpan,
      diskBytesPerSpan: usual.diskBytesPerSpan,
    },
  };
}

function dataSet({ seed, spans, bodySpans }: IngestOptions): DataSet {
  const warmUpSpans = Math.round(spans * WARM_UP_SHARE);
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

function lastTotal(results: readonly Measured[]): string {
  const last = results.at(-1);
  return last === undefined ? '' : (last.clientCpuUs + last.serverCpuUs + (last.postgresCpuUs ?? 0)).toFixed(2);
}
