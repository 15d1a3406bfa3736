import { timingSafeEqual } from 'node:crypto';
import { VestigeError } from '@vestige/core/errors';
import { TenantId } from '@vestige/core/ids';
import type { Secret } from '@vestige/core/secret';
import type { TenantStore } from '@vestige/store/control/tenant-store';
import type { EventStore } from '@vestige/store/events/event-store';
import type { Context } from 'hono';
import type { Metrics } from '../metrics.ts';

const PROBE_MS = 3000;

/** Which databases answer; `ready` when all do and the process is not on its way out. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<'clickhouse' | 'postgres' | 'process', 'ok' | 'unreachable' | 'closing'>>;
}

export async function readiness(
  deps: { readonly events: Pick<EventStore, 'ping'>; readonly tenants: Pick<TenantStore, 'tenant'> },
  closing: boolean,
): Promise<Readiness> {
  const [clickhouse, postgres] = await Promise.all([
    answers(deps.events.ping()),
    answers(deps.tenants.tenant(TenantId.parse(1))),
  ]);
  const checks = { clickhouse, postgres, process: closing ? 'closing' : 'ok' } as const;
  return { ready: clickhouse === 'ok' && postgres === 'ok' && !closing, checks };
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
