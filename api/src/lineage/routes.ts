import { createRoute, z } from '@hono/zod-openapi';
import { VestigeError } from '@vestige/core/errors';
import { TraceId } from '@vestige/core/ids';
import { accumulationOf } from '@vestige/core/lineage/accumulation';
import { edgesCsv } from '@vestige/core/lineage/csv';
import type { Flow } from '@vestige/core/lineage/flow';
import { officerMembers, officerView } from '@vestige/core/lineage/officer-view';
import { provOf } from '@vestige/core/lineage/prov';
import type { Context } from 'hono';
import type { ApiDeps } from '../deps.ts';
import { auditRead } from '../http/audited.ts';
import type { ApiEnv } from '../http/env.ts';
import { PurposeHeader, SubjectParam } from '../http/fields.ts';
import type { GrowingSlots } from '../http/growing-slots.ts';
import { decodeCursor, encodeCursor } from '../http/page.ts';
import { problems } from '../http/problem.ts';
import { newRouter, purposeOf, secured } from '../http/router.ts';
import { streamLines } from '../http/stream-lines.ts';
import { refuseRestricted } from '../subjects/refuse-restricted.ts';
import { knownPerson } from '../subjects/routes.ts';
import { growingAnswers, type LineageOptions, type PersonPath, pathOf } from './answer.ts';
import { tenantDirectory } from './directory.ts';
import { flowsAfter, positionOf, TimelinePosition, viewOf } from './flow-view.ts';
import { firstTraces } from './follow-person.ts';
import { HeldReadings } from './held-readings.ts';
import {
  Accumulation,
  ExplainQuery,
  Explanation,
  FlowPage,
  LineageAnswer,
  LineageQuery,
  type SpanSummary,
  TimelineQuery,
  TraceView,
  WindowQuery,
  windowUs,
} from './schemas.ts';
import { spanSummary, traceView } from './trace-view.ts';

const EXPLAINED_FLOWS_MAX = 50;
const EXPLAINED_TRACES_MAX = 20;
const TRACE_SPANS_MAX = 5_000;
/** Each of them is told of the look: an import may be about 100,000, and who looks at it looks at none of them. */
const TRACE_PEOPLE_MAX = 1_000;
/** How long the pages of one timeline are cut from one reading of it. */
const PATHS_HELD = { keptMs: 60_000, weightOf: ({ flows }: Timeline) => flows.length, weightMax: 500_000 };

const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });
const tags = ['lineage'];

const lineageRoute = createRoute({
  method: 'get',
  path: '/v1/subjects/{subjectId}/lineage',
  tags,
  summary: 'Where a person’s data went, where it rests, and what is not known',
  description: 'Linked subjects answer as one, under the canonical id. CSV holds the edges, with formulas neutralised.',
  ...secured('lineage:read'),
  request: { params: SubjectParam, query: LineageQuery, headers: PurposeHeader },
  responses: {
    200: {
      description: 'The lineage',
      content: {
        ...json(LineageAnswer),
        'application/prov+json': { schema: z.record(z.string(), z.unknown()).openapi('ProvDocument') },
        'text/csv': { schema: z.string() },
        'application/x-ndjson': { schema: z.string() },
      },
    },
    ...problems,
  },
});

const timelineRoute = createRoute({
  method: 'get',
  path: '/v1/subjects/{subjectId}/timeline',
  tags,
  summary: 'A person’s flows in time order',
  ...secured('lineage:read'),
  request: { params: SubjectParam, query: TimelineQuery, headers: PurposeHeader },
  responses: { 200: { description: 'Oldest first', content: json(FlowPage) }, ...problems },
});

const explainRoute = createRoute({
  method: 'get',
  path: '/v1/subjects/{subjectId}/explain',
  tags,
  summary: 'The spans and rules behind one edge',
  ...secured('lineage:read'),
  request: {
    params: SubjectParam,
    query: ExplainQuery.pick({ from: true, to: true, asOf: true, minConfidence: true }),
    headers: PurposeHeader,
  },
  responses: { 200: { description: 'Newest flow first', content: json(Explanation) }, ...problems },
});

const accumulationRoute = createRoute({
  method: 'get',
  path: '/v1/subjects/{subjectId}/accumulation',
  tags,
  summary: 'Which nodes have gathered most of a person, over all sessions',
  description: 'Those with the most categories first. The people that each node has gathered are on the data map.',
  ...secured('lineage:read'),
  request: { params: SubjectParam, query: WindowQuery, headers: PurposeHeader },
  responses: { 200: { description: 'The most first', content: json(Accumulation) }, ...problems },
});

const traceRoute = createRoute({
  method: 'get',
  path: '/v1/traces/{traceId}',
  tags,
  summary: 'Spans, touches and holders of one trace',
  description: 'A look at everybody whose data the trace handled: it is in the views of each of them.',
  ...secured('lineage:read'),
  request: { params: z.object({ traceId: TraceId }), headers: PurposeHeader },
  responses: { 200: { description: 'Oldest span first', content: json(TraceView) }, ...problems },
});

/** One person's path: as a graph, in time order, edge by edge, and the traces under it. */
export function lineageRoutes(deps: ApiDeps, slots: GrowingSlots) {
  const paths = new HeldReadings<Timeline>(() => deps.now().getTime(), PATHS_HELD);
  return newRouter()
    .openapi(lineageRoute, async (c) => {
      const { view, format, tracesMax, ...window } = c.req.valid('query');
      const limits = tracesMax === undefined ? {} : firstTraces(tracesMax);
      if (format === 'ndjson') return streamAnswers(c, deps, slots, { ...windowOf(window), limits }, view);
      const path = await readPath(c, deps, 'lineage', { ...windowOf(window), limits });
      const answer = view === 'officer' ? officerView(path.answer) : path.answer;
      switch (format) {
        case 'csv':
          return c.body(edgesCsv(answer.edges), 200, {
            'content-type': 'text/csv; charset=utf-8',
            'content-disposition': 'attachment; filename="lineage.csv"',
          });
        case 'prov':
          // PROV names every activity, so it is always of the full view.
          return c.body(JSON.stringify(provOf(path.answer, path.flows)), 200, {
            'content-type': 'application/prov+json',
          });
        case 'json':
          return c.json(answer, 200);
      }
    })

    .openapi(timelineRoute, async (c) => {
      const { limit, cursor, ...window } = c.req.valid('query');
      const position = decodeCursor(cursor, TimelinePosition);
      const { tenant } = c.var.caller;
      const person = await lookAt(c, deps, 'timeline');
      const version = await deps.aliases.suppressionVersion(tenant.id);
      const key = JSON.stringify([tenant.id, person.members, window, version]);
      // The first page is always of now; the others are cut from the same reading while it is at hand.
      const held = position === null ? null : paths.get(key);
      const { flows, truncated } = held ?? timelineOf(await pathOf(deps, tenant, person, windowOf(window)));
      if (held === null) paths.set(key, { flows, truncated });
      const rest = flowsAfter(flows, position);
      const page = rest.slice(0, limit);
      const last = rest.length > limit ? page.at(-1) : undefined;
      return c.json(
        { items: page.map(viewOf), nextCursor: last ? encodeCursor(positionOf(last)) : null, truncated },
        200,
      );
    })

    .openapi(explainRoute, async (c) => {
      const { from, to, ...window } = c.req.valid('query');
      const { answer, flows } = await readPath(c, deps, 'explain', windowOf(window));
      const [starts, ends] = [new Set(officerMembers(answer, from)), new Set(officerMembers(answer, to))];
      const between = flows.filter((flow) => starts.has(flow.from) && ends.has(flow.to)).reverse();
      const shown = explainable(between);
      const spans = await spansBehind(deps, c, shown);
      const { truncated } = answer.completeness;
      return c.json({ from, to, total: between.length, truncated, flows: shown.map(viewOf), spans }, 200);
    })

    .openapi(accumulationRoute, async (c) => {
      const path = await readPath(c, deps, 'accumulation', windowOf(c.req.valid('query')));
      const names = await tenantDirectory(deps, c.var.caller.tenant);
      const { subjectId, window, completeness } = path.answer;
      return c.json({ subjectId, window, nodes: accumulationOf(path.flows, names), completeness }, 200);
    })

    .openapi(traceRoute, async (c) => {
      const { traceId } = c.req.valid('param');
      purposeOf(c);
      const { rows, cut } = await deps.events.trace(c.var.caller.tenant.id, traceId, TRACE_SPANS_MAX);
      if (rows.length === 0) throw new VestigeError('not_found', 'no such trace');
      const people = [...new Set(rows.flatMap((span) => span.subjectIds))];
      if (people.length > TRACE_PEOPLE_MAX) {
        throw new VestigeError(
          'too_large',
          `the trace is about more than ${TRACE_PEOPLE_MAX} people; ask for the lineage of one of them`,
          { people: people.length },
        );
      }
      await refuseRestricted(c, deps, people);
      for (const subjectId of people.length > 0 ? people : [null]) {
        await auditRead(c, deps.audit, { type: 'subject.read', subjectId, payload: { what: 'trace', traceId } });
      }
      return c.json(traceView(traceId, rows, cut), 200);
    });
}

interface Timeline {
  readonly flows: readonly Flow[];
  readonly truncated: boolean;
}

const timelineOf = ({ flows, answer }: PersonPath): Timeline => ({ flows, truncated: answer.completeness.truncated });

/** A whole answer on each line. */
async function streamAnswers(
  c: Context<ApiEnv>,
  deps: ApiDeps,
  slots: GrowingSlots,
  options: LineageOptions,
  view: z.infer<typeof LineageQuery>['view'],
) {
  const answers = async function* (signal: AbortSignal) {
    const { subjectId } = await lookAt(c, deps, 'lineage');
    return yield* growingAnswers(deps, c.var.caller.tenant, subjectId, options, signal);
  };
  return streamLines(c, slots, answers, (answer) => (view === 'officer' ? officerView(answer) : answer));
}

/**
 * Who looks, at whom and why, is written down before anything is told. The reading goes on meanwhile: an answer takes as
 * long as the longer of the two, and where the entry fails what was read is thrown away.
 */
async function readPath(c: Context<ApiEnv>, deps: ApiDeps, what: Look, options: LineageOptions): Promise<PersonPath> {
  const person = await personOf(c, deps);
  const written = noteLook(c, deps, what, person);
  const [path] = await Promise.all([pathOf(deps, c.var.caller.tenant, person, options), written]);
  return path;
}

type Look = 'lineage' | 'timeline' | 'explain' | 'accumulation';

interface Person {
  readonly subjectId: string;
  readonly members: readonly string[];
}

/** Looks at a person, and has written it down. */
async function lookAt(c: Context<ApiEnv>, deps: ApiDeps, what: Look): Promise<Person> {
  const person = await personOf(c, deps);
  await noteLook(c, deps, what, person);
  return person;
}

async function personOf(c: Context<ApiEnv>, deps: ApiDeps): Promise<Person> {
  purposeOf(c);
  return knownPerson(deps, c.var.caller.tenant.id, SubjectParam.parse(c.req.param()).subjectId);
}

async function noteLook(c: Context<ApiEnv>, deps: ApiDeps, what: Look, { subjectId }: Person): Promise<void> {
  await auditRead(c, deps.audit, { type: 'subject.read', subjectId, payload: { what } });
}

function windowOf({ minConfidence, ...window }: Partial<z.infer<typeof WindowQuery>>): LineageOptions {
  return { ...windowUs(window), minConfidence: minConfidence ?? 'possible' };
}

/** As many of the first as can be shown with every span that they name. */
function explainable(flows: readonly Flow[]): Flow[] {
  const traces = new Set<string>();
  const shown: Flow[] = [];
  for (const flow of flows.slice(0, EXPLAINED_FLOWS_MAX)) {
    traces.add(flow.traceId).add(flow.because.traceId);
    if (traces.size > EXPLAINED_TRACES_MAX) break;
    shown.push(flow);
  }
  return shown;
}

/** The spans that saw these flows, and those that brought the data, as far as they are still kept. */
async function spansBehind(deps: ApiDeps, c: Context<ApiEnv>, flows: readonly Flow[]): Promise<SpanSummary[]> {
  const wanted = new Set<string>();
  for (const { traceId, spanId, because } of flows) {
    if (spanId !== '') wanted.add(`${traceId}/${spanId}`);
    if (because.spanId !== '') wanted.add(`${because.traceId}/${because.spanId}`);
  }
  const traces = new Set([...wanted].map((key) => key.split('/')[0] ?? ''));
  const found: SpanSummary[] = [];
  for (const traceId of traces) {
    const { rows } = await deps.events.trace(c.var.caller.tenant.id, traceId, TRACE_SPANS_MAX);
    for (const span of rows) if (wanted.has(`${traceId}/${span.spanId}`)) found.push(spanSummary(span));
  }
  return found.sort((a, b) => (a.start < b.start ? -1 : 1));
}
