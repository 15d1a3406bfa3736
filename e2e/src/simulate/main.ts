import { parseArgs } from 'node:util';
import { textOf } from './report.ts';
import { simulateAndAsk } from './run.ts';

/**
 * `npm run simulate -- --seed N --people 200 --days 30 [--tenants 2] [--closure] [--json]`
 *
 * `--closure` leaves out the network and the databases. Exits with 1 when something that was told is missing from an
 * answer, when something declared did not happen, when a flow contradicts time, when tenants mix, or when a reason does not
 * hold.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    people: { type: 'string', default: '200' },
    days: { type: 'string', default: '30' },
    tenants: { type: 'string', default: '2' },
    closure: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const report = await simulateAndAsk({
  seed: whole(values.seed),
  size: { people: whole(values.people), days: whole(values.days) },
  tenants: whole(values.tenants),
  through: values.closure ? 'closure' : 'stack',
});
process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : textOf(report));
const { recall, precision, againstTime, crossTenant, faults } = report;
const isRight = recall.residency === 1 && recall.recipients === 1 && precision.declared === 1;
process.exitCode = isRight && againstTime + crossTenant + faults.length === 0 ? 0 : 1;

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`${text} is not a whole number above 0`);
  return number;
}
