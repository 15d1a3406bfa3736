import type { Scope } from '@vestige/core/access/scopes';
import { isVestigeError, VestigeError } from '@vestige/core/errors';
import type { Secret } from '@vestige/core/secret';
import type { Command } from 'commander';
import { readWorkerCheckConfig, readWorkerProcessConfig } from '../config.ts';
import { EXIT } from '../exit-code.ts';
import { endOnUncaught, untilSignal } from '../lifecycle.ts';
import { processLog } from '../process-log.ts';
import { clientFor } from './api-client.ts';
import { leaf, run } from './leaf.ts';

const HELP = `
Settings:
  VESTIGE_WORKER_FILE           the stores it serves and how a person is found in each (YAML); docs/connectors/README.md
  VESTIGE_API_URL               where it asks for tasks
  VESTIGE_WORKER_KEY            a key that searches, exports, erases and notifies
  VESTIGE_VERIFIER_KEY          another key, that verifies; best in a process of its own, with the verifier's credentials
  VESTIGE_SUBJECT_KEYS          the tenant's subject keys: rows are then found by record ref too
  VESTIGE_WORKER_NAME           shown in the audit log (default: the host's name)
  VESTIGE_WORKER_LEASE_SECONDS  a worker that dies holds its tasks at most this long (default 60)
  VESTIGE_WORKER_POLL_MS        pause between claims that brought nothing (default 1000)
  VESTIGE_WORKER_TASKS_MAX      tasks at once (default 4)

A task that fails is reported as retryable (the store is down), permanent (a missing table, column or right) or
needs_human (an unmapped table, a lock, an identifier that is missing). Nothing of these ever counts as erased.`;

export function workerCommand(): Command {
  const command = leaf(
    'worker',
    'search, export, erase and verify in the stores of a worker file',
    'worker   # with VESTIGE_WORKER_FILE, VESTIGE_WORKER_KEY and VESTIGE_VERIFIER_KEY',
  )
    .option('--check', 'compare the worker file with its stores, tell of every problem, and end')
    .addHelpText('after', HELP);
  return run<{ check?: boolean }>(command, async ({ terminal, options }) => {
    const { connectorsFromFile } = await import('@vestige/connectors/config');
    const { checkStores } = await import('@vestige/connectors/ready-stores');
    const { startWorker } = await import('@vestige/connectors/worker');
    const { createWorkerClient } = await import('@vestige/sdk/worker-client');
    if (options.check) {
      endOnUncaught(processLog('worker', 'info'));
      const { workerFile, subjectKeys } = readWorkerCheckConfig();
      const checked = await checkStores(await connectorsFromFile(workerFile, subjectKeys));
      const lines = checked.map(({ kind, nodes, failure }) =>
        failure
          ? `${kind}: ${failure.class}, ${failure.code}\n  ${failure.message}`
          : `${kind}: ready\n  ${nodes.join('\n  ')}`,
      );
      terminal.answer({ stores: checked }, lines.join('\n'));
      return checked.some(({ failure }) => failure) ? EXIT.negative : EXIT.done;
    }
    const config = readWorkerProcessConfig();
    const log = processLog('worker', config.logLevel);
    endOnUncaught(log);
    const connectors = await connectorsFromFile(config.workerFile, config.subjectKeys);
    await refuseWrongKey(config.apiUrl, config.executorKey, 'VESTIGE_WORKER_KEY', 'tasks:work');
    await refuseWrongKey(config.apiUrl, config.verifierKey, 'VESTIGE_VERIFIER_KEY', 'tasks:verify');
    const client = (key: Secret | null) => key && createWorkerClient({ url: config.apiUrl, apiKey: key });
    const worker = await startWorker({
      name: config.name,
      connectors,
      executor: client(config.executorKey),
      verifier: client(config.verifierKey),
      leaseSeconds: config.leaseSeconds,
      pollMs: config.pollMs,
      tasksAtOnceMax: config.tasksAtOnceMax,
      log,
    });
    const nodes = connectors.flatMap((connector) => connector.nodes);
    terminal.answer({ worker: config.name, nodes }, `The worker ${config.name} serves:\n  ${nodes.join('\n  ')}`);
    await untilSignal(() => worker.stop(), log);
    return EXIT.done;
  });
}

/**
 * A worker waits for an API that is away, so a key that opens nothing would look like an API that is slow to come.
 *
 * @throws VestigeError unauthenticated or forbidden, with the variable to correct; an API that does not answer is no objection
 */
async function refuseWrongKey(apiUrl: string, key: Secret | null, variable: string, scope: Scope): Promise<void> {
  if (key === null) return;
  const role = scope === 'tasks:work' ? 'worker' : 'verifier';
  const advice = `Make one with vestige key create <name> --role ${role}.`;
  let scopes: readonly string[];
  try {
    ({ scopes } = await clientFor(apiUrl, key).json<{ scopes: readonly string[] }>('GET', '/v1/api-keys/self'));
  } catch (error) {
    if (!isVestigeError(error, 'unauthenticated')) return;
    throw new VestigeError('unauthenticated', `${variable} is no key that the API at ${apiUrl} knows. ${advice}`);
  }
  if (scopes.includes(scope)) return;
  throw new VestigeError('forbidden', `${variable} has not the scope ${scope}. ${advice}`);
}
