import type { Secret } from '@vestige/core/secret';
import type { Command } from 'commander';
import { readWorkerProcessConfig } from '../config.ts';
import { EXIT } from '../exit-code.ts';
import { endOnUncaught, untilSignal } from '../lifecycle.ts';
import { processLog } from '../process-log.ts';
import { leaf, run } from './leaf.ts';

export function workerCommand(): Command {
  const command = leaf(
    'worker',
    'search, export, erase and verify in the stores of a worker file',
    'worker   # with VESTIGE_WORKER_FILE, VESTIGE_WORKER_KEY and VESTIGE_VERIFIER_KEY',
  );
  return run(command, async ({ terminal }) => {
    const { connectorsFromFile } = await import('@vestige/connectors/config');
    const { startWorker } = await import('@vestige/connectors/worker');
    const { createWorkerClient } = await import('@vestige/sdk/worker-client');
    const config = readWorkerProcessConfig();
    const log = processLog('worker', config.logLevel);
    endOnUncaught(log);
    const connectors = await connectorsFromFile(config.workerFile, config.subjectKeys);
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
