import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { wholeNumber } from '../whole-number.ts';
import { ingest } from './ingest.ts';

export const INGEST_HELP = `npm run bench -- ingest [options]

What a span costs from OTLP bytes to a queryable row (P1, P2): our collector end to end, the replay of its inserts, and
the usual JavaScript way, interleaved, medians of CPU time.

  --spans N        spans measured per case and round (default 100000)
  --warm-up N      spans sent before (default 150000)
  --rounds N       rounds (default 5)
  --body-spans N   spans of one request (default 1000)
  --at-once N      requests in flight (default 8)
  --seed N         of the data (default 1)
  --no-merges      leave out the second figure, with merges running
  --cpu-prof DIR   write CPU profiles of the processes there
  --otelcol FILE   measure a Collector with the ClickHouse exporter as well (README.md says how to build one)
  --json           end with one line of JSON

With TEST_DATABASE_URL a Postgres server keeps the control data and its connections' CPU time counts apart; without it
PGlite does, inside the collector's process and its figure.
`;

export async function ingestMain(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      spans: { type: 'string' },
      'warm-up': { type: 'string' },
      rounds: { type: 'string' },
      'body-spans': { type: 'string' },
      'at-once': { type: 'string' },
      seed: { type: 'string' },
      merges: { type: 'boolean', default: true },
      'cpu-prof': { type: 'string' },
      otelcol: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
    allowNegative: true,
  });
  const profileDir = values['cpu-prof'] === undefined ? null : resolve(values['cpu-prof']);
  if (profileDir !== null) mkdirSync(profileDir, { recursive: true });
  await ingest(
    {
      spans: wholeNumber('--spans', values.spans, 100_000),
      warmUpSpans: wholeNumber('--warm-up', values['warm-up'], 150_000),
      rounds: wholeNumber('--rounds', values.rounds, 5),
      bodySpans: wholeNumber('--body-spans', values['body-spans'], 1_000),
      atOnce: wholeNumber('--at-once', values['at-once'], 8),
      seed: wholeNumber('--seed', values.seed, 1),
      merges: values.merges,
      cpuProfileDir: profileDir,
      otelcol: values.otelcol === undefined ? null : resolve(values.otelcol),
      json: values.json,
    },
    (line) => process.stderr.write(`${line}\n`),
  );
}
