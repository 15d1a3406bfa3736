import { isVestigeError } from '@vestige/core/errors';
import { canaryAge, canaryStep } from './canary.ts';
import type { MonitorDeps } from './deps.ts';
import { identityStep } from './identity-step.ts';
import { scanStep } from './residue-scan.ts';
import { retentionStep } from './retention-step.ts';
import { subjectKeyStep } from './subject-key-step.ts';

/** Pages of one scan between two tenants, so that a large one does not keep the others waiting. */
const PAGES_PER_LOOK = 50;

/**
 * The loop that looks for people who came back, flies the canary, takes out who nothing is left of and proves retention. It
 * holds no state: what is due follows from the store, so any number of processes may run it and any of them may be killed.
 */
export function startMonitor(deps: MonitorDeps, options: { readonly intervalMs: number }): { close(): Promise<void> } {
  let isStopped = false;
  let wake: () => void = () => {};
  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, options.intervalMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const loop = (async () => {
    // A start is no reason to look: processes are started more often than once a day.
    for (await pause(); !isStopped; await pause()) await lookAround(deps, () => isStopped);
  })();
  return {
    /** Waits for the page under way. */
    close: () => {
      isStopped = true;
      wake();
      return loop;
    },
  };
}

/** One look at every tenant. */
export async function lookAround(deps: MonitorDeps, isStopped: () => boolean = () => false): Promise<void> {
  try {
    for (const tenant of await deps.tenants.tenants()) {
      const monitored = { deps, tenant };
      for (let page = 0; page < PAGES_PER_LOOK && !isStopped(); page++) {
        const step = await scanStep(monitored);
        if (step === null || step === 'ended') break;
      }
      if (isStopped()) return;
      await canaryStep(monitored);
      await canaryAge(monitored);
      await identityStep(monitored);
      await retentionStep(monitored);
      await subjectKeyStep(monitored);
    }
  } catch (error) {
    const code = isVestigeError(error) ? error.code : 'unexpected';
    deps.log?.error({ code }, 'monitor: a look failed; the next one goes on where it was');
  }
}
