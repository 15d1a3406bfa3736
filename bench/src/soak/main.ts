import { parseArgs } from 'node:util';
import { wholeNumber } from '../whole-number.ts';
import { soak, soakFault } from './soak.ts';

export const SOAK_HELP = `npm run bench -- soak [options]

Holds a rate while ClickHouse stands still (SIGSTOP) for a fifth of the time, then counts: every acknowledged span must be
there, once, and the collector's memory bounded (P3, P4). Exit code 1 when not.

  --seconds N       length of the run (default 600)
  --rate N          spans a second (default 5000)
  --body-spans N    spans of one request (default 500)
  --seed N          of the data (default 1)
  --rss-mb-max N    the most memory the collector may hold, MiB (default 1024)
  --json            end with one line of JSON
`;

export async function soakMain(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string' },
      rate: { type: 'string' },
      'body-spans': { type: 'string' },
      seed: { type: 'string' },
      'rss-mb-max': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const options = {
    seconds: wholeNumber('--seconds', values.seconds, 600),
    rate: wholeNumber('--rate', values.rate, 5_000),
    bodySpans: wholeNumber('--body-spans', values['body-spans'], 500),
    seed: wholeNumber('--seed', values.seed, 1),
    rssMbMax: wholeNumber('--rss-mb-max', values['rss-mb-max'], 1_024),
  };
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const report = await soak(options, say);
  const fault = soakFault(report, options);
  if (fault !== null) {
    say(fault);
    process.exitCode = 1;
  }
  if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else for (const [name, value] of Object.entries(report)) process.stdout.write(`${name.padEnd(12)} ${value}\n`);
}
