import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from './children.ts';

/** One erasure that has happened here and of which nobody has been told yet. */
export interface HeldErasure {
  answer(): void;
}

/**
 * A store behind an API, as the HTTP connector sees it, which can keep an erasure to itself: the data is gone, the
 * answer is held. That is the moment in which a worker's death hurts most.
 */
export class Recipient {
  readonly #rows = new Map<string, object[]>();
  readonly #held: ServerResponse[] = [];
  #holding = false;
  readonly #server = createServer((request, response) => {
    const email = decodeURIComponent((request.url ?? '').split('/').at(-1) ?? '');
    if (request.method === 'DELETE') {
      this.erasures += this.#rows.delete(email) ? 1 : 0;
      if (this.#holding) this.#held.push(response);
      else response.writeHead(204).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(this.#rows.get(email) ?? []));
  });
  /** Calls that really removed something. */
  erasures = 0;
  port = 0;

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  keep(email: string, rows: object[]): void {
    this.#rows.set(email, rows);
  }

  hold(): void {
    this.#holding = true;
  }

  /** Those held so far stay held: each is answered by who took it. */
  letGo(): void {
    this.#holding = false;
  }

  async nextHeld(): Promise<HeldErasure> {
    const response = await until('an erasure is held', () => this.#held.shift());
    return { answer: () => void response.writeHead(204).end() };
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
