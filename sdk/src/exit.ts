import type { Runtime } from './runtime.ts';

/**
 * Gets ended spans onto the disk however the process ends, and gives the collector a short moment where the way of
 * ending allows one.
 *
 * | end | on disk | sent |
 * |---|---|---|
 * | natural end (`beforeExit`), `SIGTERM`, `SIGINT` | yes | for up to `exitDrainMs`, the rest by the next process |
 * | `process.exit()`, uncaught exception | yes | by the next process |
 * | `kill -9` | what the durability promises | by the next process |
 *
 * A signal that nobody else listens to still ends the process, as it would without us: it is raised again after the
 * flush. Where the host listens, the host decides.
 *
 * @returns removes every hook
 */
export function hookExit(running: Runtime): () => void {
  const toDisk = (): void => running.guard('flushing at exit', () => running.spool.flushToDisk(), undefined);
  let drained = false;
  const onBeforeExit = (): void => {
    toDisk();
    if (drained) return;
    // Once: a drain keeps the event loop alive, and the next empty loop would come here again.
    drained = true;
    void running
      .guard('sending at exit', () => running.spool.drain(running.settings.exitDrainMs), undefined)
      ?.catch(() => {});
  };
  const hooks: [string, () => void][] = [
    ['beforeExit', onBeforeExit],
    ['uncaughtExceptionMonitor', toDisk],
    ['exit', toDisk],
  ];
  if (running.settings.handleSignals) {
    hooks.push(['SIGTERM', signalHook(running, 'SIGTERM', toDisk)], ['SIGINT', signalHook(running, 'SIGINT', toDisk)]);
  }
  // First in line: a handler of the host may call process.exit() before ours would have its turn.
  for (const [event, hook] of hooks) process.prependListener(event as 'exit', hook);
  return () => {
    for (const [event, hook] of hooks) process.off(event, hook);
  };
}

function signalHook(running: Runtime, signal: 'SIGTERM' | 'SIGINT', toDisk: () => void): () => void {
  let asked = false;
  const hook = (): void => {
    toDisk();
    if (process.listenerCount(signal) > 1) return;
    const raise = (): void => {
      process.off(signal, hook);
      process.kill(process.pid, signal);
    };
    // A second Ctrl-C is impatient.
    if (asked || running.settings.exitDrainMs === 0) raise();
    else running.spool.drain(running.settings.exitDrainMs).then(raise, raise);
    asked = true;
  };
  return hook;
}
