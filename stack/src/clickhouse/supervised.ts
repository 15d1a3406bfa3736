import { setTimeout as sleep } from 'node:timers/promises';
import { type EmbeddedClickHouse, type EmbeddedClickHouseOptions, startEmbeddedClickHouse } from './embedded.ts';

export interface Supervision {
  /** The engine ended by itself and is about to be started again. */
  onCrash(attempt: number): void;
  /** It could not be started again; the caller has to give up. */
  onLost(error: unknown): void;
}

const ATTEMPTS_MAX = 5;
const RETRY_MS = 500;

/**
 * An embedded ClickHouse that is started again, on the same ports and with the same passwords, when it dies: clients
 * see a pause and retry. Acknowledged data is on disk by then.
 *
 * @throws VestigeError as {@link startEmbeddedClickHouse}, for the first start
 */
export async function superviseClickHouse(
  options: EmbeddedClickHouseOptions,
  { onCrash, onLost }: Supervision,
): Promise<EmbeddedClickHouse> {
  let engine = await startEmbeddedClickHouse(options);
  const { httpPort, nativePort } = engine;
  const stopping = new AbortController();
  const watch = async (): Promise<void> => {
    for (;;) {
      await engine.exited;
      const next = await restart();
      if (next === null) return;
      engine = next;
    }
  };
  const restart = async (): Promise<EmbeddedClickHouse | null> => {
    for (let attempt = 1; !stopping.signal.aborted; attempt++) {
      onCrash(attempt);
      try {
        const next = await startEmbeddedClickHouse({ ...options, httpPort, nativePort });
        if (!stopping.signal.aborted) return next;
        await next.stop();
      } catch (error) {
        if (attempt < ATTEMPTS_MAX) await sleep(RETRY_MS * attempt);
        else {
          onLost(error);
          return null;
        }
      }
    }
    return null;
  };
  const watching = watch();
  return {
    url: engine.url,
    dataDir: engine.dataDir,
    httpPort,
    nativePort,
    get pid() {
      return engine.pid;
    },
    exited: watching,
    async stop() {
      stopping.abort();
      await engine.stop();
      await watching;
    },
    kill: () => engine.kill(),
  };
}
