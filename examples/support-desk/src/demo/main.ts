import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { isVestigeError } from '@vestige/core/errors';
import { type DemoReport, faultsOf, printReport } from './report.ts';
import { runDemo } from './run-demo.ts';
import type { World } from './world.ts';

const USAGE = `npm run demo -- [--keep] [--json]

Boots Vestige on free ports in a temporary folder, runs a multi-agent support desk on real stores, follows one of eight
people through it, hands her data over, erases it, and checks every claim against what the application really did.

  --keep   leave the system running afterwards and print its address; Ctrl-C ends it
  --json   end with the report as one JSON line

The copy that was handed over stays in the temporary folder, so that you can open it; its path is in the report.

Exit code: 0 when all of it holds, 1 when something does not, 2 when it could not run, 130 when it was interrupted.`;

/** 128 and the number of SIGINT, as shells count. */
const INTERRUPTED = 130;

const print = (line: string) => process.stdout.write(`${line}\n`);
const values = options();

if (values.help) {
  print(USAGE);
} else {
  // Once each: a second Ctrl-C ends it at once.
  const interrupted = Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
  try {
    const done = await runDemo((text) => print(`  ${text}`), interrupted);
    process.exitCode = done === null ? INTERRUPTED : await tell(done.report, done.world, interrupted);
  } catch (error) {
    process.stderr.write(
      `${isVestigeError(error) ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
    );
    process.exitCode = 2;
  }
  // Whatever a library forgot to close must not keep a finished demo alive.
  process.exit();
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        keep: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return values;
  } catch {
    process.stderr.write(`The demo knows no such option.\n\n${USAGE}\n`);
    return process.exit(2);
  }
}

/** @returns the exit code */
async function tell(report: DemoReport, world: World, interrupted: Promise<unknown>): Promise<number> {
  printReport(report, print);
  if (values.keep) await printAddress(world);
  if (values.json) print(JSON.stringify(report));
  if (values.keep) await interrupted;
  await world.stop();
  return faultsOf(report).length === 0 ? 0 : 1;
}

/** Lines to paste into another terminal; the keys stay in their files. */
async function printAddress(world: World): Promise<void> {
  const people = await consoleKeys(world);
  print('');
  print('The system stays up, its worker too. In another terminal:');
  print('');
  print(`  export VESTIGE_API_URL=${world.stack.apiUrl} VESTIGE_DATA_DIR=${world.stack.dataDir}`);
  print(`  export VESTIGE_API_KEY=$(cat ${world.stack.dataDir}/admin-key)`);
  print('  npx vestige lineage tomas.lindqvist@example.com --purpose tour');
  print('');
  print(`The console: ${world.stack.apiUrl}/   Sign in with the key of one of two people:`);
  for (const { who, file } of people) print(`  cat ${file}   # ${who}`);
  print('');
  print(`API reference: ${world.stack.apiUrl}/docs   spans go to ${world.stack.collectorUrl}/v1/traces`);
  print('Ctrl-C ends it and removes its folder.');
}

/** One who carries requests and one who approves them, as files that nobody else of this machine reads. */
function consoleKeys({ admin, folder }: World): Promise<{ who: string; file: string }[]> {
  const people = [
    { who: 'the privacy officer', role: 'dsr_agent', person: 'privacy-officer' },
    { who: 'the data protection officer, who approves', role: 'approver', person: 'data-protection-officer' },
  ];
  return Promise.all(
    people.map(async ({ who, role, person }) => {
      const { key } = await admin.post<{ key: string }>('/v1/api-keys', {
        name: `${person} at the console`,
        role,
        person,
      });
      const file = path.join(folder, `${person}-key`);
      await writeFile(file, `${key}\n`, { mode: 0o600 });
      return { who, file };
    }),
  );
}
