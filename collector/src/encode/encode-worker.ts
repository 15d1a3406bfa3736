import { parentPort, workerData } from 'node:worker_threads';
import { isVestigeError } from '@vestige/core/errors';
import { SubjectKeyring } from '@vestige/core/identity/keyring';
import { type ReadContext, readContext } from '@vestige/core/recognise/read-context';
import { contextSecrets } from '../ingest/context-secrets.ts';
import { createInlineEncoder } from './inline-encoder.ts';
import type { EncodeOrder, WorkerMessage, WorkerStart } from './worker-messages.ts';

/** A thread that encodes what it is sent, the requests of a record at a time. `worker-pool.ts` starts it. */

const { keyring: revealed } = workerData as WorkerStart;
const keyring = revealed === null ? null : SubjectKeyring.from(revealed);
const contexts = new Map<number, ReadContext>();
const encoder = createInlineEncoder({
  onReaderFault: (error) => say({ kind: 'fault', stack: framesOf(error) }),
});

parentPort?.on('message', (order: EncodeOrder) => {
  // Every failure is answered inside.
  void take(order);
});

async function take({ id, tenant, facts, hasKey, requests }: EncodeOrder): Promise<void> {
  try {
    const secrets = hasKey ? contextSecrets(keyring, tenant.name) : {};
    if (facts !== null) contexts.set(tenant.id, readContext({ ...facts, ...secrets }));
    const context = contexts.get(tenant.id) ?? readContext();
    const encoded = await encoder.encode(tenant, context, requests);
    const { buffer } = encoded.payload;
    say({ kind: 'encoded', id, encoded }, buffer instanceof ArrayBuffer && buffer.byteLength > 0 ? [buffer] : []);
  } catch (error) {
    if (!isVestigeError(error)) say({ kind: 'fault', stack: framesOf(error) });
    const {
      code,
      message,
      facts: said,
    } = isVestigeError(error) ? error : { code: 'internal', message: 'requests could not be encoded', facts: {} };
    say({ kind: 'refused', id, code, message, facts: said });
  }
}

function say(message: WorkerMessage, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

/** Of somebody else's error only where it happened: its message may quote what it was given. */
function framesOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}
