import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectorsFromFile } from '@vestige/connectors/config';
import { startWorker } from '@vestige/connectors/worker';
import { findPerson } from '@vestige/example-support-desk/demo/journey';
import { runApplication } from '@vestige/example-support-desk/demo/run-application';
import { startWorld, type World } from '@vestige/example-support-desk/demo/world';
import { MARA } from '@vestige/example-support-desk/people';
import { createWorkerClient } from '@vestige/sdk/worker-client';
import { type RunningStack, startAllInOne } from '@vestige/stack/all-in-one';
import { readUpConfig } from '@vestige/stack/config';
import { destination, pino } from 'pino';

/** A running Vestige that serves the console. */
export interface Site {
  readonly stack: RunningStack;
  /** Every line that Vestige and its worker log. */
  readonly logs: string;
  /** May be called twice. */
  stop(): Promise<void>;
}

/** With the support desk's people, spans, stores and parties, and the worker that answers requests about them. */
export interface DeskSite extends Site {
  readonly world: World;
  /** Mara's subject id; nobody has asked anything about the other seven. */
  readonly maraId: string;
}

/** The support desk at work: eight people have written, nobody has filed a request. */
export async function startDeskSite(consoleDir: string): Promise<DeskSite> {
  const world = await startWorld({ logLevel: 'trace', consoleDir });
  try {
    await runApplication(world, () => {});
    const { subjectId: maraId } = await findPerson(world, MARA);
    const { stack, workerFile, workerKey, verifierKey, logs } = world;
    const client = (apiKey: string) => createWorkerClient({ url: stack.apiUrl, apiKey });
    const worker = await startWorker({
      name: 'desk-worker',
      connectors: await connectorsFromFile(workerFile, [stack.subjectKey]),
      executor: client(workerKey),
      verifier: client(verifierKey),
      leaseSeconds: 30,
      pollMs: 100,
      tasksAtOnceMax: 4,
      log: logTo(logs, 'worker.log'),
    });
    world.endFirst(() => worker.stop());
    let stopping: Promise<void> | null = null;
    return { stack, logs, world, maraId, stop: () => (stopping ??= world.stop()) };
  } catch (error) {
    await world.stop();
    throw error;
  }
}

/** As it is after installing: no span, no store, no request. */
export async function startEmptySite(consoleDir: string): Promise<Site> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vestige-empty-'));
  const logs = path.join(folder, 'logs');
  await mkdir(logs);
  const config = readUpConfig({
    VESTIGE_DATA_DIR: path.join(folder, 'vestige'),
    VESTIGE_COLLECTOR_PORT: '0',
    VESTIGE_COLLECTOR_GRPC_PORT: 'off',
    VESTIGE_COLLECTOR_ACK: 'store',
    VESTIGE_API_PORT: '0',
  });
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    const stack = await startAllInOne(config, { log: logTo(logs, 'vestige.log'), consoleDir });
    let stopping: Promise<void> | null = null;
    return { stack, logs, stop: () => (stopping ??= stack.stop().finally(remove)) };
  } catch (error) {
    await remove();
    throw error;
  }
}

const logTo = (folder: string, name: string) =>
  pino({ level: 'trace' }, destination({ dest: path.join(folder, name), sync: true }));
