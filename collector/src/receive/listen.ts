import type { Server } from 'node:net';
import { VestigeError } from '@vestige/core/errors';

/**
 * @returns `http://host:port`, with the port that was really taken
 * @throws VestigeError `misconfigured`, in one sentence
 */
export function listenOn(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'the port is taken' : (error.code ?? 'unknown reason');
      reject(new VestigeError('misconfigured', `collector cannot listen on ${host}:${port}: ${why}`));
    };
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      const address = server.address();
      const taken = typeof address === 'object' && address !== null ? address.port : port;
      const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
      resolve(`http://${name}:${taken}`);
    });
  });
}
