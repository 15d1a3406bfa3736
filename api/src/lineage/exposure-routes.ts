import { randomUUID } from 'node:crypto';
import { createRoute, z } from '@hono/zod-openapi';
import { mayCountFew, roundedCount } from '@vestige/core/access/small-groups';
import { VestigeError } from '@vestige/core/errors';
import { ExposureAnswer } from '@vestige/core/lineage/exposure-answer';
import { roundedExposure } from '@vestige/core/lineage/small-groups';
import { isoOfUs } from '@vestige/core/lineage/time';
import type { StoredExposure } from '@vestige/store/control/exposure-store';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/audited.ts';
import { Instant, PurposeHeader } from '../http/fields.ts';
import type { GrowingSlots } from '../http/growing-slots.ts';
import { decodeCursor, encodeCursor, PageQuery, pageOf } from '../http/page.ts';
import { problems } from '../http/problem.ts';
import { newRouter, purposeOf, secured } from '../http/router.ts';
import { streamLines } from '../http/stream-lines.ts';
import { tenantDirectory } from './directory.ts';
import { exposure, growingExposure, WHILE_LISTENING } from './exposure.ts';
import type { Growing } from './exposure-findings.ts';
import {
  APPROVED_HOURS,
  approvedUntil,
  ExposureBody,
  ExposureFormat,
  ExposureProgress,
  Question,
  questionOf,
  windowOf,
  withTarget,
} from './exposure-question.ts';

const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });
const tags = ['lineage'];

const Exposure = z
  .strictObject({
    id: z.uuid().openapi({ description: 'Under which another key approves the list of people' }),
    window: z.strictObject({ from: Instant, to: Instant }),
    ...ExposureAnswer.shape,
    growing: ExposureProgress,
  })
  .openapi('Exposure');

const AskedExposure = z
  .strictObject({
    id: z.uuid(),
    node: z.string().optional(),
    edge: z.strictObject({ from: z.string(), to: z.string() }).optional(),
    party: z.string().optional(),
    window: z.strictObject({ from: Instant, to: Instant }),
    categories: z.array(z.string()).nullable(),
    includeDownstream: z.boolean(),
    askedBy: z.string(),
    askedAt: Instant,
    purpose: z.string(),
    approval: z
      .strictObject({ by: z.string(), at: Instant, until: Instant })
      .nullable()
      .openapi({ description: 'By whom the list of people was opened, and until when it can be read' }),
  })
  .openapi('AskedExposure');

const params = z.object({ id: z.uuid() });

const exposureRoute = createRoute({
  method: 'post',
  path: '/v1/exposure',
  tags,
  summary: 'Who was affected by a node, an edge or a party in a window',
  description:
    'Counts only: how many people, which categories, which recipients, where the data went on. `exact`, or a lower bound that says why. One answer takes half a minute at most and says of how many people it does not know where their data went on; one that grows (`format=ndjson`) takes up to ten. Keys without `identify` and `requests:read` get counts in fives. The list of people needs the approval of another key.',
  ...secured('lineage:read'),
  request: { query: ExposureFormat, headers: PurposeHeader, body: { required: true, content: json(ExposureBody) } },
  responses: {
    200: {
      description: 'The exposure',
      content: { ...json(Exposure), 'application/x-ndjson': { schema: z.string() } },
    },
    ...problems,
  },
});

const askedRoute = createRoute({
  method: 'get',
  path: '/v1/exposure',
  tags,
  summary: 'What was asked, newest first: who wants to see which list of people, and why',
  description: 'What whoever approves has to know before. It tells of no person, so it needs no purpose.',
  ...secured('lineage:read'),
  request: { query: PageQuery },
  responses: { 200: { description: 'Questions, without answers', content: json(pageOf(AskedExposure)) }, ...problems },
});

const questionRoute = createRoute({
  method: 'get',
  path: '/v1/exposure/{id}',
  tags,
  summary: 'One question, and whether its list of people may be seen',
  ...secured('lineage:read'),
  request: { params },
  responses: { 200: { description: 'The question, without its answer', content: json(AskedExposure) }, ...problems },
});

const approveRoute = createRoute({
  method: 'post',
  path: '/v1/exposure/{id}/approve',
  tags,
  summary: 'Let the list of people be seen; by another key than asked',
  description: `The list can be read for ${APPROVED_HOURS} hours after it.`,
  ...secured('requests:approve'),
  request: { params },
  responses: { 204: { description: 'Approved' }, ...problems },
});

export function exposureRoutes(deps: ApiDeps, slots: GrowingSlots) {
  return newRouter()
    .openapi(exposureRoute, async (c) => {
      const purpose = purposeOf(c);
      const question = questionOf(c.req.valid('json'), deps.now());
      const { tenant } = c.var.caller;
      const id = randomUUID();
      const actor = actorOf(c);
      // Who asks, about what and why, is written down before anything is read.
      const ask = () =>
        deps.exposures.ask(
          tenant.id,
          { id, question, askedBy: actor, askedAt: deps.now(), purpose },
          { type: 'exposure.asked', actor, object: { kind: 'exposure', id }, purpose, payload: { ...question } },
        );
      const mayCount = mayCountFew(c.var.caller.scopes);
      const shown = ({ answer, growing }: { answer: ExposureAnswer; growing?: Growing }) => ({
        id,
        window: windowOf(question),
        ...(mayCount ? answer : roundedExposure(answer)),
        ...(growing && { growing: mayCount ? growing : roundedGrowing(growing) }),
      });
      if (c.req.valid('query').format === 'ndjson') {
        const answers = async function* (signal: AbortSignal) {
          await ask();
          const names = await tenantDirectory(deps, tenant);
          return yield* growingExposure(deps, tenant, names, withTarget(question), { pace: WHILE_LISTENING, signal });
        };
        return streamLines(c, slots, answers, shown);
      }
      await ask();
      return c.json(shown(await exposure(deps, tenant, withTarget(question))), 200);
    })

    .openapi(askedRoute, async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const position = decodeCursor(cursor, z.tuple([z.iso.datetime(), z.uuid()]));
      const before = position === null ? null : { at: new Date(position[0]), id: position[1] };
      const asked = await deps.exposures.asked(c.var.caller.tenant.id, { before, limit });
      const last = asked.length === limit ? asked.at(-1) : undefined;
      const nextCursor = last ? encodeCursor([last.askedAt.toISOString(), last.id]) : null;
      return c.json({ items: asked.map(askedView), nextCursor }, 200);
    })

    .openapi(questionRoute, async (c) => {
      const asked = await deps.exposures.exposure(c.var.caller.tenant.id, c.req.valid('param').id);
      if (asked === null) throw new VestigeError('not_found', 'no such exposure');
      return c.json(askedView(asked), 200);
    })

    .openapi(approveRoute, async (c) => {
      const { id } = c.req.valid('param');
      const actor = actorOf(c);
      await deps.exposures.approve(
        c.var.caller.tenant.id,
        id,
        { actor, at: deps.now() },
        { type: 'exposure.approved', actor, object: { kind: 'exposure', id } },
      );
      return c.body(null, 204);
    });
}

const roundedGrowing = ({ followed, toFollow }: Growing): Growing => ({
  followed: roundedCount(followed),
  toFollow: roundedCount(toFollow),
});

function askedView({ id, question, askedBy, askedAt, purpose, approval }: StoredExposure) {
  const { node, edge, party, categories, includeDownstream, ...window } = Question.parse(question);
  return {
    id,
    ...(node === undefined ? {} : { node }),
    ...(edge === undefined ? {} : { edge }),
    ...(party === undefined ? {} : { party }),
    window: { from: isoOfUs(window.fromUs), to: isoOfUs(window.toUs) },
    categories,
    includeDownstream,
    askedBy,
    askedAt: askedAt.toISOString(),
    purpose,
    approval: approval && {
      by: approval.by,
      at: approval.at.toISOString(),
      until: approvedUntil(approval.at).toISOString(),
    },
  };
}
