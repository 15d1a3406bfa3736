import { setTimeout as sleep } from 'node:timers/promises';
import { isVestigeError } from '@vestige/core/errors';
import type { ClaimedTask, TaskAction } from '@vestige/core/request/worker-protocol';
import type { WorkerClient } from '@vestige/sdk/worker-client';
import { askProcessors } from './ask-processors.ts';
import { ErasedSoFar } from './erased-so-far.ts';
import { type Connector, ConnectorError, type Row } from './kit.ts';
import { classifyFailure, performTask } from './perform-task.ts';
import { readyStores } from './ready-stores.ts';

export interface WorkerOptions {
  readonly name: string;
  readonly connectors: readonly Connector[];
  /** Searches, exports, erases and notifies. Null: this process only verifies. */
  readonly executor: WorkerClient | null;
  /** Verifies, under another API key: a verification by the key that executed is refused. Null: it only executes. */
  readonly verifier: WorkerClient | null;
  /** 5 to 600. A worker that dies holds its task at most this long. */
  readonly leaseSeconds: number;
  /** Pause between claims that brought nothing. */
  readonly pollMs: number;
  readonly tasksAtOnceMax: number;
  readonly log: WorkerLog;
}

/** Task ids, nodes and counts; never an identifier. */
export interface WorkerLog {
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
}

export interface RunningWorker {
  /** Stops claiming, lets running tasks finish for `graceMs`, then aborts them; their leases run out. */
  stop(graceMs?: number): Promise<void>;
}

/** How often outside processors are asked how far they are. */
const ASK_PROCESSORS_MS = 300_000;
/** Claimed by every worker: where a connector cannot, a human hears of it instead of nobody. */
const CHANGES: readonly TaskAction[] = ['restrict', 'unrestrict', 'rectify'];
const EXECUTOR_ACTIONS: readonly TaskAction[] = ['search', 'export', 'erase', 'notify', ...CHANGES];
/** Whoever verifies these has to name them. */
const VERIFIER_ACTIONS: readonly TaskAction[] = ['verify', ...CHANGES];
const POLLS_PER_CHECK = 10;
/** As many as one claim may name; a worker of more nodes asks for them in turn. */
const NODES_PER_CLAIM = 100;

/**
 * Starts the claim loops, for every store that answers; the others join when they do.
 *
 * @throws ConnectorError when a mapping does not fit its store: such a worker must not take tasks and answer "nothing
 *   found"
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const stopping = new AbortController();
  const abort = new AbortController();
  const ready = await readyStores(options.connectors, {
    log: options.log,
    stopping: stopping.signal,
    recheckMs: options.pollMs * POLLS_PER_CHECK,
  });
  const loops = [
    options.executor && claimLoop(options, ready, options.executor, EXECUTOR_ACTIONS, stopping.signal, abort.signal),
    options.verifier && claimLoop(options, ready, options.verifier, VERIFIER_ACTIONS, stopping.signal, abort.signal),
    options.executor &&
      askProcessors(options.connectors, options.executor, {
        everyMs: ASK_PROCESSORS_MS,
        log: options.log,
        stopping: stopping.signal,
      }),
  ].filter((loop) => loop !== null);
  const nodes = options.connectors.flatMap((connector) => connector.nodes).length;
  options.log.info(
    { worker: options.name, nodes, executes: options.executor !== null, verifies: options.verifier !== null },
    'worker started',
  );
  return {
    async stop(graceMs = 20_000) {
      stopping.abort();
      const grace = sleep(graceMs, undefined, { ref: false }).then(() => abort.abort());
      await Promise.race([Promise.all(loops), grace]);
      await Promise.all(loops);
      await Promise.all(options.connectors.map((connector) => connector.close()));
    },
  };
}

async function claimLoop(
  options: WorkerOptions,
  ready: ReadonlySet<Connector>,
  client: WorkerClient,
  actions: readonly TaskAction[],
  stopping: AbortSignal,
  abort: AbortSignal,
): Promise<void> {
  const connectorOf = new Map(
    options.connectors.flatMap((connector) => connector.nodes.map((node) => [node, connector] as const)),
  );
  const running = new Set<Promise<void>>();
  const erasedSoFar = new ErasedSoFar();
  let failures = 0;
  for (let turn = 0; !stopping.aborted; turn++) {
    let claimed: ClaimedTask[] = [];
    const stores = nodesOfTurn(ready, turn);
    if (stores.length === 0) {
      await sleep(options.pollMs, undefined, { signal: stopping }).catch(() => undefined);
      continue;
    }
    try {
      claimed = await client.claim(
        {
          stores,
          max: options.tasksAtOnceMax - running.size,
          leaseSeconds: options.leaseSeconds,
          worker: options.name,
          keepsParts: true,
          actions,
        },
        stopping,
      );
      failures = 0;
    } catch (error) {
      if (stopping.aborted) break;
      failures++;
      options.log.warn({ worker: options.name, ...whyOf(error) }, 'the API did not hand out tasks; trying again');
    }
    for (const task of claimed) {
      const connector = connectorOf.get(task.node);
      const work: Promise<void> = (
        connector ? workOn(options, client, connector, task, abort, erasedSoFar) : refuse(client, task)
      ).finally(() => running.delete(work));
      running.add(work);
    }
    if (running.size >= options.tasksAtOnceMax) await Promise.race(running);
    else if (claimed.length === 0) {
      await sleep(Math.min(options.pollMs * 2 ** Math.min(failures, 5), 30_000), undefined, { signal: stopping }).catch(
        () => undefined,
      );
    }
  }
  await Promise.all(running);
}

function nodesOfTurn(ready: ReadonlySet<Connector>, turn: number): string[] {
  const nodes = [...ready].flatMap((connector) => connector.nodes);
  const turns = Math.max(1, Math.ceil(nodes.length / NODES_PER_CLAIM));
  const from = (turn % turns) * NODES_PER_CLAIM;
  return nodes.slice(from, from + NODES_PER_CLAIM);
}

async function workOn(
  options: WorkerOptions,
  client: WorkerClient,
  connector: Connector,
  task: ClaimedTask,
  stop: AbortSignal,
  erasedSoFar: ErasedSoFar,
): Promise<void> {
  const { name, leaseSeconds, log } = options;
  const facts = { worker: name, task: task.id, action: task.action, node: task.node, attempt: task.attempt };
  const work = async (_: ClaimedTask, signal: AbortSignal) => {
    const rows: Row[] = [];
    const report = await performTask(
      connector,
      task,
      signal,
      async (row) => void rows.push(row),
      (found) => announce(client, task, found),
      erasedSoFar,
    );
    if (task.action === 'export' && !signal.aborted) await client.putData(task.id, task.fence, ndjson(rows));
    const { found, erased, residual } = report;
    log.info({ ...facts, found, erased, residual }, 'task done');
    return report;
  };
  const classify = (error: unknown) => {
    const failure = classifyFailure(error);
    log.warn({ ...facts, class: failure.class, code: failure.code }, 'task failed');
    return failure;
  };
  try {
    const outcome = await client.runTask(task, work, { leaseSeconds, stop, classify });
    if (outcome === 'reported' || outcome === 'lost') erasedSoFar.forget(task.idempotencyKey);
    if (outcome === 'lost') log.warn(facts, 'lease lost; another worker has this task');
  } catch (error) {
    // The report did not get through: the lease runs out and the task is done again, which every connector allows.
    log.warn({ ...facts, ...whyOf(error) }, 'report refused or lost');
  }
}

/** @throws ConnectorError so that nothing is erased of which nobody could be told; it is tried again */
async function announce(client: WorkerClient, task: ClaimedTask, found: number): Promise<void> {
  try {
    await client.announce(task.id, task.fence, found);
  } catch (error) {
    const { code } = whyOf(error);
    throw new ConnectorError('retryable', 'not_announced', `What was found could not be announced first (${code}).`);
  }
}

async function refuse(client: WorkerClient, task: ClaimedTask): Promise<void> {
  await client
    .fail(task.id, {
      fence: task.fence,
      class: 'permanent',
      code: 'unmapped_node',
      message: `No mapping for ${task.node}.`,
    })
    .catch(() => undefined);
}

async function* ndjson(rows: readonly Row[]): AsyncIterable<string> {
  for (const row of rows)
    yield `${JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? value.toString() : value))}\n`;
}

/** Our own errors say what to do and hold no personal data; of any other only the code is told. */
function whyOf(error: unknown): { code: string; why?: string } {
  if (isVestigeError(error)) return { code: error.code, why: error.message };
  return { code: error instanceof Error && 'code' in error ? String(error.code) : 'unknown' };
}
