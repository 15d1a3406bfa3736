import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ATTR } from '@vestige/core/convention/attributes';
import { normalise } from '@vestige/core/identity/normalise';
import { subjectToken, type TenantKey } from '@vestige/core/identity/token';

/** One span about one person nobody has heard of before, so that the alias behind it is as new as the span. */
export interface RawSpan {
  readonly spanId: string;
  readonly traceId: string;
  readonly email: string;
  readonly token: string;
  readonly atMs: number;
}

/**
 * A client without an SDK: sends one span a request, never again, and remembers what it was told. What was answered
 * with 200 must be there for ever; what got another answer or none may be there or not.
 */
export class RawSender {
  readonly acknowledged: RawSpan[] = [];
  readonly attempted: RawSpan[] = [];
  readonly #url: string;
  readonly #apiKey: string;
  readonly #key: TenantKey;
  #people = 0;

  constructor(collectorUrl: string, apiKey: string, key: TenantKey) {
    this.#url = `${collectorUrl}/v1/traces`;
    this.#apiKey = apiKey;
    this.#key = key;
  }

  /** @returns the span if it was acknowledged */
  async sendOnce(): Promise<RawSpan | null> {
    const span = this.#newSpan();
    this.attempted.push(span);
    try {
      const answer = await this.#post([span]);
      // The status line alone is the promise: whoever kills after it need not wait for the body.
      if (answer.status !== 200) {
        await answer.arrayBuffer();
        return null;
      }
      this.acknowledged.push(span);
      return span;
    } catch {
      return null;
    }
  }

  async sendUntilAcknowledged(): Promise<RawSpan> {
    for (;;) {
      const span = await this.sendOnce();
      if (span) return span;
      await sleep(100);
    }
  }

  /** Sends these again, as a client does that did not get to read the answer; in one request, so in another block. */
  async repeat(spans: readonly RawSpan[]): Promise<void> {
    const answer = await this.#post(spans);
    if (answer.status !== 200) throw new Error(`a repeated export was answered with ${answer.status}`);
    await answer.arrayBuffer();
  }

  /** Sends all the time until it is told to stop: some of its spans are under way at every kill. */
  stream(everyMs: number): { stop(): Promise<void> } {
    let stopped = false;
    const loop = (async () => {
      while (!stopped) {
        await this.sendOnce();
        await sleep(everyMs);
      }
    })();
    return {
      stop: () => {
        stopped = true;
        return loop;
      },
    };
  }

  #post(spans: readonly RawSpan[]): Promise<Response> {
    return fetch(this.#url, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(exportRequest(spans)),
      signal: AbortSignal.timeout(20_000),
    });
  }

  #newSpan(): RawSpan {
    const email = `raw${this.#people++}@example.com`;
    return {
      spanId: randomBytes(8).toString('hex'),
      traceId: randomBytes(16).toString('hex'),
      email,
      token: subjectToken(this.#key, 'email', normalise('email', email)),
      atMs: Date.now(),
    };
  }
}

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const texts = (key: string, values: readonly string[]) => ({
  key,
  value: { arrayValue: { values: values.map((stringValue) => ({ stringValue })) } },
});

function exportRequest(spans: readonly RawSpan[]): object {
  const otlp = spans.map(({ traceId, spanId, token, atMs }) => ({
    traceId,
    spanId,
    name: 'raw',
    kind: 1,
    startTimeUnixNano: `${atMs}000000`,
    endTimeUnixNano: `${atMs}000000`,
    attributes: [texts(ATTR.subjectTokens, [token]), text(ATTR.subjectAttribution, 'declared')],
  }));
  const resource = { attributes: [text('service.name', 'raw')] };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'raw' }, spans: otlp }] }] };
}
