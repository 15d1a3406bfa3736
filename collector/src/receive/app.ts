import type { HttpBindings } from '@hono/node-server';
import { isVestigeError, VestigeError } from '@vestige/core/errors';
import type { Secret } from '@vestige/core/secret';
import { Hono } from 'hono';
import type { Logger } from 'pino';
import type { LineageIngest } from '../ingest/lineage-ingest.ts';
import type { TraceIngest } from '../ingest/trace-ingest.ts';
import { whereOf } from '../log-error.ts';
import { failureAnswer } from './answer.ts';
import { metricsAnswer, type ReadinessDeps, readiness } from './health.ts';
import { bodyTypeOf } from './media-type.ts';
import { receiveLineageBatch, receiveLineageEvent } from './open-lineage.ts';
import type { Context, ReceiveDeps } from './receive-body.ts';
import { receiveTraces } from './traces.ts';

export interface ReceiverDeps extends ReceiveDeps, ReadinessDeps {
  readonly ingest: TraceIngest;
  readonly lineage: LineageIngest;
  readonly pathPrefix: string;
  readonly metricsToken: Secret | null;
  readonly log: Logger;
  readonly isClosing: () => boolean;
}

/** The collector's HTTP surface. Every failure leaves through one door, in the type of its request. */
export function createReceiver(deps: ReceiverDeps): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  const data: Record<string, (c: Context) => Promise<Response>> = {
    '/v1/traces': (c) => receiveTraces(c, deps),
    '/api/v1/lineage': (c) => receiveLineageEvent(c, deps),
    '/api/v1/lineage/batch': (c) => receiveLineageBatch(c, deps),
  };
  for (const [path, receive] of Object.entries(data)) {
    app.all(deps.pathPrefix + path, async (c) => {
      const response = await answered(c, deps, path, receive);
      deps.metrics.requests.inc({ route: path, status: response.status });
      return response;
    });
  }
  app.get('/livez', (c) => c.json({ live: true }));
  app.get('/readyz', async (c) => {
    const state = await readiness(deps, deps.isClosing());
    return c.json(state, state.ready ? 200 : 503);
  });
  app.get('/metrics', (c) =>
    answered(c, deps, '/metrics', () => metricsAnswer(c, deps.metrics, deps.metricsToken), 'GET'),
  );
  app.notFound((c) => refuse(c, new VestigeError('not_found', 'there is nothing at this path')));
  return app;
}

async function answered(
  c: Context,
  deps: ReceiverDeps,
  route: string,
  receive: (c: Context) => Promise<Response>,
  method: 'GET' | 'POST' = 'POST',
): Promise<Response> {
  try {
    if (c.req.method !== method) throw new VestigeError('method_not_allowed', `${route} takes ${method} only`);
    return await receive(c);
  } catch (error) {
    const code = isVestigeError(error) ? error.code : 'internal';
    if (code === 'internal') deps.log.error({ route, ...whereOf(error) }, 'a request failed for a fault of ours');
    else deps.log.info({ route, code }, 'a request was refused');
    return refuse(c, error);
  }
}

function refuse(c: Context, error: unknown): Response {
  return failureAnswer(c, bodyTypeOf(c.req.header('content-type')) ?? 'json', error);
}
