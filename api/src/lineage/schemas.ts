import { z } from '@hono/zod-openapi';
import { ACTIONS, ATTRIBUTIONS, SUBJECT_ROLES } from '@vestige/core/convention/attributes';
import { VestigeError } from '@vestige/core/errors';
import { Accumulated } from '@vestige/core/lineage/accumulation';
import { Confidence, LineageAnswer as CoreAnswer } from '@vestige/core/lineage/answer';
import { SPAN_KINDS } from '@vestige/core/model/span';
import { Instant } from '../http/fields.ts';
import { PageQuery, pageOf } from '../http/page.ts';

/** What the lineage routes take and give. */

// Made anew: a schema that is older than the OpenAPI extension has no `openapi` method.
export const LineageAnswer = z.strictObject(CoreAnswer.shape).openapi('Lineage');

export const Accumulation = z
  .strictObject({
    subjectId: z.uuid(),
    window: CoreAnswer.shape.window,
    nodes: z.array(Accumulated),
    completeness: CoreAnswer.shape.completeness,
  })
  .openapi('Accumulation');

/** RFC 3339 with any precision and offset, as people paste it. */
export const Moment = z.iso
  .datetime({ offset: true, error: 'is no instant like 2026-11-01T00:00:00Z' })
  .openapi({ example: '2026-11-01T00:00:00Z' });

/** Microseconds since the epoch; null for what was not said. */
export const usOf = (moment: string | undefined) => (moment === undefined ? null : Date.parse(moment) * 1000);

/**
 * A window as microseconds since the epoch; null is open.
 *
 * @throws VestigeError `bad_request` for one in which nothing can lie: its answer would look like one about nobody
 */
export function windowUs({
  from,
  to,
  asOf,
}: {
  from?: string | undefined;
  to?: string | undefined;
  asOf?: string | undefined;
}) {
  const [fromUs, toUs, asOfUs] = [usOf(from), usOf(to), usOf(asOf)];
  if (fromUs !== null && toUs !== null && fromUs >= toUs) {
    throw new VestigeError('bad_request', 'from has to be before to; to itself is not in the window');
  }
  if (fromUs !== null && asOfUs !== null && fromUs > asOfUs) {
    throw new VestigeError('bad_request', 'asOf is before from: nothing of that window had happened yet');
  }
  return { fromUs, toUs, asOfUs };
}

export const WindowQuery = z.object({
  from: Moment.optional().openapi({ description: 'Inclusive. Narrows what is shown, not what is followed.' }),
  to: Moment.optional().openapi({ description: 'Exclusive' }),
  asOf: Moment.optional().openapi({
    description:
      'Where the data was at this instant, by all that is known today: spans that came in later, links between people and ' +
      'entries of the registry that were made later count.',
  }),
  minConfidence: Confidence.default('possible'),
});

export const LineageQuery = WindowQuery.extend({
  view: z.enum(['officer', 'full']).default('full').openapi({
    description: '`officer`: at most about 50 nodes, collapsed by party and system',
  }),
  format: z
    .enum(['json', 'prov', 'csv', 'ndjson'])
    .default('json')
    .openapi({
      description:
        '`ndjson`: the answer as it grows, a whole one on each line, for people whose answer takes longer than a call may. ' +
        'The last one is the complete one; where something fails on the way, the last line is a problem.',
    }),
  tracesMax: z.coerce
    .number()
    .int()
    .min(1)
    .max(50_000)
    .optional()
    .openapi({
      description:
        'A first answer about somebody with very many traces: follow at most so many, the oldest first. When there are more, ' +
        '`completeness.truncated` is true.',
    }),
});

export const TimelineQuery = WindowQuery.extend(PageQuery.shape);

const NodeText = z.string().min(1).max(512);
export const ExplainQuery = WindowQuery.extend({
  from: NodeText.openapi({ description: 'Node id, as in the full or in the officer’s view' }),
  to: NodeText,
});

const Because = z.object({
  rule: z.int().min(1).max(7).openapi({ description: 'Propagation rule' }),
  traceId: z.string().openapi({ description: 'Where the data came from; the run id for a batch job' }),
  spanId: z.string(),
  at: Instant,
  reason: z.string(),
});

export const FlowView = z
  .object({
    at: Instant,
    from: z.string(),
    to: z.string(),
    action: z.enum(ACTIONS),
    confidence: Confidence,
    role: z.literal('actor').optional(),
    traceId: z.string(),
    spanId: z.string(),
    rule: z.string().openapi({ description: 'Rule of the recogniser, or `call`, `return`, `turn`, `job`' }),
    because: Because,
    categories: z.array(z.string()),
    purposes: z.array(z.string()),
    skewMs: z.number().optional(),
  })
  .openapi('Flow');
export type FlowView = z.infer<typeof FlowView>;

export const SpanSummary = z
  .object({
    traceId: z.string(),
    spanId: z.string(),
    name: z.string(),
    kind: z.enum(SPAN_KINDS),
    service: z.string(),
    start: Instant,
    end: Instant,
    outcome: z.enum(['ok', 'failed', 'no_effect']),
  })
  .openapi('SpanSummary');
export type SpanSummary = z.infer<typeof SpanSummary>;

const Truncated = z.boolean().openapi({
  description:
    'Not all of the person’s traces were followed in the time of one answer: there may be more flows than these',
});

/** A page of a timeline. */
export const FlowPage = z.object({ ...pageOf(FlowView).shape, truncated: Truncated }).openapi('FlowPage');

export const Explanation = z
  .object({
    from: z.string(),
    to: z.string(),
    total: z.int().openapi({ description: 'Flows between the two; `flows` holds the newest of them' }),
    truncated: Truncated,
    flows: z.array(FlowView),
    spans: z
      .array(SpanSummary)
      .openapi({ description: 'The spans that these flows name, as far as they are still kept' }),
  })
  .openapi('Explanation');

export const TraceView = z
  .object({
    traceId: z.string(),
    cut: z.boolean().openapi({ description: 'There are more spans than are shown' }),
    spans: z.array(
      SpanSummary.omit({ traceId: true }).extend({
        parentId: z.string(),
        holders: z.array(z.string()).openapi({ description: 'Node ids of who runs the span' }),
        touches: z.array(z.object({ peer: z.string(), action: z.enum(ACTIONS), rule: z.string() })),
        recordRefs: z.array(z.string()),
        recordCount: z.int().nullable(),
        derivedFrom: z.array(z.string()),
        conversation: z.string(),
        attribution: z.enum(ATTRIBUTIONS),
        role: z.enum(SUBJECT_ROLES),
        subjectIds: z.array(z.string()),
        categories: z.array(z.string()),
        purpose: z.string(),
        requestId: z.string(),
        links: z.array(z.object({ traceId: z.string(), spanId: z.string() })),
        attributes: z.record(z.string(), z.string()),
      }),
    ),
  })
  .openapi('Trace');
export type TraceView = z.infer<typeof TraceView>;
