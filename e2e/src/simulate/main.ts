import { parseArgs } from 'node:util';
import { problemsOf, textOf } from './report.ts';
import { type Run, simulateAndAsk } from './run.ts';

const HELP = `npm run simulate -- [options]

Builds organisations that know what they really did with everybody's data, sends what they tell to a running collector on
real engines, asks the API about everybody, and says what was found of what happened (recall) and what of the answers was
so (precision). e2e/src/simulate/README.md says what the figures mean. What it does meanwhile goes to standard error.

  --seed N      the same organisations for the same seed (default 1)
  --people N    in each organisation (default 200)
  --days N      that they are followed over (default 30)
  --tenants N   organisations that use the same names for everything (default 2)
  --closure     without network and databases: recognisers and closure alone
  --json        the report as one line of JSON

Exit code 1 when something that was told is missing from an answer, when something declared did not happen, when nobody
knows why an answer said what did not happen, when a flow contradicts time, when tenants mix, or when a reason does not
hold; 2 for options that cannot be read.
`;

await main().catch((error: NodeJS.ErrnoException) => {
  if (!error.code?.startsWith('ERR_PARSE_ARGS')) throw error;
  process.stderr.write(`${error.message}\nnpm run simulate -- --help says what it takes.\n`);
  process.exitCode = 2;
});

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      people: { type: 'string', default: '200' },
      days: { type: 'string', default: '30' },
      tenants: { type: 'string', default: '2' },
      closure: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const run: Run = {
    seed: whole('seed', values.seed),
    size: { people: whole('people', values.people), days: whole('days', values.days) },
    tenants: whole('tenants', values.tenants),
    through: values.closure ? 'closure' : 'stack',
  };
  const report = await simulateAndAsk(run, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : textOf(report));
  const problems = problemsOf(report);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

function whole(option: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw Object.assign(new Error(`--${option}: ${text} is not a whole number above 0`), {
    code: 'ERR_PARSE_ARGS_VALUE',
  });
}
