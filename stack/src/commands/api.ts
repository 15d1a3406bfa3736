import { CONSOLE_DIR, readConsoleFiles } from '@vestige/api/console/console-files';
import { SubjectKeyring } from '@vestige/core/identity/keyring';
import type { Command } from 'commander';
import { readLogKeys, witnessesOf } from '../audit-log.ts';
import { readApiProcessConfig } from '../config.ts';
import { EXIT } from '../exit-code.ts';
import { endOnUncaught, untilSignal } from '../lifecycle.ts';
import { keyringOptions, readSigningKey } from '../own-keys.ts';
import { assertPortFree } from '../ports.ts';
import { processLog } from '../process-log.ts';
import { leaf, run, SETTINGS_HELP } from './leaf.ts';

/** What is due once a day is looked for every few minutes, because processes come and go. */
const MONITOR_INTERVAL_MS = 300_000;

export function apiCommand(): Command {
  const command = leaf(
    'api',
    'answer questions and run requests; needs CLICKHOUSE_URL and DATABASE_URL',
    'api',
  ).addHelpText('after', SETTINGS_HELP);
  return run(command, async ({ terminal }) => {
    const { startMonitor } = await import('@vestige/api/monitoring/monitor');
    const { startLogKeeper } = await import('@vestige/api/audit/keep-log');
    const { startWorkflow } = await import('@vestige/api/requests/workflow');
    const { startApi } = await import('@vestige/api/server');
    const { openStores } = await import('@vestige/store/open');
    const config = readApiProcessConfig();
    const log = processLog('api', config.logLevel);
    endOnUncaught(log);
    const signingKey = readSigningKey(config.signingKeyFile, false);
    const logKeys = readLogKeys(config.auditLog, null);
    const witnesses = witnessesOf(config.auditLog);
    await assertPortFree(config.api.port, config.api.host, 'the API', 'VESTIGE_API_PORT');
    const stores = await openStores({
      clickhouse: config.clickhouse,
      ...(config.cluster !== undefined && { cluster: config.cluster }),
      postgres: { kind: 'url', url: config.databaseUrl },
    });
    const keyring = new SubjectKeyring(config.subjectKeys, keyringOptions(config));
    const deps = {
      ...stores,
      keyring,
      signingKey,
      logKeys,
      consoleFiles: await readConsoleFiles(CONSOLE_DIR),
      now: () => new Date(),
      skew: config.api.skew,
      log,
    };
    const api = await startApi(config.api, deps);
    const logKeeper = startLogKeeper({ ...deps, witnesses }, { intervalMs: config.workflowIntervalMs });
    const workflow = startWorkflow(deps, { intervalMs: config.workflowIntervalMs });
    const monitor = startMonitor(deps, { intervalMs: MONITOR_INTERVAL_MS });
    terminal.answer({ apiUrl: api.url }, `The API answers at ${api.url}; its reference is at ${api.url}/docs.`);
    await untilSignal(async () => {
      await api.close();
      await monitor.close();
      await workflow.close();
      await logKeeper.close();
      await stores.close();
    }, log);
    return EXIT.done;
  });
}
