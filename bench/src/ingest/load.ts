import { Agent, request } from 'node:http';
import { VestigeError } from '@vestige/core/errors';
import type { TraceBody } from '../traces.ts';

export interface LoadReport {
  readonly spans: number;
  readonly bytes: number;
  /** Requests that were told to come back, and came back. */
  readonly refused: number;
}

interface Target {
  readonly tracesUrl: string;
  readonly headers: Readonly<Record<string, string>>;
}

const RETRYABLE = new Set([429, 502, 503, 504]);
const RETRY_MS = 1_000;

/**
 * Sends bodies as exporters do: over kept connections, several at once, again after a retryable answer.
 *
 * @param atOnce requests in flight
 * @param pace resolves when the next body may go; immediate when not given
 * @throws VestigeError `internal` for an answer that an exporter would take as a loss
 */
export async function sendBodies(
  target: Target,
  bodies: Iterable<TraceBody>,
  atOnce: number,
  pace: (body: TraceBody) => Promise<void> = async () => {},
): Promise<LoadReport> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const queue = bodies[Symbol.iterator]();
  let spans = 0;
  let bytes = 0;
  let refused = 0;
  const lane = async () => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      const body = next.value;
      await pace(body);
      for (;;) {
        const { status, retryAfterMs } = await post(agent, target, body.bytes);
        if (status === 200) break;
        if (!RETRYABLE.has(status)) throw new VestigeError('internal', `the receiver answered ${status}`);
        refused += 1;
        await new Promise((again) => setTimeout(again, retryAfterMs));
      }
      spans += body.spans;
      bytes += body.bytes.length;
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, lane));
  } finally {
    agent.destroy();
  }
  return { spans, bytes, refused };
}

/** A broken connection is answered like a 503: the exporter's only safe move is to send again. */
function post(agent: Agent, target: Target, body: Uint8Array): Promise<{ status: number; retryAfterMs: number }> {
  return new Promise((resolve) => {
    const headers = {
      ...target.headers,
      'content-type': 'application/x-protobuf',
      'content-length': String(body.length),
    };
    const outgoing = request(target.tracesUrl, { method: 'POST', agent, headers }, (incoming) => {
      const seconds = Number(incoming.headers['retry-after']);
      incoming.resume();
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, retryAfterMs: seconds > 0 ? seconds * 1_000 : RETRY_MS }),
      );
      incoming.on('error', () => resolve({ status: 503, retryAfterMs: RETRY_MS }));
    });
    outgoing.on('error', () => resolve({ status: 503, retryAfterMs: RETRY_MS }));
    outgoing.end(body);
  });
}
