import { Hono } from 'hono';
import type { ApiDeps } from '../deps.ts';
import { describeError } from './call-context.ts';
import type { ApiEnv } from './env.ts';

/** For a load balancer, without a key. `/livez`: this process answers. `/readyz`: its databases do too. */
export function healthRoutes(deps: Pick<ApiDeps, 'events' | 'tenants'>): Hono<ApiEnv> {
  return new Hono<ApiEnv>()
    .get('/livez', (c) => c.json({ status: 'ok' }))
    .get('/readyz', async (c) => {
      const [clickhouse, postgres] = await Promise.allSettled([deps.events.ping(), deps.tenants.ping()]);
      for (const each of [clickhouse, postgres]) {
        if (each.status === 'rejected') c.var.log.warn(describeError(each.reason), 'not ready');
      }
      const ready = clickhouse.status === 'fulfilled' && postgres.status === 'fulfilled';
      return c.json(
        { status: ready ? 'ok' : 'unavailable', clickhouse: clickhouse.status, postgres: postgres.status },
        ready ? 200 : 503,
      );
    });
}
