import { once } from 'node:events';
import type { Logger } from 'pino';

/** A stop that takes longer than this is cut short: a supervisor would send SIGKILL soon anyway. */
const STOP_MS_MAX = 45_000;

/**
 * Runs until SIGTERM or SIGINT, then stops in order. A second signal ends the process at once.
 *
 * @param lost resolves when the process cannot go on by itself
 * @returns false when it was lost rather than told to stop
 */
export async function untilSignal(stop: () => Promise<void>, log: Logger, lost?: Promise<unknown>): Promise<boolean> {
  const signals = new AbortController();
  const signal = Promise.race(
    ['SIGTERM', 'SIGINT'].map((name) => once(process, name, { signal: signals.signal }).then(() => name)),
  );
  const cause = await Promise.race([signal, ...(lost ? [lost.then(() => null)] : [])]);
  signals.abort();
  for (const name of ['SIGTERM', 'SIGINT']) process.once(name, () => process.exit(130));
  log.info({ cause: cause ?? 'lost' }, 'stopping');
  const cut = setTimeout(() => process.exit(1), STOP_MS_MAX);
  await stop();
  clearTimeout(cut);
  return cause !== null;
}

/** An error nobody caught ends the process; its message stays out of the log, as it may quote a value. */
export function endOnUncaught(log: Logger): void {
  const end = (error: unknown) => {
    const stack = error instanceof Error ? error.stack?.split('\n').filter((line) => line.startsWith('    at ')) : [];
    log.fatal({ name: error instanceof Error ? error.name : typeof error, stack: stack?.slice(0, 8) }, 'uncaught');
    process.exit(1);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}
