import { Command } from 'commander';
import type { ExitCode } from '../exit-code.ts';
import { type Terminal, terminal } from '../terminal.ts';

/**
 * A command that does something: has `--json`, an example in its help, and an exit code.
 *
 * @param usage name and arguments as commander takes them, e.g. `token <type> <value>`
 */
export function leaf(usage: string, description: string, example: string): Command {
  const [name = '', ...args] = usage.split(' ');
  const command = new Command(name).description(description).option('--json', 'answer with one line of JSON');
  for (const argument of args) command.argument(argument);
  return command.addHelpText('after', `\nExample:\n  $ vestige ${example}`);
}

/** For a process that runs on: how to set it up is not in its options. */
export const SETTINGS_HELP = `
It is set up by environment variables: .env.example lists all of them, and docs/operate.md says how to run it. Started with
wrong ones it names each, with an example.`;

/** Hands arguments, options and the terminal to `work`, whose answer is the exit code;. */
export function run<Options extends object>(
  command: Command,
  work: (context: { terminal: Terminal; args: string[]; options: Options }) => Promise<ExitCode>,
): Command {
  return command.action(async () => {
    // A command below another one shares `--json` with it, and commander gives it to the upper one.
    const options = command.optsWithGlobals<Options & { json?: boolean }>();
    const code = await work({ terminal: terminal(options.json === true), args: command.args, options });
    process.exitCode = code;
  });
}
