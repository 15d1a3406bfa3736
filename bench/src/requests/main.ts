import { parseArgs } from 'node:util';
import { wholeNumber } from '../whole-number.ts';
import { benchRequests } from './requests.ts';

export const REQUESTS_HELP = `npm run bench -- requests [options]

How long a worker waits for its next task while very much is open: claims with their audit entries and everything a task
comes with, then reports, beside the query one would write first. On Postgres inside this process, or on the server that
TEST_DATABASE_URL names.

  --requests N  open requests (default 10000)
  --tasks N     tasks on the shelf (default 100000)
  --rounds N    claims of each kind (default 200)
  --json        end with one line of JSON
`;

export async function requestsMain(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      requests: { type: 'string' },
      tasks: { type: 'string' },
      rounds: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const options = {
    requests: wholeNumber('--requests', values.requests, 10_000),
    tasks: wholeNumber('--tasks', values.tasks, 100_000),
    rounds: wholeNumber('--rounds', values.rounds, 200),
  };
  const line = await benchRequests(options, (text) => process.stderr.write(`${text}\n`));
  if (values.json) process.stdout.write(`${JSON.stringify(line)}\n`);
}
