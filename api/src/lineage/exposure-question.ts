import { z } from '@hono/zod-openapi';
import { VestigeError } from '@vestige/core/errors';
import { isoOfUs } from '@vestige/core/lineage/time';
import type { StoredExposure } from '@vestige/store/control/exposure-store';
import { NodeId, Purpose, spelledNode } from '../http/fields.ts';
import { PartyId } from '../registry/schemas.ts';
import type { ExposureQuestion } from './exposure.ts';
import type { ExposureTarget } from './exposure-target.ts';
import { Moment } from './schemas.ts';

/** How long an approval opens the list. */
export const APPROVED_HOURS = 24;
const WINDOW_DAYS_MAX = 400;
const DAY_US = 86_400_000_000;
const HOUR_MS = 3_600_000;

const End = NodeId.openapi({ description: 'Node id; `*` at the end covers every id with that prefix' });
const Categories = z
  .array(z.string().regex(/^[a-z0-9_.]{1,128}$/))
  .min(1)
  .max(50);

export const ExposureBody = z
  .strictObject({
    node: End.optional(),
    edge: z.strictObject({ from: End, to: End }).optional(),
    party: PartyId.optional(),
    from: Moment,
    to: Moment.openapi({ description: 'Exclusive' }),
    categories: Categories.optional().openapi({ description: 'Only data of these categories, or below them' }),
    includeDownstream: z.boolean().default(true).openapi({ description: 'Also where the data went on to afterwards' }),
    purpose: Purpose,
  })
  .refine((body) => [body.node, body.edge, body.party].filter((one) => one !== undefined).length === 1, {
    message: 'names one of node, edge and party',
  })
  .openapi('ExposureBody');

export const ExposureFormat = z.object({
  format: z.enum(['json', 'ndjson']).default('json').openapi({
    description:
      'With `ndjson` a whole answer on each line as it becomes known, each a lower bound, and the last as exact as it can be, however long that takes',
  }),
});

export const ExposureProgress = z.strictObject({ followed: z.int(), toFollow: z.int() }).optional().openapi({
  description:
    'Of an answer that grows, on every line but the last: how many people were followed so far, of how many. Whom nobody has followed yet is counted among the gaps',
});

/** What was asked, as it is kept: the body without its purpose, with the end fixed. */
export const Question = z.object({
  node: z.string().optional(),
  edge: z.object({ from: z.string(), to: z.string() }).optional(),
  party: z.string().optional(),
  fromUs: z.number(),
  toUs: z.number(),
  categories: z.array(z.string()).nullable(),
  includeDownstream: z.boolean(),
});
export type Question = z.infer<typeof Question>;

/** @throws VestigeError `forbidden` with `reason: 'four_eyes'` until another key has approved, and after it expired */
export function refuseUnapproved({ approval }: StoredExposure, now: Date): void {
  const facts = { reason: 'four_eyes' };
  if (approval === null) throw new VestigeError('forbidden', 'another key has to approve this list first', facts);
  if (now.getTime() - approval.at.getTime() > APPROVED_HOURS * HOUR_MS) {
    throw new VestigeError('forbidden', 'the approval of this list has expired; ask again', facts);
  }
}

export function questionOf(body: z.infer<typeof ExposureBody>, now: Date): Question {
  const fromUs = Date.parse(body.from) * 1000;
  // Fixed, so that the list is of what was counted and not of what came later.
  const toUs = Math.min(Date.parse(body.to), now.getTime()) * 1000;
  if (!(fromUs < toUs))
    throw new VestigeError('bad_request', 'the window begins before it ends, and not in the future');
  if (toUs - fromUs > WINDOW_DAYS_MAX * DAY_US) {
    throw new VestigeError('bad_request', `a window has at most ${WINDOW_DAYS_MAX} days`);
  }
  const { node, edge, party } = body;
  return {
    ...(node === undefined ? {} : { node: spelledEnd('node', node) }),
    ...(edge === undefined
      ? {}
      : { edge: { from: spelledEnd('edge.from', edge.from), to: spelledEnd('edge.to', edge.to) } }),
    ...(party === undefined ? {} : { party }),
    fromUs,
    toUs,
    categories: body.categories ?? null,
    includeDownstream: body.includeDownstream,
  };
}

const spelledEnd = (field: string, id: string) => (id.endsWith('*') ? id : spelledNode(field, id));

export function withTarget({ node, edge, party, ...question }: Question): ExposureQuestion {
  return { ...question, target: targetOf(node, edge, party) };
}

function targetOf(
  node: string | undefined,
  edge: { from: string; to: string } | undefined,
  party: string | undefined,
): ExposureTarget {
  if (node !== undefined) return { node };
  if (edge !== undefined) return { edge };
  return { party: party ?? '' };
}

export const windowOf = ({ fromUs, toUs }: Question) => ({ from: isoOfUs(fromUs), to: isoOfUs(toUs) });

/** @returns when the list closes again */
export const approvedUntil = (at: Date): Date => new Date(at.getTime() + APPROVED_HOURS * HOUR_MS);
