import { Agent, request } from 'node:http';
import { encodeProtobuf } from '../../otlp/testing/otlp-messages.ts';
import { nsOf, requestOf, tokensAttribute } from '../../testing/export-client.ts';

/**
 * A client without a retry: what was answered with 200 must be stored once and for ever, what got another answer or none
 * may be stored or not. Ids come from a counter, so a missing one says which life of the collector took it.
 */
export class SeededSender {
  readonly acknowledged = new Map<string, string>();
  readonly attempted = new Set<string>();
  /** Spans that name a person, each her own. */
  readonly tokens = new Map<string, string>();
  readonly answers = new Map<number, number>();
  readonly #below: (bound: number) => number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  #next = 1;

  constructor(below: (bound: number) => number) {
    this.#below = below;
  }

  /** @param life for the message of a test that fails */
  async send(url: string, key: string, life: string): Promise<boolean> {
    const spanIds: string[] = [];
    const spans = Array.from({ length: 1 + this.#below(6) }, () => {
      const spanId = (this.#next++).toString(16).padStart(16, '0');
      spanIds.push(spanId);
      const atMs = Date.now() - this.#below(3_000);
      const token = `ps1.k1.${Buffer.from(spanId.padStart(32, '0'), 'hex').toString('base64url')}`;
      const isTagged = this.#below(3) === 0;
      if (isTagged) this.tokens.set(spanId, token);
      return {
        traceId: spanId.padStart(32, 'a'),
        spanId,
        name: 'work',
        kind: 3,
        startTimeUnixNano: nsOf(atMs),
        endTimeUnixNano: nsOf(atMs + 1),
        attributes: [
          { key: 'db.system.name', value: { stringValue: 'postgresql' } },
          ...(isTagged ? [tokensAttribute([token])] : []),
        ],
      };
    });
    for (const spanId of spanIds) this.attempted.add(spanId);
    const status = await this.#post(`${url}/v1/traces`, key, encodeProtobuf(requestOf(...spans)));
    this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
    if (status === 200) for (const spanId of spanIds) this.acknowledged.set(spanId, life);
    return status === 200;
  }

  /** Several requests at a time, until told to stop. */
  async stream(url: string, keys: readonly string[], life: string, stop: AbortSignal): Promise<void> {
    const lane = async (key: string) => {
      while (!stop.aborted && (await this.send(url, key, life))) await new Promise(setImmediate);
    };
    await Promise.all(keys.map(lane));
  }

  close(): void {
    this.#agent.destroy();
  }

  /** @returns 0 without an answer. The status line alone is the promise. */
  #post(url: string, key: string, body: Uint8Array): Promise<number> {
    return new Promise((resolve) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/x-protobuf' };
      const outgoing = request(url, { method: 'POST', agent: this.#agent, headers }, (incoming) => {
        resolve(incoming.statusCode ?? 0);
        incoming.on('error', () => {}).resume();
      });
      outgoing.on('error', () => resolve(0));
      outgoing.end(body);
    });
  }
}
