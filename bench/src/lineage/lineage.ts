import { createApp } from '@vestige/api/app';
import { openTestApi, type TestApi } from '@vestige/api/testing/open-test-api';
import { LineageAnswer } from '@vestige/core/lineage/answer';
import { DataMap } from '@vestige/core/lineage/data-map';
import { meterReads, type ReadMeter } from '@vestige/e2e/harness/read-cost';
import { openEventStore } from '@vestige/store/events/clickhouse-event-store';
import { type BenchEngine, startBenchEngine, untilMergesRest } from '../ingest/engine.ts';
import { tokenOf } from '../people.ts';
import { allSpansOf, allTracesOf, exporterTable } from './exporter-questions.ts';
import {
  castOf,
  EXPOSED_DAY,
  EXPOSED_HOUR,
  EXPOSED_WINDOW,
  LAST_WEEK,
  loadInstallation,
  loadOurTables,
  PAYMENTS,
  peopleIn,
  SUPPORT_AGENT,
} from './installation.ts';
import { type Asking, measureQuestion } from './measure.ts';
import { lineageTable, type QuestionReport } from './report.ts';

export interface LineageOptions {
  readonly spans: number;
  readonly days: number;
  /** Questions about each person. */
  readonly rounds: number;
  /** Leaves the exporter's table out: half the loading, and nothing to compare with. */
  readonly oursOnly?: boolean;
  /** Absent: all of them. */
  readonly who?: readonly (typeof GROUPS)[number][];
}

/**
 * P5 to P7: questions about one person, and the same questions to an exporter's table on the same engine, interleaved.
 * `bench/README.md` says what each question is.
 */
export async function lineage(options: LineageOptions, say: (line: string) => void): Promise<object> {
  const engine = await startBenchEngine();
  const meter = await meterReads(engine.httpPort);
  const api = await openTestApi({ clickhouse: engine });
  try {
    const subjects = await peopleOf(api, options.spans);
    const startMs = performance.now();
    const fill = options.oursOnly === true ? loadOurTables : loadInstallation;
    await fill(engine, { ...options, tenant: api.acme.id, people: subjects }, say);
    await untilMergesRest(engine);
    say(
      `${options.spans} spans over ${options.days} days, loaded in ${Math.round((performance.now() - startMs) / 1000)} s`,
    );

    const ask = async (by: ReadMeter | null) => {
      const all = await asking(api, engine, by, say);
      return options.oursOnly === true ? { ...all, exporter: {} } : all;
    };
    const [timed, metered] = [await ask(null), await ask(meter)];
    const cast = { ...castOf(subjects), everybody: [''] };
    // The first answer after a start counts every day once; those measured are the ones after it.
    for (const { ours } of [timed, metered]) await ours.lineage?.(cast.middle[0] ?? '');
    const questions: QuestionReport[] = [];
    for (const group of options.who ?? GROUPS) {
      for (const name of group === 'everybody' ? OF_EVERYBODY : OF_ONE) {
        const asked = await measureQuestion({ group, name }, { timed, metered, meter, cast, engine, ...options });
        for (const { whose, p50Ms, asked: times } of asked) say(`${group}, ${name}, ${whose}: ${p50Ms} ms (${times})`);
        questions.push(...asked);
      }
    }
    say(`\n${lineageTable(questions)}`);
    await Promise.all([timed.close(), metered.close()]);
    return { spans: options.spans, days: options.days, questions };
  } finally {
    await api.close();
    await meter.close();
    await engine.stop();
  }
}

/** Who was affected: by a recipient that every trace tells of a person, and by an agent that every trace runs. */
const EXPOSURES = {
  exposure: { node: PAYMENTS, ...EXPOSED_WINDOW },
  'of an hour': { node: PAYMENTS, ...EXPOSED_HOUR },
  'by an agent': { node: SUPPORT_AGENT, ...EXPOSED_HOUR },
  'of a day': { node: PAYMENTS, ...EXPOSED_DAY },
};

export const GROUPS = ['heavy', 'middle', 'tail', 'everybody'] as const;
const OF_ONE = ['all touches', 'first answer', 'growing', 'lineage'];
const OF_EVERYBODY = ['map', 'coverage', ...Object.keys(EXPOSURES)];
const TAGS_MAX = 200_000;
/** What a first answer about a heavy person follows (P7). */
const FIRST_TRACES = 300;

/** @param meter null to ask the engine straight */
async function asking(
  api: TestApi,
  engine: BenchEngine,
  meter: ReadMeter | null,
  say: (line: string) => void,
): Promise<Asking & { close(): Promise<void> }> {
  const by = (role: 'api' | 'collector' | 'admin') => (meter === null ? engine.url(role) : meter.by(engine.url(role)));
  const events = openEventStore({ writeUrl: engine.url('collector'), readUrl: by('api') });
  const app = createApp({ ...api.deps, events });
  const headers = { authorization: `Bearer ${await api.bearer(api.acme)}`, 'vestige-purpose': 'benchmark' };
  const table = exporterTable(by('admin'));
  const lineageOf = async (path: string) => {
    const answer = await app.request(`/v1/subjects/${path}`, { headers });
    // Of an answer that grows, the last line is the whole of it.
    const text = (await textOf(answer)).trimEnd().split('\n').at(-1) ?? '';
    return LineageAnswer.parse(JSON.parse(text)).edges.reduce((sum, { count }) => sum + count, 0);
  };
  const affectedBy = async (question: object) => {
    const answer = await app.request('/v1/exposure', {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ ...question, purpose: 'benchmark' }),
    });
    const { affected, gaps, statement } = JSON.parse(await textOf(answer));
    if (meter === null) say(`${JSON.stringify({ ...affected, ...gaps })}\n${statement}`);
    return affected.people;
  };
  return {
    ours: {
      'all touches': async (subjectId) => {
        const query = { subjectIds: [subjectId], fromUs: null, toUs: null, limit: TAGS_MAX };
        return (await events.subjectTags(api.acme.id, query)).rows.length;
      },
      'first answer': (subjectId) => lineageOf(`${subjectId}/lineage?tracesMax=${FIRST_TRACES}`),
      growing: (subjectId) => lineageOf(`${subjectId}/lineage?format=ndjson`),
      lineage: (subjectId) => lineageOf(`${subjectId}/lineage`),
      map: async () => {
        const answer = await app.request(`/v1/map?from=${LAST_WEEK.from}&to=${LAST_WEEK.to}`, { headers });
        return DataMap.parse(JSON.parse(await textOf(answer))).edges.length;
      },
      coverage: async () => {
        const answer = await app.request(`/v1/coverage?from=${LAST_WEEK.from}&to=${LAST_WEEK.to}`, { headers });
        return JSON.parse(await textOf(answer)).total.touches;
      },
      ...Object.fromEntries(Object.entries(EXPOSURES).map(([name, question]) => [name, () => affectedBy(question)])),
    },
    exporter: {
      'all touches': (subjectId) => table.linesOf(allSpansOf(subjectId)),
      lineage: (subjectId) => table.linesOf(allTracesOf(subjectId)),
    },
    close: () => events.close(),
  };
}

async function textOf(answer: Response): Promise<string> {
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`the API answered ${answer.status}: ${text.slice(0, 300)}`);
  return text;
}

/** Everybody in an installation of that size, as the alias table knows them. */
async function peopleOf({ deps, acme }: TestApi, spans: number): Promise<string[]> {
  const tokens = Array.from({ length: peopleIn(spans) }, (_, person) => ({ token: tokenOf(person), atMs: Date.now() }));
  return deps.aliases.resolve(acme.id, tokens);
}
