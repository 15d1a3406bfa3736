import { VestigeError } from '@vestige/core/errors';
import type { LineageIngest } from '../ingest/lineage-ingest.ts';
import { parseJson } from '../otlp/read-json.ts';
import { type Context, type ReceiveDeps, withBody } from './receive-body.ts';

/** Events of one batch; above it clients split, as OpenLineage transports do by their own settings. */
const BATCH_EVENTS_MAX = 10_000;

type LineageDeps = ReceiveDeps & { readonly lineage: LineageIngest };

/** `POST /api/v1/lineage`: one OpenLineage event. 201 with an empty body, as Marquez answers; clients take any 2xx. */
export function receiveLineageEvent(c: Context, deps: LineageDeps): Promise<Response> {
  return withBody(c, deps, ['json'], async ({ caller, bytes }) => {
    const { failed } = await deps.lineage.take(caller.tenant, [parseJson(bytes)]);
    const failure = failed[0];
    if (failure !== undefined) throw new VestigeError('bad_request', failure.reason);
    return c.body(null, 201);
  });
}

/**
 * `POST /api/v1/lineage/batch`: a list of events. 204 when all were taken, else 200 that names each one that was not
 * and says whether sending it again may help (OpenLineage specification, `POST /lineage/batch`).
 */
export function receiveLineageBatch(c: Context, deps: LineageDeps): Promise<Response> {
  return withBody(c, deps, ['json'], async ({ caller, bytes }) => {
    const events = parseJson(bytes);
    if (!Array.isArray(events)) throw new VestigeError('bad_request', 'malformed body: a list of events was expected');
    if (events.length > BATCH_EVENTS_MAX) {
      throw new VestigeError('too_large', `request too large: more than ${BATCH_EVENTS_MAX} events`);
    }
    const { failed } = await deps.lineage.take(caller.tenant, events);
    if (failed.length === 0) return c.body(null, 204);
    return c.json({
      status: 'partial_success',
      summary: {
        received: events.length,
        successful: events.length - failed.length,
        failed: failed.length,
        retriable: 0,
        non_retriable: failed.length,
      },
      failed_events: failed.map(({ index, reason }) => ({ index, reason, retriable: false })),
    });
  });
}
