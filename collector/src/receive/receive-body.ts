import type { HttpBindings } from '@hono/node-server';
import { VestigeError } from '@vestige/core/errors';
import type { Caller } from '@vestige/store/control/tenant-store';
import type { Context as HonoContext } from 'hono';
import { freeBytes } from '../free-bytes.ts';
import type { Metrics } from '../metrics.ts';
import type { InFlight, Reservation } from './in-flight.ts';
import type { KeyCheck } from './key-check.ts';
import { type BodyType, bodyEncodingOf, bodyTypeOf } from './media-type.ts';
import { type Body, readBody } from './read-body.ts';
import type { TenantQuotas } from './tenant-quotas.ts';

/** On Node, which hands over its own request: reading that costs half of what reading a web stream does. */
export type Context = HonoContext<{ Bindings: HttpBindings }>;

/** What everything that takes data stands on, whatever it comes over. */
export interface ReceiveDeps {
  readonly keys: Pick<KeyCheck, 'caller'>;
  readonly quotas: Pick<TenantQuotas, 'admit' | 'charge'>;
  readonly inFlight: InFlight;
  readonly metrics: Metrics;
  readonly requestBytesMax: number;
  /** The longest a body may take to arrive. */
  readonly requestMs: number;
}

export interface Received {
  readonly caller: Caller;
  readonly type: BodyType;
  readonly bytes: Buffer;
}

/**
 * Lets one HTTP request in: key, media type and size are checked in this order, so that a stranger's body is never read.
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
  return onAccount(
    deps,
    caller,
    (reservation) =>
      readBody(c.env.incoming.iterator({ destroyOnReturn: false }), encoding, deps.requestBytesMax, reservation),
    (bytes) => work({ caller, type, bytes }),
  );
}

/**
 * Reads a body and works on it at the caller's expense: its memory stays accounted for until `work` has ended.
 *
 * @throws VestigeError `rate_limited` for a tenant in debt; it and `store_unavailable` when there is no room, `store_unavailable` for a body that
 *   does not arrive in time: its sender is slow, not wrong, and may try again
 */
export async function onAccount<Answer>(
  deps: ReceiveDeps,
  caller: Caller,
  read: (reservation: Reservation) => Promise<Body>,
  work: (bytes: Buffer) => Promise<Answer>,
): Promise<Answer> {
  deps.quotas.admit(caller.tenant.id);
  const reservation = deps.inFlight.open(caller.tenant.id);
  try {
    const body = await within(deps.requestMs, read(reservation));
    deps.metrics.bytes.inc({ stage: 'wire' }, body.wireBytes);
    deps.metrics.bytes.inc({ stage: 'inflated' }, body.bytes.length);
    deps.quotas.charge(caller.tenant.id, 'bytes', body.bytes.length);
    try {
      return await work(body.bytes);
    } finally {
      freeBytes(body.bytes);
    }
  } finally {
    reservation.close();
  }
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new VestigeError('store_unavailable', 'the body took too long')), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
