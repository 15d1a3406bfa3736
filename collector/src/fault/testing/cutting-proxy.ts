import { connect, createServer, type Server, type Socket } from 'node:net';

/** What the proxy does with what it is given. */
export type ProxyMood = 'through' | 'cut' | 'cut-answers' | 'refuse-500' | 'hold';

/**
 * Stands between a collector and ClickHouse.
 *
 * - `cut` ends every connection after some bytes of the request;
 * - `cut-answers` lets the request through and ends the connection before its answer: the insert has happened, and nobody
 *   knows;
 * - `refuse-500` answers as a proxy does that has no backend;
 * - `hold` takes everything and says nothing.
 */
export class CuttingProxy {
  mood: ProxyMood = 'through';
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  static async open(target: () => number, below: (bound: number) => number): Promise<CuttingProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new CuttingProxy(server, target, below);
  }

  private constructor(server: Server, target: () => number, below: (bound: number) => number) {
    this.#server = server;
    const address = server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
    server.on('connection', (client) => this.#serve(client, target(), below));
  }

  /** What is open was opened in another mood. */
  change(mood: ProxyMood): void {
    this.mood = mood;
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.change('through');
    this.#server.close();
  }

  #serve(client: Socket, port: number, below: (bound: number) => number): void {
    this.#keep(client);
    const { mood } = this;
    if (mood === 'hold') {
      client.resume();
      return;
    }
    if (mood === 'refuse-500') {
      client.once('data', () => client.end('HTTP/1.1 500 Internal Server Error\r\ncontent-length: 4\r\n\r\noops'));
      return;
    }
    const server = connect(port, '127.0.0.1');
    this.#keep(server);
    let left = mood === 'cut' ? below(4_000) : Number.POSITIVE_INFINITY;
    client.on('data', (bytes: Buffer) => {
      left -= bytes.length;
      server.write(left < 0 ? bytes.subarray(0, Math.max(0, bytes.length + left)) : bytes);
      if (left < 0) client.destroy();
    });
    server.on('data', (bytes) => {
      if (mood === 'cut-answers') client.destroy();
      else client.write(bytes);
    });
    client.on('close', () => server.end());
    server.on('close', () => client.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
