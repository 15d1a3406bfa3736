import { randomUUID } from 'node:crypto';
import { createRoute, z } from '@hono/zod-openapi';
import { mayCountFew, roundedCount } from '@vestige/core/access/small-groups';
import { VestigeError } from '@vestige/core/errors';
import { Confidence } from '@vestige/core/lineage/answer';
import { ExposureAnswer } from '@vestige/core/lineage/exposure-answer';
import { roundedExposure } from '@vestige/core/lineage/small-groups';
import { isoOfUs } from '@vestige/core/lineage/time';
import type { StoredExposure } from '@vestige/store/control/exposure-store';
import type { ApiDeps } from '../deps.ts';
import { actorOf, auditRead } from '../http/audited.ts';
import { Instant, NodeId, Purpose, PurposeHeader, spelledNode } from '../http/fields.ts';
import { decodeCursor, encodeCursor, PageQuery, pageOf } from '../http/page.ts';
import { problems } from '../http/problem.ts';
import { newRouter, purposeOf, secured } from '../http/router.ts';
import { streamLines } from '../http/stream-lines.ts';
import { PartyId } from '../registry/schemas.ts';
import { refuseRestricted } from '../subjects/refuse-restricted.ts';
import { tenantDirectory } from './directory.ts';
import { type ExposureQuestion, exposure, growingExposure, WHILE_LISTENING } from './exposure.ts';
import type { Growing } from './exposure-findings.ts';
import type { ExposureTarget } from './exposure-target.ts';
import { Moment } from './schemas.ts';

/** How long an approval opens the list. */
const APPROVED_HOURS = 24;
const WINDOW_DAYS_MAX = 400;
const DAY_US = 86_400_000_000;

const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });
const tags = ['lineage'];

const End = NodeId.openapi({ description: 'Node id; `*` at the end covers every id with that prefix' });
const Categories = z
  .array(z.string().regex(/^[a-z0-9_.]{1,128}$/))
  .min(1)
  .max(50);

const ExposureBody = z
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

const Exposure = z
  .strictObject({
    id: z.uuid().openapi({ description: 'Under which another key approves the list of people' }),
    window: z.strictObject({ from: Instant, to: Instant }),
    ...ExposureAnswer.shape,
    growing: z.strictObject({ followed: z.int(), toFollow: z.int() }).optional().openapi({
      description:
        'Of an answer that grows, on every line but the last: how many people were followed so far, of how many. Whom nobody has followed yet is counted among the gaps',
    }),
  })
  .openapi('Exposure');

const FormatQuery = z.object({
  format: z.enum(['json', 'ndjson']).default('json').openapi({
    description:
      'With `ndjson` a whole answer on each line as it becomes known, each a lower bound, and the last as exact as it can be, however long that takes',
  }),
});

const ExposedPerson = z
  .strictObject({
    subjectId: z.uuid(),
    confidence: Confidence,
    firstAt: Instant,
    lastAt: Instant,
    categories: z.array(z.string()),
    flows: z.int().openapi({ description: 'Flows of this person at what was asked about; the lineage shows them' }),
  })
  .openapi('ExposedPerson');

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
  request: { query: FormatQuery, headers: PurposeHeader, body: { required: true, content: json(ExposureBody) } },
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

const peopleRoute = createRoute({
  method: 'get',
  path: '/v1/exposure/{id}/subjects',
  tags,
  summary: 'The people who were affected',
  description: 'Worked out anew. A look at each of them: it is in their views.',
  ...secured('lineage:read'),
  request: { params, query: PageQuery, headers: PurposeHeader },
  responses: { 200: { description: 'By subject id', content: json(pageOf(ExposedPerson)) }, ...problems },
});

/** What was asked, as it is kept: the body without its purpose, with the end fixed. */
const Question = z.object({
  node: z.string().optional(),
  edge: z.object({ from: z.string(), to: z.string() }).optional(),
  party: z.string().optional(),
  fromUs: z.number(),
  toUs: z.number(),
  categories: z.array(z.string()).nullable(),
  includeDownstream: z.boolean(),
});

export function exposureRoutes(deps: ApiDeps) {
  return newRouter()
    .openapi(exposureRoute, async (c) => {
      const purpose = purposeOf(c);
      const question = questionOf(c.req.valid('json'), deps.now());
      const { tenant } = c.var.caller;
      const id = randomUUID();
      const actor = actorOf(c);
      // Who asks, about what and why, is written down before anything is read.
      await deps.exposures.ask(
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
        const names = await tenantDirectory(deps, tenant);
        const { signal } = c.req.raw;
        return streamLines(
          c,
          growingExposure(deps, tenant, names, withTarget(question), { pace: WHILE_LISTENING, signal }),
          shown,
        );
      }
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
    })

    .openapi(peopleRoute, async (c) => {
      const { id } = c.req.valid('param');
      const { limit, cursor } = c.req.valid('query');
      purposeOf(c);
      const after = decodeCursor(cursor, z.uuid());
      const { tenant } = c.var.caller;
      const asked = await deps.exposures.exposure(tenant.id, id);
      if (asked === null) throw new VestigeError('not_found', 'no such exposure');
      refuseUnapproved(asked, deps.now());
      // The list does not say where it went on.
      const question = { ...withTarget(Question.parse(asked.question)), includeDownstream: false };
      const { people } = await exposure(deps, tenant, question);
      const rest = people.filter(({ subjectId }) => after === null || subjectId > after);
      const page = rest.slice(0, limit);
      await refuseRestricted(
        c,
        deps,
        page.map(({ subjectId }) => subjectId),
      );
      for (const { subjectId } of page) {
        await auditRead(c, deps.audit, { type: 'subject.exposure_read', subjectId, payload: { exposure: id } });
      }
      const last = rest.length > limit ? page.at(-1) : undefined;
      return c.json({ items: page.map(personView), nextCursor: last ? encodeCursor(last.subjectId) : null }, 200);
    });
}

const roundedGrowing = ({ followed, toFollow }: Growing): Growing => ({
  followed: roundedCount(followed),
  toFollow: roundedCount(toFollow),
});

/** @throws VestigeError `forbidden` with `reason: 'four_eyes'` until another key has approved, and after it expired */
function refuseUnapproved({ approval }: StoredExposure, now: Date): void {
  const facts = { reason: 'four_eyes' };
  if (approval === null) throw new VestigeError('forbidden', 'another key has to approve this list first', facts);
  if (now.getTime() - approval.at.getTime() > APPROVED_HOURS * HOUR_MS) {
    throw new VestigeError('forbidden', 'the approval of this list has expired; ask again', facts);
  }
}

type Question = z.infer<typeof Question>;

function questionOf(body: z.infer<typeof ExposureBody>, now: Date): Question {
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

function withTarget({ node, edge, party, ...question }: Question): ExposureQuestion {
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

const windowOf = ({ fromUs, toUs }: Question) => ({ from: isoOfUs(fromUs), to: isoOfUs(toUs) });

const HOUR_MS = 3_600_000;

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
      until: new Date(approval.at.getTime() + APPROVED_HOURS * HOUR_MS).toISOString(),
    },
  };
}

function personView({
  subjectId,
  exposure: { at, confidence },
}: Awaited<ReturnType<typeof exposure>>['people'][number]) {
  return {
    subjectId,
    confidence,
    firstAt: isoOfUs(at[0]?.atUs ?? 0),
    lastAt: isoOfUs(at.at(-1)?.atUs ?? 0),
    categories: [...new Set(at.flatMap(({ categories }) => categories))].sort(),
    flows: at.length,
  };
}
