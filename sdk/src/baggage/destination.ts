import { type Context, SpanKind, trace } from '@opentelemetry/api';

/**
 * Where a call is going, as far as the active client span says. Instrumentations put their span into the context before
 * they inject: http and undici with `server.address`, grpc and older ones with `net.peer.name`, message producers with
 * the name of the destination (some of them without any host).
 */
export type Destination =
  | { readonly kind: 'host'; readonly name: string }
  | { readonly kind: 'queue'; readonly name: string }
  | { readonly kind: 'unknown' };

const UNKNOWN: Destination = { kind: 'unknown' };
const QUEUE_KEYS = ['messaging.destination.name', 'messaging.destination', 'bullmq.queue.name'];
const HOST_KEYS = ['server.address', 'net.peer.name'];

/** A span that is not recording, or of another kind, tells nothing: `unknown`, which means no. */
export function destinationOf(context: Context): Destination {
  const span = trace.getSpan(context);
  if (span === undefined || !('attributes' in span) || !('kind' in span)) return UNKNOWN;
  if (span.kind !== SpanKind.CLIENT && span.kind !== SpanKind.PRODUCER) return UNKNOWN;
  const attributes = span.attributes as Readonly<Record<string, unknown>>;
  const queue = first(attributes, QUEUE_KEYS);
  if (queue !== '') return { kind: 'queue', name: queue };
  const host = first(attributes, HOST_KEYS);
  return host === '' ? UNKNOWN : { kind: 'host', name: host };
}

function first(attributes: Readonly<Record<string, unknown>>, keys: readonly string[]): string {
  for (const key of keys) {
    const value = attributes[key];
    if (typeof value === 'string' && value !== '') return value;
  }
  return '';
}
