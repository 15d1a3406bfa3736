import { setTimeout as sleep } from 'node:timers/promises';
import { type Connector, ConnectorError } from './kit.ts';
import { classifyFailure } from './perform-task.ts';
import type { WorkerLog } from './worker.ts';

export interface CheckedStore {
  readonly kind: string;
  readonly nodes: readonly string[];
  /** Null: the store was reached and its mapping fits. */
  readonly failure: { readonly class: string; readonly code: string; readonly message: string } | null;
}

/** Checks every store, also after one failed: whoever repairs a worker file wants to hear of all of it at once. */
export async function checkStores(connectors: readonly Connector[]): Promise<CheckedStore[]> {
  const checked: CheckedStore[] = [];
  for (const connector of connectors) {
    const failure = await connector.check().then(() => null, classifyFailure);
    checked.push({ kind: connector.kind, nodes: connector.nodes, failure });
  }
  return checked;
}

/**
 * The connectors whose check has passed. A store that is merely down does not keep the others from being served: it is
 * checked again until it answers, and no task of its nodes is claimed before.
 *
 * @throws ConnectorError when a mapping does not fit its store: a worker that cannot look must not answer "nothing found"
 */
export async function readyStores(
  connectors: readonly Connector[],
  { log, stopping, recheckMs }: { log: WorkerLog; stopping: AbortSignal; recheckMs: number },
): Promise<ReadonlySet<Connector>> {
  const checked = await checkStores(connectors);
  const wrong = checked.flatMap(({ failure }) => (failure && failure.class !== 'retryable' ? [failure] : []));
  const [first] = wrong;
  if (first) {
    const messages = wrong.map(({ message }) => message).join('\n');
    throw new ConnectorError(first.class === 'permanent' ? 'permanent' : 'needs_human', first.code, messages);
  }
  const ready = new Set(connectors.filter((_, i) => checked[i]?.failure === null));
  const waitFor = async (connector: Connector) => {
    for (;;) {
      const [now] = await checkStores([connector]);
      if (now?.failure == null) break;
      log.warn({ kind: connector.kind, ...now.failure }, 'a store is not served: its check failed; trying again');
      await sleep(recheckMs, undefined, { signal: stopping });
    }
    ready.add(connector);
    log.info({ kind: connector.kind, nodes: connector.nodes }, 'a store is served from now on');
  };
  for (const connector of connectors) if (!ready.has(connector)) waitFor(connector).catch(() => undefined);
  return ready;
}
