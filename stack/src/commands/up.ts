import type { Command } from 'commander';
import { readUpConfig } from '../config.ts';
import { EXIT } from '../exit-code.ts';
import { endOnUncaught, untilSignal } from '../lifecycle.ts';
import { keyFiles } from '../own-keys.ts';
import { processLog } from '../process-log.ts';
import { table } from '../terminal.ts';
import { leaf, run, SETTINGS_HELP } from './leaf.ts';

export function upCommand(): Command {
  const command = leaf(
    'up',
    'start everything in one process, with databases of its own unless URLs are given',
    'up',
  ).addHelpText('after', SETTINGS_HELP);
  return run(command, async ({ terminal }) => {
    const { startAllInOne } = await import('../all-in-one.ts');
    const config = readUpConfig();
    const log = processLog('up', config.logLevel);
    endOnUncaught(log);
    terminal.progress('Starting …');
    const { promise: lost, resolve: onLost } = Promise.withResolvers<unknown>();
    const stack = await startAllInOne(config, { log, onLost });
    const { tenant, apiUrl, collectorUrl, collectorGrpcUrl, dataDir } = stack;
    const key = stack.adminKeyIsNew ? { adminKey: stack.adminKey.reveal() } : {};
    const rows = [
      ['Console', stack.hasConsole ? apiUrl : 'not built: npm run console'],
      ['API', `${apiUrl}/docs`],
      ['Spans', `${collectorUrl}/v1/traces`],
      ...(collectorGrpcUrl === null ? [] : [['Spans, gRPC', collectorGrpcUrl]]),
      ['Tenant', tenant.name],
      ['Data', dataDir],
      ['Subject keys', `${keyFiles(dataDir).subjectKeys}  (for applications; keep a copy)`],
      ...(stack.adminKeyIsNew
        ? [['Admin key', `${stack.adminKey.reveal()}  (shown once; kept in ${dataDir}/admin-key)`]]
        : []),
    ];
    terminal.answer(
      { apiUrl, collectorUrl, collectorGrpcUrl, tenant: tenant.name, dataDir, ...key },
      `Vestige is up. Press Ctrl-C to stop.\n\n${table(rows)}\n`,
    );
    const told = await untilSignal(stack.stop, log, lost);
    terminal.progress('Stopped.');
    return told ? EXIT.done : EXIT.unavailable;
  });
}
