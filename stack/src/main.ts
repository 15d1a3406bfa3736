#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Types are stripped and code is compiled once per version of a file: half a second less for every later start.
enableCompileCache();
const { CommanderError } = await import('commander');
const { EXIT, exitCodeOf } = await import('./exit-code.ts');
const { program } = await import('./program.ts');
const { errorText } = await import('./terminal.ts');

// `vestige … | head` closes the pipe when it has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

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
