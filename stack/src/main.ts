#!/usr/bin/env node
import { CommanderError } from 'commander';
import { EXIT, exitCodeOf } from './exit-code.ts';
import { program } from './program.ts';
import { errorText } from './terminal.ts';

try {
  await program().parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its help or its complaint already.
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  } else {
    process.stderr.write(`${errorText(error, process.argv.includes('--json'))}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
