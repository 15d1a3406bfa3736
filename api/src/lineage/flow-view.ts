import { hash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import { reasonOf } from '@vestige/core/lineage/explain';
import { type Flow, flowKey } from '@vestige/core/lineage/flow';
import { isoOfUs } from '@vestige/core/lineage/time';
import type { FlowView } from './schemas.ts';

export function viewOf(flow: Flow): FlowView {
  const { from, to, action, confidence, actor, traceId, spanId, rule, because, categories, purposes, skewUs } = flow;
  return {
    at: isoOfUs(flow.atUs),
    from,
    to,
    action,
    confidence,
    ...(actor ? { role: 'actor' as const } : {}),
    traceId,
    spanId,
    rule,
    because: {
      rule: because.rule,
      traceId: because.traceId,
      spanId: because.spanId,
      at: isoOfUs(because.atUs),
      reason: reasonOf(flow),
    },
    categories: [...categories],
    purposes: [...purposes],
    ...(skewUs > 0 ? { skewMs: skewUs / 1000 } : {}),
  };
}

/** Where a page of the timeline ended: an instant, and which of the flows at that instant was the last. */
export const TimelinePosition = z.tuple([z.number(), z.string().max(64)]);
export type TimelinePosition = z.infer<typeof TimelinePosition>;

export function positionOf(flow: Flow): TimelinePosition {
  return [flow.atUs, hash('sha256', flowKey(flow), 'base64url').slice(0, 22)];
}

/**
 * The flows behind a position, in time order. Flows that arrive between two pages appear where their time puts them. If
 * the last flow shown is gone, all of its instant are shown again: a repeat is better than a loss.
 */
export function flowsAfter(flows: readonly Flow[], position: TimelinePosition | null): readonly Flow[] {
  if (position === null) return flows;
  const [atUs, key] = position;
  const start = flows.findIndex((flow) => flow.atUs >= atUs);
  if (start < 0) return [];
  for (let i = start; i < flows.length; i++) {
    const flow = flows[i];
    if (!flow || flow.atUs > atUs) break;
    if (positionOf(flow)[1] === key) return flows.slice(i + 1);
  }
  return flows.slice(start);
}
