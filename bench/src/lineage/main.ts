import { parseArgs } from 'node:util';
import { VestigeError } from '@vestige/core/errors';
import { wholeNumber } from '../whole-number.ts';
import { GROUPS, lineage } from './lineage.ts';

export const LINEAGE_HELP = `npm run bench -- lineage [options]

What an answer about one person costs (P5 to P7): all their touches, the whole lineage through the API, and the first
answer about somebody with very many touches, beside the same questions to an exporter's otel_traces table.

  --spans N     spans of the installation, once or several times: --spans 1000000 --spans 10000000 (default 1000000)
  --large       1, 10 and 50 million spans
  --days N      days they are spread over (default 10)
  --rounds N    questions per person (default 5); whoever takes long is asked fewer, and 'asked' says how many
  --ours        our tables only: half the loading, and nothing to compare with
  --who GROUP   ask only about heavy, middle or tail people, or about everybody; once or several times
  --json        end with one line of JSON for each size
`;

export async function lineageMain(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      spans: { type: 'string', multiple: true },
      large: { type: 'boolean', default: false },
      days: { type: 'string' },
      rounds: { type: 'string' },
      ours: { type: 'boolean', default: false },
      who: { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
    },
  });
  const asked = (values.spans ?? []).map((text) => wholeNumber('--spans', text, 0));
  const sizes = values.large ? [1_000_000, 10_000_000, 50_000_000] : asked.length > 0 ? asked : [1_000_000];
  const options = {
    days: wholeNumber('--days', values.days, 10),
    rounds: wholeNumber('--rounds', values.rounds, 5),
    oursOnly: values.ours,
    ...(values.who === undefined ? {} : { who: values.who.map(groupOf) }),
  };
  for (const spans of sizes) {
    const line = await lineage({ spans, ...options }, (text) => process.stderr.write(`${text}\n`));
    if (values.json) process.stdout.write(`${JSON.stringify(line)}\n`);
  }
}

function groupOf(text: string): (typeof GROUPS)[number] {
  const group = GROUPS.find((one) => one === text);
  if (group === undefined) throw new VestigeError('bad_request', `--who takes ${GROUPS.join(', ')}`);
  return group;
}
