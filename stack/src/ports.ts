import { createServer } from 'node:net';
import { VestigeError } from '@vestige/core/errors';

/** @returns a port of the loopback interface that was free a moment ago; whoever binds it must be ready to try again */
export async function freePort(): Promise<number> {
  return bindOnce(0, '127.0.0.1');
}

/**
 * @param what for the message, e.g. `the collector`
 * @param setting the variable that moves it, e.g. `VESTIGE_COLLECTOR_PORT`
 * @throws VestigeError conflict when the port is taken, misconfigured when this user may not bind it
 */
export async function assertPortFree(port: number, host: string, what: string, setting: string): Promise<void> {
  try {
    await bindOnce(port, host);
  } catch (error) {
    throw portFailure(error, port, host, what, setting);
  }
}

/** As {@link assertPortFree}, for the collector's second port, which may be switched off. */
export async function assertGrpcPortFree(collector: { host: string; grpcPort: number | null }): Promise<void> {
  if (collector.grpcPort === null) return;
  await assertPortFree(collector.grpcPort, collector.host, 'gRPC', 'VESTIGE_COLLECTOR_GRPC_PORT');
}

/** Turns a failed `listen` into one sentence that says what to change; anything else is returned as it came. */
export function portFailure(error: unknown, port: number, host: string, what: string, setting: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new VestigeError(
      'conflict',
      `Port ${port} for ${what} is taken by another process. Stop it, or set ${setting} to a free port.`,
      { port, setting },
    );
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL') {
    return new VestigeError(
      'misconfigured',
      `This user cannot listen on ${host}:${port} for ${what}. Change ${setting}.`,
      {
        port,
        setting,
      },
    );
  }
  return error;
}

function bindOnce(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}
