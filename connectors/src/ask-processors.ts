import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkerClient } from '@vestige/sdk/worker-client';
import type { Connector } from './kit.ts';
import { classifyFailure } from './perform-task.ts';
import type { WorkerLog } from './worker.ts';

const PROCESSORS_PER_TURN = 100;

/**
 * Asks outside processors how far the work is that was handed to them, and passes on what they say. Their callbacks go to
 * the API and end in the same transition; asking is for those that never call.
 *
 * @param everyMs pause between two rounds: processors answer in days, so minutes are soon enough
 */
export async function askProcessors(
  connectors: readonly Connector[],
  client: Pick<WorkerClient, 'awaited' | 'heard'>,
  options: { readonly everyMs: number; readonly log: WorkerLog; readonly stopping: AbortSignal },
): Promise<void> {
  const asked = connectors.filter((connector) => connector.ask !== undefined);
  if (asked.length === 0) return;
  while (!options.stopping.aborted) {
    await askOnce(asked, client, options.log).catch((error: unknown) => {
      options.log.warn({ code: classifyFailure(error).code }, 'the API was not told what processors say; trying again');
    });
    await sleep(options.everyMs, undefined, { signal: options.stopping }).catch(() => undefined);
  }
}

/** One round. A processor that cannot be asked now is asked again in the next one. @returns how many answered */
export async function askOnce(
  connectors: readonly Connector[],
  client: Pick<WorkerClient, 'awaited' | 'heard'>,
  log: WorkerLog,
): Promise<number> {
  let answered = 0;
  for (const connector of connectors) {
    if (!connector.ask || connector.nodes.length === 0) continue;
    for (const { taskId, node, reference } of await client.awaited([...connector.nodes], PROCESSORS_PER_TURN)) {
      try {
        const { heard, expectedAt } = await connector.ask({ reference });
        await client.heard(taskId, { heard, expectedAt });
        answered += 1;
      } catch (error) {
        const { class: failureClass, code } = classifyFailure(error);
        log.warn({ task: taskId, node, class: failureClass, code }, 'a processor could not be asked');
      }
    }
  }
  return answered;
}
