import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import type { Fixture } from '../fixture.ts';

export type Recorded = Pick<Fixture, 'transport' | 'path' | 'headers' | 'bodyBase64'>;

/** Answers every export with success, over HTTP/1.1 and over HTTP/2 as gRPC speaks it, and keeps what came. */
export interface RecordingServer {
  readonly httpUrl: string;
  readonly grpcUrl: string;
  /** What came since the last call. */
  take(): Recorded[];
  close(): void;
}

/** They name the recording server, or the connection to it, and not the client. */
const NOT_KEPT = new Set(['host', 'connection', 'keep-alive', 'content-length']);
/** A gRPC message: not compressed, no bytes, which is an export response without a partial success. */
const EMPTY_MESSAGE = Buffer.alloc(5);

export async function startRecordingServer(): Promise<RecordingServer> {
  let recorded: Recorded[] = [];
  const keep = async (
    transport: Recorded['transport'],
    path: string,
    headers: Readonly<Record<string, string | string[] | undefined>>,
    body: AsyncIterable<Buffer>,
  ) => {
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk);
    const kept = Object.entries(headers)
      .filter(([name]) => !name.startsWith(':') && !NOT_KEPT.has(name))
      .map(([name, value]) => [name, String(value)]);
    const bodyBase64 = Buffer.concat(chunks).toString('base64');
    recorded.push({ transport, path, headers: Object.fromEntries(kept), bodyBase64 });
  };
  const http = createHttpServer(async (request, response) => {
    await keep('http', request.url ?? '', request.headers, request);
    const type = request.headers['content-type'] ?? 'application/x-protobuf';
    response.writeHead(200, { 'content-type': type }).end(type === 'application/json' ? '{}' : '');
  });
  const grpc = createHttp2Server();
  grpc.on('stream', async (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    await keep('grpc', String(headers[':path']), headers, stream);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(EMPTY_MESSAGE);
  });
  return {
    httpUrl: await listen(http),
    grpcUrl: await listen(grpc),
    take() {
      const taken = recorded;
      recorded = [];
      return taken;
    },
    close() {
      http.close();
      http.closeAllConnections();
      grpc.close();
    },
  };
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}
