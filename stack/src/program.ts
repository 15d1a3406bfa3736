import { readFileSync } from 'node:fs';
import { mask } from '@vestige/core/scrub/mask';
import { Command } from 'commander';
import { apiCommand } from './commands/api.ts';
import { auditCommand } from './commands/audit.ts';
import { collectorCommand } from './commands/collector.ts';
import { coverageCommand } from './commands/coverage.ts';
import { doctorCommand } from './commands/doctor.ts';
import { exposureCommand } from './commands/exposure.ts';
import { generateCommand } from './commands/generate.ts';
import { holdCommand } from './commands/hold.ts';
import { keyCommand } from './commands/key.ts';
import { lineageCommand } from './commands/lineage.ts';
import { migrateCommand } from './commands/migrate.ts';
import { reclassifyCommand } from './commands/reclassify.ts';
import { replayRejectedCommand } from './commands/replay-rejected.ts';
import { requestCommand } from './commands/request.ts';
import { restoreReplayCommand } from './commands/restore-replay.ts';
import { restrictionCommand } from './commands/restriction.ts';
import { subjectKeyCommand } from './commands/subject-key.ts';
import { taskCommand } from './commands/task.ts';
import { tenantCommand } from './commands/tenant.ts';
import { tokenCommand } from './commands/token.ts';
import { upCommand } from './commands/up.ts';
import { workerCommand } from './commands/worker.ts';
import { EXIT_HELP } from './exit-code.ts';

/** The whole command line. Commands stand in the order in which one meets them. */
export function program(): Command {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const root = new Command('vestige')
    .description('Where a person’s data went, a copy of it, and its erasure with proof.')
    .version(version)
    .addHelpText('after', EXIT_HELP)
    .addCommand(upCommand())
    .addCommand(doctorCommand())
    .addCommand(collectorCommand())
    .addCommand(apiCommand())
    .addCommand(workerCommand())
    .addCommand(migrateCommand())
    .addCommand(reclassifyCommand())
    .addCommand(replayRejectedCommand())
    .addCommand(restoreReplayCommand())
    .addCommand(tenantCommand())
    .addCommand(keyCommand())
    .addCommand(subjectKeyCommand())
    .addCommand(tokenCommand())
    .addCommand(lineageCommand())
    .addCommand(exposureCommand())
    .addCommand(coverageCommand())
    .addCommand(requestCommand())
    .addCommand(taskCommand())
    .addCommand(holdCommand())
    .addCommand(restrictionCommand())
    .addCommand(auditCommand())
    .addCommand(generateCommand(), { hidden: true });
  return everyCommand(root, (command) =>
    command
      .exitOverride()
      .showHelpAfterError('(add --help for the usage)')
      // Commander quotes what it did not understand, which may be the person one meant to ask about.
      .configureOutput({ outputError: (text, write) => write(mask(text)) }),
  );
}

function everyCommand(root: Command, change: (command: Command) => unknown): Command {
  change(root);
  for (const command of root.commands) everyCommand(command, change);
  return root;
}
