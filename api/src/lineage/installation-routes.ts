import { createRoute, z } from '@hono/zod-openapi';
import { mayCountFew } from '@vestige/core/access/small-groups';
import { CoverageAnswer as CoreCoverage, coverageOf } from '@vestige/core/lineage/coverage';
import { DataMap as CoreMap } from '@vestige/core/lineage/data-map';
import { roundedMap } from '@vestige/core/lineage/small-groups';
import type { ApiDeps } from '../deps.ts';
import { problems } from '../http/problem.ts';
import { newRouter, secured } from '../http/router.ts';
import { installationMap } from './data-map.ts';
import { Moment, usOf, windowUs } from './schemas.ts';

/** Services, peers and call sites in one answer, each. */
const COVERAGE_ROWS_MAX = 1_000;
/** Without `from`: this long before `to`, or before now. */
const WINDOW_DAYS = 7;
const DAY_MS = 86_400_000;

const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });
const tags = ['lineage'];
const DataMap = z.strictObject(CoreMap.shape).openapi('DataMap');
const Coverage = z.strictObject(CoreCoverage.shape).openapi('Coverage');

const Between = z.object({
  from: Moment.optional().openapi({
    description: `Inclusive. ${WINDOW_DAYS} days before the end, or before now, when it is not said.`,
  }),
  to: Moment.optional().openapi({ description: 'Exclusive' }),
});

const mapRoute = createRoute({
  method: 'get',
  path: '/v1/map',
  tags,
  summary: 'The data map: who gives what to whom, of how many people',
  description:
    'All flows of the installation in a window, aggregated. People are counted, never named. Described jobs (OpenLineage JobEvents) are drawn as design. Keys without `identify` and `requests:read` get counts in fives.',
  ...secured('lineage:read'),
  request: {
    query: Between.extend({
      view: z.enum(['officer', 'full']).default('full').openapi({
        description: '`officer`: at most about 50 nodes, collapsed by party and system',
      }),
    }),
  },
  responses: { 200: { description: 'The map', content: json(DataMap) }, ...problems },
});

const coverageRoute = createRoute({
  method: 'get',
  path: '/v1/coverage',
  tags,
  summary: 'Where subjects are missing, by service, peer and call site',
  description:
    'Of all touches of stores, memories, queues, models and recipients: how many lie in traces that say whose data it was. The worst first.',
  ...secured('lineage:read'),
  request: { query: Between },
  responses: { 200: { description: 'The coverage', content: json(Coverage) }, ...problems },
});

/** Questions about the installation. They tell of no single person, so they need no purpose. */
export function installationRoutes(deps: ApiDeps) {
  const windowOf = ({ from, to }: z.infer<typeof Between>) => {
    const start =
      from ?? new Date((usOf(to) ?? deps.now().getTime() * 1000) / 1000 - WINDOW_DAYS * DAY_MS).toISOString();
    const { fromUs, toUs } = windowUs({ from: start, to });
    return { fromUs, toUs };
  };
  return newRouter()
    .openapi(mapRoute, async (c) => {
      const { view, ...between } = c.req.valid('query');
      const map = await installationMap(deps, c.var.caller.tenant, { ...windowOf(between), view });
      return c.json(mayCountFew(c.var.caller.scopes) ? map : roundedMap(map), 200);
    })

    .openapi(coverageRoute, async (c) => {
      const window = windowOf(c.req.valid('query'));
      const { rows, cut } = await deps.events.coverage(c.var.caller.tenant.id, window, COVERAGE_ROWS_MAX);
      const iso = (us: number | null) => (us === null ? null : new Date(us / 1000).toISOString());
      return c.json(coverageOf(rows, { from: iso(window.fromUs), to: iso(window.toUs) }, cut), 200);
    });
}
