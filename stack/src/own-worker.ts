import { connectorsFromFile } from '@vestige/connectors/config';
import { type RunningWorker, startWorker } from '@vestige/connectors/worker';
import type { TenantKey } from '@vestige/core/identity/token';
import { createWorkerClient } from '@vestige/sdk/worker-client';
import type { Tenant, TenantStore } from '@vestige/store/control/tenant-store';
import type { Logger } from 'pino';
import { keptApiKey } from './kept-api-key.ts';
import { keyFiles } from './own-keys.ts';

const LEASE_SECONDS = 60;
const POLL_MS = 500;
const TASKS_AT_ONCE_MAX = 4;

/**
 * The worker of an all-in-one process. It executes under one key and verifies under another, as two processes would:
 * a verification by the key that executed is refused.
 *
 * @throws VestigeError misconfigured for a bad worker file
 */
export async function startOwnWorker(
  config: { readonly dataDir: string; readonly workerFile: string },
  running: {
    readonly apiUrl: string;
    readonly tenant: Tenant;
    readonly tenants: TenantStore;
    readonly subjectKeys: readonly TenantKey[];
    readonly log: Logger;
  },
): Promise<RunningWorker> {
  const { apiUrl, tenant, tenants, subjectKeys, log } = running;
  const connectors = await connectorsFromFile(
    config.workerFile,
    subjectKeys.filter((key) => key.tenant === tenant.name),
  );
  const files = keyFiles(config.dataDir);
  const client = async (role: 'worker' | 'verifier', file: string) => {
    const { key } = await keptApiKey(tenants, tenant, { file, name: role, role });
    return createWorkerClient({ url: apiUrl, apiKey: key });
  };
  return startWorker({
    name: 'all-in-one',
    connectors,
    executor: await client('worker', files.workerKey),
    verifier: await client('verifier', files.verifierKey),
    leaseSeconds: LEASE_SECONDS,
    pollMs: POLL_MS,
    tasksAtOnceMax: TASKS_AT_ONCE_MAX,
    log,
  });
}
