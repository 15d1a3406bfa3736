import { VestigeError } from '@vestige/core/errors';
import type { Caller } from '@vestige/store/control/tenant-store';
import type { Context } from 'hono';
import type { Metrics } from '../metrics.ts';
import type { InFlight } from './in-flight.ts';
import type { KeyCheck } from './key-check.ts';
import { type BodyType, bodyEncodingOf, bodyTypeOf } from './media-type.ts';
import { readBody } from './read-body.ts';

/** What every route that takes data stands on. */
export interface ReceiveDeps {
  readonly keys: KeyCheck;
  readonly inFlight: InFlight;
  readonly metrics: Metrics;
  readonly requestBytesMax: number;
}

export interface Received {
  readonly caller: Caller;
  readonly type: BodyType;
  readonly bytes: Buffer;
}

/**
 * Lets one request in: key, media type and size are checked in this order, so that a stranger's body is never read. The
 * body's memory stays accounted for until `work` has ended.
 *
 * @throws VestigeError as {@link failureAnswer} tells it to the client
 */
export async function withBody(
  c: Context,
  deps: ReceiveDeps,
  types: readonly BodyType[],
  work: (received: Received) => Promise<Response>,
): Promise<Response> {
  const caller = await deps.keys.caller(c.req.header('authorization'), c.req.header('x-vestige-key'), 'ingest');
  const type = bodyTypeOf(c.req.header('content-type'));
  if (type === null || !types.includes(type)) {
    throw new VestigeError('unsupported_media_type', `content-type must be ${types.join(' or ')}`);
  }
  const encoding = bodyEncodingOf(c.req.header('content-encoding'));
  if (Number(c.req.header('content-length') ?? 0) > deps.requestBytesMax) {
    throw new VestigeError('too_large', `the body exceeds ${deps.requestBytesMax} bytes`);
  }
  const reservation = deps.inFlight.open();
  try {
    const body = await readBody(c.req.raw.body, encoding, deps.requestBytesMax, reservation);
    deps.metrics.bytes.inc({ stage: 'wire' }, body.wireBytes);
    deps.metrics.bytes.inc({ stage: 'inflated' }, body.bytes.length);
    return await work({ caller, type, bytes: body.bytes });
  } finally {
    reservation.close();
  }
}
