import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { isVestigeError, VestigeError } from '@vestige/core/errors';
import { whereOf } from '../log-error.ts';
import { answerFailure, answerHttp, answerMessage, codeNameOf, timeoutMsOf } from './grpc-exchange.ts';
import { type GrpcDeps, METHODS } from './grpc-services.ts';
import { listenOn } from './listen.ts';
import { DEADLINE_EXCEEDED, type Failure, failureOf } from './status.ts';

/**
 * OTLP/gRPC on plain `node:http2`: unary calls only, which is all OTLP has. A library would buffer whole messages of up
 * to the limit on every stream before anything of ours is asked (docs/adr/0037-grpc-on-node-http2.md); here a key is
 * checked before a byte is read, and every byte is accounted for as it arrives, exactly as over HTTP.
 */
export interface GrpcServer {
  /** `http://host:port`, with the port that was really taken. */
  readonly url: string;
  /** Takes no new call (GOAWAY), finishes those under way, then returns; connections are cut after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/**
 * A stream that nobody reads yet may hold this much, and a connection this many streams: what one connection can make us
 * hold unaccounted for is their product, 8 MiB. The window also bounds the speed of one stream over a slow network.
 */
const STREAM_WINDOW_BYTES = 131_072;
const STREAMS_MAX = 64;
/** What a connection may have on the way: the default of 64 KiB would bound all its streams together by the distance. */
const CONNECTION_WINDOW_BYTES = 1_048_576;
/** Of one connection, headers and answers under way included. */
const SESSION_MEMORY_MB = 16;
/**
 * Calls that a connection may cancel: a client that is refused early cancels what it was sending, so a flood of refusals
 * must not cost it the connection.
 */
const RESETS_PER_S = 1000;
/** What a timer of Node can wait. */
const TIMER_MS_MAX = 2 ** 31 - 1;
/** Finds connections whose other end is gone without a word. */
const TCP_PROBE_AFTER_MS = 60_000;

/** @throws VestigeError `misconfigured` when the address cannot be listened on */
export async function startGrpcServer(address: { host: string; port: number }, deps: GrpcDeps): Promise<GrpcServer> {
  const server = createServer({
    settings: { initialWindowSize: STREAM_WINDOW_BYTES, maxConcurrentStreams: STREAMS_MAX },
    maxSessionMemory: SESSION_MEMORY_MB,
    streamResetRate: RESETS_PER_S,
    streamResetBurst: RESETS_PER_S * 10,
  });
  server.on('connection', (socket) => socket.setKeepAlive(true, TCP_PROBE_AFTER_MS));
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    session.once('close', () => sessions.delete(session));
  });
  // Whatever a client does to its connection is its own loss.
  server.on('sessionError', (error) => deps.log.debug(whereOf(error), 'a gRPC connection broke'));
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', (error) => deps.log.debug(whereOf(error), 'a gRPC call broke'));
    void serve(stream, headers, deps);
  });
  const url = await listenOn(server, address.host, address.port);
  server.on('error', (error) => deps.log.error(whereOf(error), 'a connection could not be accepted'));
  return { url, close: (graceMs) => closeGracefully(server, sessions, graceMs) };
}

async function serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, deps: GrpcDeps): Promise<void> {
  if (headers[':method'] !== 'POST') return answerHttp(stream, 405);
  if (!/^application\/grpc(?:$|[+;])/.test(headers['content-type'] ?? '')) return answerHttp(stream, 415);
  const path = headers[':path'] ?? '';
  const method = Object.hasOwn(METHODS, path) ? METHODS[path] : undefined;
  // A path of the client's making would be a label of its making.
  const route = method === undefined ? 'grpc' : path;
  let ended = false;
  const end = (failure: Failure | null, answer: () => void) => {
    if (ended) return;
    ended = true;
    deps.metrics.requests.inc({ route, status: failure === null ? 'OK' : codeNameOf(failure) });
    answer();
  };
  let deadline: NodeJS.Timeout | undefined;
  try {
    if (method === undefined) throw new VestigeError('method_not_allowed', 'there is no such method here');
    const timeoutMs = timeoutMsOf(headers['grpc-timeout']);
    // What is being stored by then is stored; the client sends it again, which changes nothing.
    const late = () => end(DEADLINE_EXCEEDED, () => answerFailure(stream, DEADLINE_EXCEEDED));
    if (timeoutMs !== null) deadline = setTimeout(late, Math.min(timeoutMs, TIMER_MS_MAX));
    const message = await method(stream, headers, deps);
    end(null, () => answerMessage(stream, message));
  } catch (error) {
    const code = isVestigeError(error) ? error.code : 'internal';
    if (code === 'internal') deps.log.error({ route, ...whereOf(error) }, 'a call failed for a fault of ours');
    else deps.log.info({ route, code }, 'a call was refused');
    const failure = failureOf(error);
    end(failure, () => answerFailure(stream, failure));
  } finally {
    clearTimeout(deadline);
  }
}

async function closeGracefully(
  server: Http2Server,
  sessions: ReadonlySet<ServerHttp2Session>,
  graceMs: number,
): Promise<void> {
  const cut = setTimeout(() => {
    for (const session of sessions) session.destroy();
  }, graceMs);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    for (const session of sessions) session.close();
  });
  clearTimeout(cut);
}
