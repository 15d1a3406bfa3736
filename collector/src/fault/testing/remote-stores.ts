import type { ChildProcess } from 'node:child_process';
import { isVestigeError, VestigeError } from '@vestige/core/errors';

interface Call {
  readonly id: number;
  readonly store: string;
  readonly method: string;
  readonly args: readonly unknown[];
}

type Outcome =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly code: VestigeError['code']; readonly message: string; readonly facts: object };

export interface ServedStores {
  readonly stores: Readonly<Record<string, object>>;
  isAway(): boolean;
}

/**
 * The control database outlives the collectors that a test kills: it lives in the test's own process, and a child speaks
 * to the real stores on it over its channel. Calls of a child that is gone are answered to nobody.
 */
export function serveStores(child: ChildProcess, served: ServedStores): void {
  child.on('message', async (message: Call) => {
    const outcome = await call(served, message);
    if (child.connected) child.send(outcome, () => {});
  });
}

async function call({ stores, isAway }: ServedStores, { id, store, method, args }: Call): Promise<Outcome> {
  try {
    if (isAway()) throw new VestigeError('store_unavailable', 'Postgres: unavailable (CONNECT_TIMEOUT)');
    const target = stores[store] as Record<string, (...args: readonly unknown[]) => Promise<unknown>>;
    return { id, value: await target[method]?.(...args) };
  } catch (error) {
    const known = isVestigeError(error) ? error : new VestigeError('store_unavailable', 'the stores are closed');
    return { id, code: known.code, message: known.message, facts: known.facts };
  }
}

/** The other end, in the child: an object whose every method is a call. */
export function remoteStore<Store extends object>(store: string): Store {
  return new Proxy({} as Store, {
    get: (_target, method) => (typeof method === 'string' && method !== 'then' ? remoteCall(store, method) : undefined),
  });
}

const open = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
let nextId = 0;

function remoteCall(store: string, method: string) {
  return (...args: readonly unknown[]) =>
    new Promise<unknown>((resolve, reject) => {
      if (nextId === 0) process.on('message', settle);
      const id = ++nextId;
      open.set(id, { resolve, reject });
      process.send?.({ id, store, method, args });
    });
}

function settle(outcome: Outcome): void {
  const waiting = open.get(outcome.id);
  open.delete(outcome.id);
  if ('value' in outcome) waiting?.resolve(outcome.value);
  else waiting?.reject(new VestigeError(outcome.code, outcome.message, { ...outcome.facts }));
}
