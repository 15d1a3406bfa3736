import { timingSafeEqual } from 'node:crypto';
import { VestigeError } from '@vestige/core/errors';
import { TenantId } from '@vestige/core/ids';
import type { Secret } from '@vestige/core/secret';
import type { TenantStore } from '@vestige/store/control/tenant-store';
import type { EventStore } from '@vestige/store/events/event-store';
import type { Context } from 'hono';
import type { LogState } from '../log/ingest-log.ts';
import type { Metrics } from '../metrics.ts';

const PROBE_MS = 3000;

/**
 * What answers. `ready` means that the collector can acknowledge: a load balancer that took away collectors whose
 * databases are down would take away the log that bridges the time without them.
 */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: {
    readonly clickhouse: 'ok' | 'unreachable';
    readonly postgres: 'ok' | 'unreachable';
    readonly log: LogState;
    readonly process: 'ok' | 'closing';
  };
}

export interface ReadinessDeps {
  readonly events: Pick<EventStore, 'ping'>;
  readonly tenants: Pick<TenantStore, 'tenant'>;
  readonly ackLog: {
    /** A request is acknowledged when it is in the log, whether or not a database answers. */
    readonly isDurable: boolean;
    state(): LogState;
  };
}

export async function readiness(deps: ReadinessDeps, closing: boolean): Promise<Readiness> {
  const [clickhouse, postgres] = await Promise.all([
    answers(deps.events.ping()),
    answers(deps.tenants.tenant(TenantId.parse(1))),
  ]);
  const log = deps.ackLog.state();
  const checks = { clickhouse, postgres, log, process: closing ? 'closing' : 'ok' } as const;
  const canStore = clickhouse === 'ok' && postgres === 'ok';
  return { ready: log === 'ok' && !closing && (canStore || deps.ackLog.isDurable), checks };
}

async function answers(probe: Promise<unknown>): Promise<'ok' | 'unreachable'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'unreachable'>((resolve) => {
    timer = setTimeout(() => resolve('unreachable'), PROBE_MS);
  });
  try {
    return await Promise.race([probe.then(() => 'ok' as const), late]);
  } catch {
    return 'unreachable';
  } finally {
    clearTimeout(timer);
  }
}

/** `GET /metrics`: Prometheus text; behind a bearer token when one is configured. */
export async function metricsAnswer(c: Context, metrics: Metrics, token: Secret | null): Promise<Response> {
  if (token !== null && !sameText(c.req.header('authorization') ?? '', `Bearer ${token.reveal()}`)) {
    throw new VestigeError('unauthenticated', 'metrics need the metrics token');
  }
  return c.body(await metrics.registry.metrics(), 200, { 'content-type': metrics.registry.contentType });
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
