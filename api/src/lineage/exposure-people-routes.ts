import { createHash } from 'node:crypto';
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
import { oneLine, streamLines } from '../http/stream-lines.ts';
import { refuseRestricted } from '../subjects/refuse-restricted.ts';
import { tenantDirectory } from './directory.ts';
import { exposure, growingExposure, WHILE_LISTENING } from './exposure.ts';
import type { Exposure, ExposedPerson as FoundPerson } from './exposure-findings.ts';
import { ExposureFormat, ExposureProgress, Question, refuseUnapproved, withTarget } from './exposure-question.ts';
import { HeldReadings } from './held-readings.ts';
import { notingMembers } from './noting-members.ts';

/** Whoever reads thousands of people one page after the other has all pages from one reading, while it is at hand. */
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
    reading: z.string().nullable().openapi({
      description:
        'Of what reading this page is, by what it found: pages with one `reading` are of one list. A page with another one is of a list that has changed since, so that what was read before is no part of it: read the list again. Null while it grows',
    }),
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
    'Worked out anew, so that it may differ from what was counted before: by what was received, linked or erased since, and by the time that was taken. A list in one call takes half a minute at most and says `exact: false` where a count that grew for longer found more; with `format=ndjson` it grows for as long, and the people are on its last line. Further pages are of the same reading for a few minutes, and after that of a new one, whose `reading` differs where it found something else. A look at each person of a page: it is in their views.',
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
  /** Of all below: whoever finds the same has the same list, in whichever process. */
  readonly reading: string;
  /** By subject id. */
  readonly rows: readonly Row[];
  readonly bound: Pick<ExposedPeople, 'affected' | 'statement'>;
}

interface Row {
  readonly person: ExposedPerson;
  /** The subjects that were this person while the list was read, sorted: a row tells of all of them. */
  readonly members: readonly string[];
}

interface Place {
  /** The last subject id of the page before. */
  readonly after: string | null;
  readonly limit: number;
}

/** Which reading the page before was of, and the last subject id on it. */
const Position = z.tuple([z.string(), z.uuid()]);

/** The list behind a count: who was affected, once another key has approved that it is seen. */
export function exposurePeopleRoutes(deps: ApiDeps, slots: GrowingSlots) {
  const lists = new HeldReadings<List>(() => deps.now().getTime(), LISTS_HELD);
  return newRouter().openapi(peopleRoute, async (c) => {
    const { id } = c.req.valid('param');
    const { limit, cursor, format } = c.req.valid('query');
    purposeOf(c);
    const [reading, after] = decodeCursor(cursor, Position) ?? [null, null];
    const { tenant } = c.var.caller;
    const asked = await deps.exposures.exposure(tenant.id, id);
    if (asked === null) throw new VestigeError('not_found', 'no such exposure');
    refuseUnapproved(asked, deps.now());
    const version = await deps.aliases.suppressionVersion(tenant.id);
    const keyOf = (one: string) => `${tenant.id} ${id} ${version} ${one}`;
    const page = (list: List) => pageOfList(c, deps, id, list, { after, limit });
    // The first page is always of now.
    const held = reading === null ? null : lists.get(keyOf(reading));
    if (held !== null) return format === 'json' ? c.json(await page(held), 200) : oneLine(c, await page(held));
    // The list does not say where it went on.
    const question = { ...withTarget(Question.parse(asked.question)), includeDownstream: false };
    const { aliases, membersOf } = notingMembers(deps.aliases);
    const noting = { ...deps, aliases };
    const found = (exposed: Exposure) => {
      const list = listOf(exposed, membersOf);
      lists.set(keyOf(list.reading), list);
      return page(list);
    };
    if (format === 'json') return c.json(await found(await exposure(noting, tenant, question)), 200);
    const lines = async function* (signal: AbortSignal): AsyncGenerator<ExposedPeople, ExposedPeople | undefined> {
      const names = await tenantDirectory(deps, tenant);
      const answers = growingExposure(noting, tenant, names, question, { pace: WHILE_LISTENING, signal });
      try {
        for (;;) {
          const { done, value } = await answers.next();
          // Of what was cut off because nobody listens, nobody is shown.
          if (done) return signal.aborted ? undefined : await found(value);
          yield { items: [], nextCursor: null, reading: null, ...boundOf(value.answer), growing: value.growing };
        }
      } finally {
        await answers.return(undefined as never);
      }
    };
    return streamLines(c, slots, lines, (line) => line);
  });
}

function listOf({ answer, people }: Exposure, membersOf: (subjectId: string) => readonly string[]): List {
  const rows = people.map((found) => ({ person: personView(found), members: membersOf(found.subjectId) }));
  const bound = boundOf(answer);
  const reading = createHash('sha256').update(JSON.stringify({ rows, bound })).digest('base64url');
  return { reading, rows, bound };
}

/**
 * A page, and with it a look at each person whom it tells of. Whoever was linked or unlinked since is told of as they were
 * when the list was read, so that its pages stay of one reading; a row about two who are two again is a look at both.
 */
async function pageOfList(
  c: Context<ApiEnv>,
  deps: ApiDeps,
  exposureId: string,
  { reading, rows, bound }: List,
  { after, limit }: Place,
): Promise<ExposedPeople> {
  const rest = rows.filter(({ person }) => after === null || person.subjectId > after);
  const page = rest.slice(0, limit);
  const known = await deps.aliases.people(
    c.var.caller.tenant.id,
    page.flatMap(({ members }) => members),
  );
  const left = new Set(known.flatMap(({ members }) => members));
  const items = page.filter(({ members }) => members.some((member) => left.has(member))).map(({ person }) => person);
  await refuseRestricted(
    c,
    deps,
    known.map(({ subjectId }) => subjectId),
  );
  for (const { subjectId } of known) {
    await auditRead(c, deps.audit, { type: 'subject.exposure_read', subjectId, payload: { exposure: exposureId } });
  }
  const last = rest.length > limit ? page.at(-1) : undefined;
  const nextCursor = last ? encodeCursor([reading, last.person.subjectId] satisfies z.infer<typeof Position>) : null;
  return { items, nextCursor, reading, ...bound };
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
