import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { InFlight } from './receive/in-flight.ts';

/** Services with a watermark of their own; the least recently seen one makes room. */
const SERVICES_MAX = 500;
/** Distinct attribute keys that scrubbing is counted under; what comes later is counted as `other`. */
const SCRUB_KEYS_MAX = 200;
/**
 * Keys are written by clients and a label is kept for ever, so a key must look like a convention's name to become one:
 * no `@`, no run of digits that could be somebody's number.
 */
const SCRUB_KEY = /^[a-z][A-Za-z_]{0,39}(?:[.:](?:[A-Za-z0-9_]{1,40}|\*)){0,7}$/;
const DIGIT_RUN = /\d{4}/;

/** Counts of one collector. Labels never hold what a client wrote, except bounded, cleaned names as said above. */
export interface Metrics {
  readonly registry: Registry;
  readonly accepted: Counter;
  readonly rejected: Counter<'reason'>;
  readonly lineageEvents: Counter;
  readonly bytes: Counter<'stage'>;
  readonly requests: Counter<'route' | 'status'>;
  scrubbed(counts: Readonly<Record<string, number>>): void;
  /** Newest span end of a service, in milliseconds. */
  watermark(tenant: number, service: string, endMs: number): void;
}

/**
 * @param withServices one series per service. Off unless `/metrics` is guarded: the names of one tenant's services are
 *   nothing for another
 */
export function createMetrics(inFlight: InFlight, withServices: boolean): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `vestige_collector_${name}`, help, labelNames, registers });

  const scrubbed = counter('scrubbed_total', 'Values dropped or masked before storage, by attribute key.', 'key');
  const scrubKeys = new Set<string>();
  const watermark = new Gauge({
    name: 'vestige_collector_watermark_seconds',
    help: 'End of the newest span of a service, in seconds since the epoch.',
    labelNames: ['tenant', 'service'],
    registers,
  });
  const newestMs = new Map<string, { tenant: number; service: string; endMs: number }>();
  new Gauge({
    name: 'vestige_collector_in_flight_bytes',
    help: 'Bytes of request bodies held now.',
    registers,
    collect() {
      this.set(inFlight.bytes);
    },
  });
  new Gauge({
    name: 'vestige_collector_in_flight_requests',
    help: 'Requests being worked on now.',
    registers,
    collect() {
      this.set(inFlight.requests);
    },
  });

  return {
    registry,
    accepted: counter('spans_accepted_total', 'Spans acknowledged; one that was sent twice counts twice.'),
    rejected: counter('spans_rejected_total', 'Spans refused, by reason.', 'reason'),
    lineageEvents: counter('lineage_events_total', 'OpenLineage events stored; one that was sent twice counts twice.'),
    bytes: counter('received_bytes_total', 'Bytes of bodies, as on the wire and after inflating.', 'stage'),
    requests: counter(
      'requests_total',
      'Requests by route and HTTP status, or name of the gRPC code.',
      'route',
      'status',
    ),
    scrubbed(counts) {
      for (const [key, count] of Object.entries(counts)) {
        if (SCRUB_KEY.test(key) && !DIGIT_RUN.test(key) && scrubKeys.size < SCRUB_KEYS_MAX) scrubKeys.add(key);
        scrubbed.inc({ key: scrubKeys.has(key) ? key : 'other' }, count);
      }
    },
    watermark(tenant, service, endMs) {
      if (!withServices) return;
      const id = `${tenant} ${service}`;
      const known = newestMs.get(id);
      newestMs.delete(id);
      const newest = Math.max(endMs, known?.endMs ?? 0);
      newestMs.set(id, { tenant, service, endMs: newest });
      watermark.set({ tenant: String(tenant), service }, newest / 1000);
      const oldest = newestMs.size > SERVICES_MAX ? newestMs.entries().next().value : undefined;
      if (oldest === undefined) return;
      newestMs.delete(oldest[0]);
      watermark.remove({ tenant: String(oldest[1].tenant), service: oldest[1].service });
    },
  };
}
