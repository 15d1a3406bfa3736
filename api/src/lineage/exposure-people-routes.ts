import { createRoute, z } from '@hono/zod-openapi';
import { VestigeError } from '@vestige/core/errors';
import { Confidence } from '@vestige/core/lineage/answer';
import { ExposureAnswer } from '@vestige/core/lineage/exposure-answer';
import { isoOfUs } from '@vestige/core/lineage/time';
import type { Context } from 'hono';
import type { ApiDeps } from '../deps.ts';
import { auditRead } from '../http/audited.ts';
import type { ApiEnv } from '../http/env.ts';
import { Instant, PurposeHeader } from '../http/fields.ts';
import type { GrowingSlots } from '../http/growing-slots.ts';
import { decodeCursor, encodeCursor, PageQuery, pageOf } from '../http/page.ts';
import { problems } from '../http/problem.ts';
import { newRouter, purposeOf, secured } from '../http/router.ts';
import { streamLines } from '../http/stream-lines.ts';
import { refuseRestricted } from '../subjects/refuse-restricted.ts';
import { tenantDirectory } from './directory.ts';
import { exposure, growingExposure, WHILE_LISTENING } from './exposure.ts';
import type { ExposedPerson as FoundPerson } from './exposure-findings.ts';
import { ExposureFormat, ExposureProgress, Question, refuseUnapproved, withTarget } from './exposure-question.ts';
import { HeldReadings } from './held-readings.ts';

/** Whoever reads thousands of people one page after the other has all pages from one reading. */
const LISTS_HELD = { keptMs: 300_000, weightOf: ({ rows }: List) => rows.length, weightMax: 200_000 };

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
type ExposedPerson = z.infer<typeof ExposedPerson>;

const { people, exact, atMost } = ExposureAnswer.shape.affected.shape;
const Affected = z.strictObject({ people, exact, atMost }).openapi({
  description:
    'What this reading found: so many people are on all its pages together, but for those who were erased since. `exact`: these and nobody else, as far as the spans that were received tell; otherwise at least these, and at most `atMost` where that is known',
});

const ExposedPeople = z
  .strictObject({
    ...pageOf(ExposedPerson).shape,
    affected: Affected,
    statement: z.string().openapi({ description: 'The same in words: why it is a lower bound, where it is one' }),
    growing: ExposureProgress,
  })
  .openapi('ExposedPeople');
type ExposedPeople = z.infer<typeof ExposedPeople>;

const peopleRoute = createRoute({
  method: 'get',
  path: '/v1/exposure/{id}/subjects',
  tags: ['lineage'],
  summary: 'The people who were affected',
  description:
    'Worked out anew, so that it may differ from what was counted before: by what was received, linked or erased since, and by the time that was taken. A list in one call takes half a minute at most and says `exact: false` where a count that grew for longer found more; with `format=ndjson` it grows for as long, and the people are on its last line. Further pages are of the same reading for a few minutes, and after that of a new one, with its own `affected`. A look at each person of a page: it is in their views.',
  ...secured('lineage:read'),
  request: {
    params: z.object({ id: z.uuid() }),
    query: PageQuery.extend(ExposureFormat.shape),
    headers: PurposeHeader,
  },
  responses: {
    200: {
      description: 'By subject id',
      content: { 'application/json': { schema: ExposedPeople }, 'application/x-ndjson': { schema: z.string() } },
    },
    ...problems,
  },
});

/** Everybody whom one reading found. */
interface List {
  /** By subject id. */
  readonly rows: readonly ExposedPerson[];
  readonly bound: Pick<ExposedPeople, 'affected' | 'statement'>;
}

interface Place {
  /** The last subject id of the page before. */
  readonly after: string | null;
  readonly limit: number;
}

/** The list behind a count: who was affected, once another key has approved that it is seen. */
export function exposurePeopleRoutes(deps: ApiDeps, slots: GrowingSlots) {
  const lists = new HeldReadings<List>(() => deps.now().getTime(), LISTS_HELD);
  return newRouter().openapi(peopleRoute, async (c) => {
    const { id } = c.req.valid('param');
    const { limit, cursor, format } = c.req.valid('query');
    purposeOf(c);
    const place = { after: decodeCursor(cursor, z.uuid()), limit };
    const { tenant } = c.var.caller;
    const asked = await deps.exposures.exposure(tenant.id, id);
    if (asked === null) throw new VestigeError('not_found', 'no such exposure');
    refuseUnapproved(asked, deps.now());
    const key = `${tenant.id} ${id} ${await deps.aliases.suppressionVersion(tenant.id)}`;
    const page = (list: List) => pageOfList(c, deps, id, list, place);
    // The first page is always of now.
    const held = place.after === null ? null : lists.get(key);
    // The list does not say where it went on.
    const question = { ...withTarget(Question.parse(asked.question)), includeDownstream: false };
    const found = ({ answer, people }: Awaited<ReturnType<typeof exposure>>) => {
      const list = { rows: people.map(personView), bound: boundOf(answer) };
      lists.set(key, list);
      return page(list);
    };
    if (format === 'json') {
      return c.json(held === null ? await found(await exposure(deps, tenant, question)) : await page(held), 200);
    }
    const { signal } = c.req.raw;
    const lines = (async function* (): AsyncGenerator<ExposedPeople, ExposedPeople> {
      if (held !== null) return page(held);
      const names = await tenantDirectory(deps, tenant);
      const answers = growingExposure(deps, tenant, names, question, { pace: WHILE_LISTENING, signal });
      try {
        for (;;) {
          const { done, value } = await answers.next();
          if (done) return await found(value);
          yield { items: [], nextCursor: null, ...boundOf(value.answer), growing: value.growing };
        }
      } finally {
        await answers.return(undefined as never);
      }
    })();
    return streamLines(c, slots, lines, (line) => line);
  });
}

/** A page, and with it a look at each person on it. */
async function pageOfList(
  c: Context<ApiEnv>,
  deps: ApiDeps,
  exposureId: string,
  { rows, bound }: List,
  { after, limit }: Place,
): Promise<ExposedPeople> {
  const rest = rows.filter(({ subjectId }) => after === null || subjectId > after);
  const page = rest.slice(0, limit);
  const known = await deps.aliases.people(
    c.var.caller.tenant.id,
    page.map(({ subjectId }) => subjectId),
  );
  const left = new Set(known.flatMap(({ members }) => members));
  const items = page.filter(({ subjectId }) => left.has(subjectId));
  await refuseRestricted(
    c,
    deps,
    items.map(({ subjectId }) => subjectId),
  );
  for (const { subjectId } of items) {
    await auditRead(c, deps.audit, { type: 'subject.exposure_read', subjectId, payload: { exposure: exposureId } });
  }
  const last = rest.length > limit ? page.at(-1) : undefined;
  return { items, nextCursor: last ? encodeCursor(last.subjectId) : null, ...bound };
}

function boundOf({ affected: { people, exact, atMost }, statement }: ExposureAnswer): List['bound'] {
  return { affected: { people, exact, atMost }, statement };
}

function personView({ subjectId, exposure: { at, confidence } }: FoundPerson): ExposedPerson {
  return {
    subjectId,
    confidence,
    firstAt: isoOfUs(at[0]?.atUs ?? 0),
    lastAt: isoOfUs(at.at(-1)?.atUs ?? 0),
    categories: [...new Set(at.flatMap(({ categories }) => categories))].sort(),
    flows: at.length,
  };
}
