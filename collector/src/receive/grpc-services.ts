import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { VestigeError } from '@vestige/core/errors';
import { encodeExportResponse } from '../otlp/answer.ts';
import { WireWriter } from '../otlp/wire-writer.ts';
import { readMessage } from './grpc-exchange.ts';
import { type Readiness, readiness } from './health.ts';
import { onAccount } from './receive-body.ts';
import { type TraceDeps, takeSpans } from './take-spans.ts';

export interface GrpcDeps extends TraceDeps {
  readonly health: Parameters<typeof readiness>[0];
  readonly isClosing: () => boolean;
}

/** @returns the bytes of the answer's message @throws VestigeError that becomes the status of the call */
type UnaryMethod = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, deps: GrpcDeps) => Promise<Uint8Array>;

/** What this port serves, by path. Logs and metrics are nobody's here: UNIMPLEMENTED, as for every other path. */
export const METHODS: Readonly<Record<string, UnaryMethod>> = {
  '/opentelemetry.proto.collector.trace.v1.TraceService/Export': exportSpans,
  '/grpc.health.v1.Health/Check': checkHealth,
};

async function exportSpans(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  deps: GrpcDeps,
): Promise<Uint8Array> {
  const { authorization, 'x-vestige-key': vestigeKey } = headers;
  const caller = await deps.keys.caller(
    authorization,
    vestigeKey === undefined ? undefined : `${vestigeKey}`,
    'ingest',
  );
  return onAccount(
    deps,
    caller,
    (reservation) => readMessage(stream, headers, deps.requestBytesMax, reservation),
    async (bytes) => {
      const partial = await takeSpans(deps, { caller, type: 'protobuf', bytes });
      return encodeExportResponse('protobuf', partial) as Uint8Array;
    },
  );
}

/** `ServingStatus` of grpc.health.v1. */
const STATUS: Record<'serving' | 'notServing', number> = { serving: 1, notServing: 2 };
const HEALTH_REQUEST_BYTES_MAX = 1024;
/** Names that may be asked for, as they are inside the request: nothing at all, or field 1 with the service. */
const SERVICES = ['', 'opentelemetry.proto.collector.trace.v1.TraceService'].map((name) =>
  Buffer.from(new WireWriter().string(1, name).finish()),
);

/** Needs no key, like `/readyz`: it says whether spans would be taken, and nothing else. */
async function checkHealth(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  deps: GrpcDeps,
): Promise<Uint8Array> {
  const asked = await readMessage(stream, headers, HEALTH_REQUEST_BYTES_MAX, { grow: () => {}, close: () => {} });
  if (!SERVICES.some((name) => name.equals(asked.bytes))) {
    throw new VestigeError('not_found', 'there is no such service');
  }
  const { ready }: Readiness = await readiness(deps.health, deps.isClosing());
  return new WireWriter().varint(1, ready ? STATUS.serving : STATUS.notServing).finish();
}
