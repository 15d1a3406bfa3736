import { createRoute, z } from '@hono/zod-openapi';
import { RETENTION_PROBLEMS } from '@vestige/core/retention/judge-retention';
import { RETENTION_CLASSES } from '@vestige/core/retention/retention-class';
import type { ApiDeps } from '../deps.ts';
import { Instant } from '../http/fields.ts';
import { problems } from '../http/problem.ts';
import { newRouter, secured } from '../http/router.ts';

const KeptPlace = z
  .object({
    place: z.string().openapi({ example: 'clickhouse.touches' }),
    class: z.enum(RETENTION_CLASSES),
    minDays: z.int().openapi({ description: 'Data of this kind may not leave sooner' }),
    limitDays: z
      .int()
      .nullable()
      .openapi({ description: 'It leaves after this; null where an event ends it, or nothing' }),
    oldest: Instant.nullable().openapi({ description: 'Of ClickHouse, of all tenants; null: there is nothing' }),
    overdue: z.int().openapi({ description: 'Parts or rows that should have left' }),
    problems: z.array(z.enum(RETENTION_PROBLEMS)),
  })
  .openapi('KeptPlace');

const retentionRoute = createRoute({
  method: 'get',
  path: '/v1/retention',
  tags: ['governance'],
  summary: 'How long what we keep stays, and the newest daily proof of it',
  description:
    'Made once a day, whatever it says: each place in both databases with its oldest row, its period and what is overdue. The audit log holds every one of them (`retention.proved`).',
  ...secured('governance:read'),
  responses: {
    200: {
      description: 'The newest; no day before the first',
      content: {
        'application/json': {
          schema: z
            .object({ day: z.iso.date().nullable(), provedAt: Instant.nullable(), places: z.array(KeptPlace) })
            .openapi('RetentionProof'),
        },
      },
    },
    ...problems,
  },
});

export function retentionRoutes(deps: ApiDeps) {
  return newRouter().openapi(retentionRoute, async (c) => {
    const rows = await deps.retention.newestProof(c.var.caller.tenant.id);
    const places = rows.map(({ place, class: kind, minDays, limitDays, oldest, overdue, problems: found }) => ({
      place,
      class: kind,
      minDays,
      limitDays,
      oldest: oldest?.toISOString() ?? null,
      overdue,
      problems: [...found],
    }));
    const [first] = rows;
    return c.json({ day: first?.day ?? null, provedAt: first?.provedAt.toISOString() ?? null, places }, 200);
  });
}
