import { createRoute, z } from '@hono/zod-openapi';
import { CANARY_SERVICE } from '@vestige/core/lineage/completeness';
import type { ApiDeps } from '../deps.ts';
import { Instant } from '../http/fields.ts';
import { problems } from '../http/problem.ts';
import { newRouter, secured } from '../http/router.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const HOURS_SHOWN = 24;

const IngestHealth = z
  .object({
    window: z.object({ from: Instant, to: Instant }),
    newestSpan: Instant.nullable().openapi({ description: 'When the newest span began; null when none came in' }),
    bucket: z.enum(['hour', 'day']),
    volume: z.array(
      z.object({
        at: Instant.openapi({ description: 'Where the hour or the day (UTC) begins' }),
        spans: z.int().openapi({ description: 'Received, repeated deliveries included' }),
      }),
    ),
    services: z.array(
      z.object({
        service: z.string(),
        newestSpan: Instant,
        missingSeq: z.int().openapi({ description: 'Spans that were numbered and never arrived' }),
      }),
    ),
    rejected: z.array(z.object({ reason: z.string(), spans: z.int() })),
    unattributedTouches: z.int().openapi({
      description: 'Touches of stores and recipients in traces that say nothing of whose data it was',
    }),
    uncountedDays: z.int().openapi({
      description: 'Days of which these touches are still being counted: what is missing there is not known yet',
    }),
  })
  .openapi('IngestHealth');

const healthRoute = createRoute({
  method: 'get',
  path: '/v1/ingest/health',
  tags: ['governance'],
  summary: 'Whether spans come in: how many, from which service, how many were lost or not understood',
  description: 'By whole hours of the last day, or by whole days (UTC). Hours and days without spans are in it too.',
  ...secured('governance:read'),
  request: {
    query: z.object({
      bucket: z.enum(['hour', 'day']).default('day'),
      days: z.coerce.number().int().min(1).max(90).default(14).openapi({
        description: 'Of services, rejected spans and touches, and of the volume by day; today is the last of them',
      }),
    }),
  },
  responses: {
    200: { description: 'As it is now', content: { 'application/json': { schema: IngestHealth } } },
    ...problems,
  },
});

/** The first question after setting up, and of every morning: is anything coming in, and is it all of it? */
export function ingestHealthRoutes(deps: Pick<ApiDeps, 'events' | 'now'>) {
  return newRouter().openapi(healthRoute, async (c) => {
    const { bucket, days } = c.req.valid('query');
    const tenant = c.var.caller.tenant.id;
    const nowMs = deps.now().getTime();
    const tomorrowMs = (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS;
    const window = { fromMs: tomorrowMs - days * DAY_MS, toMs: tomorrowMs };
    const nextHourMs = (Math.floor(nowMs / HOUR_MS) + 1) * HOUR_MS;
    const [stepMs, shown] =
      bucket === 'day' ? [DAY_MS, window] : [HOUR_MS, { fromMs: nextHourMs - HOURS_SHOWN * HOUR_MS, toMs: nextHourMs }];
    const [points, heard, rejected, gaps] = await Promise.all([
      deps.events.volume(tenant, asMicroseconds(shown), bucket),
      deps.events.watermarks(tenant, asMicroseconds(window)),
      deps.events.rejections(tenant, asMicroseconds(window)),
      deps.events.gaps(tenant, asMicroseconds(window)),
    ]);
    const services = heard.filter(({ service }) => service !== CANARY_SERVICE);
    const newestMs = Math.max(...services.map(({ newestSpanMs }) => newestSpanMs));
    return c.json(
      {
        window: { from: iso(window.fromMs), to: iso(window.toMs) },
        newestSpan: services.length === 0 ? null : iso(newestMs),
        bucket,
        volume: withoutHoles(points, shown, stepMs),
        services: services.map(({ service, newestSpanMs, missingSeq }) => ({
          service,
          newestSpan: iso(newestSpanMs),
          missingSeq,
        })),
        rejected: rejected.map((each) => ({ ...each })),
        unattributedTouches: gaps.unattributedTouches,
        uncountedDays: gaps.uncountedDays ?? 0,
      },
      200,
    );
  });
}

interface Between {
  readonly fromMs: number;
  readonly toMs: number;
}

const iso = (ms: number): string => new Date(ms).toISOString();
const asMicroseconds = ({ fromMs, toMs }: Between) => ({ fromUs: fromMs * 1000, toUs: toMs * 1000 });

/** A curve over time shows silence as silence. */
function withoutHoles(
  points: readonly { readonly startMs: number; readonly spans: number }[],
  { fromMs, toMs }: Between,
  stepMs: number,
): { at: string; spans: number }[] {
  const spansAt = new Map(points.map(({ startMs, spans }) => [startMs, spans]));
  return Array.from({ length: (toMs - fromMs) / stepMs }, (_, i) => {
    const startMs = fromMs + i * stepMs;
    return { at: iso(startMs), spans: spansAt.get(startMs) ?? 0 };
  });
}
