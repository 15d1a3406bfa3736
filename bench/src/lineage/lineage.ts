import { createApp } from '@vestige/api/app';
import { openTestApi, type TestApi } from '@vestige/api/testing/open-test-api';
import { LineageAnswer } from '@vestige/core/lineage/answer';
import { bytesRead, meterReads, type ReadMeter, rowsRead } from '@vestige/e2e/harness/read-cost';
import { openEventStore } from '@vestige/store/events/clickhouse-event-store';
import { type BenchEngine, startBenchEngine, untilMergesRest } from '../ingest/engine.ts';
import { tokenOf } from '../people.ts';
import { allSpansOf, allTracesOf, exporterTable } from './exporter-questions.ts';
import { CAST_SIZE, type Cast, castOf, loadInstallation } from './installation.ts';
import { lineageTable, type QuestionReport, reportOf } from './report.ts';

export interface LineageOptions {
  readonly spans: number;
  readonly days: number;
  /** Questions about each person. */
  readonly rounds: number;
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
    const subjects = await peopleOf(api);
    const startMs = performance.now();
    await loadInstallation(engine, { ...options, tenant: api.acme.id, cast: subjects }, say);
    await untilMergesRest(engine);
    say(
      `${options.spans} spans over ${options.days} days, loaded in ${Math.round((performance.now() - startMs) / 1000)} s`,
    );

    const [timed, metered] = [await asking(api, engine, null), await asking(api, engine, meter)];
    const questions = await measure(timed, metered, meter, castOf(subjects), options.rounds, say);
    say(`\n${lineageTable(questions)}`);
    await Promise.all([timed.close(), metered.close()]);
    return { spans: options.spans, days: options.days, questions };
  } finally {
    await api.close();
    await meter.close();
    await engine.stop();
  }
}

type Group = keyof Cast;
/** Each question by name; the answer is how many rows, spans or edges came, so that nobody measures an empty answer. */
type Questions = Readonly<Record<string, (subjectId: string) => Promise<number>>>;

interface Asking {
  readonly ours: Questions;
  readonly exporter: Questions;
  close(): Promise<void>;
}

const TAGS_MAX = 200_000;

/** @param meter null to ask the engine straight */
async function asking(api: TestApi, engine: BenchEngine, meter: ReadMeter | null): Promise<Asking> {
  const by = (role: 'api' | 'collector' | 'admin') => (meter === null ? engine.url(role) : meter.by(engine.url(role)));
  const events = openEventStore({ writeUrl: engine.url('collector'), readUrl: by('api') });
  const app = createApp({ ...api.deps, events });
  const headers = { authorization: `Bearer ${await api.bearer(api.acme)}`, 'vestige-purpose': 'benchmark' };
  const table = exporterTable(by('admin'));
  return {
    ours: {
      'all touches': async (subjectId) => {
        const query = { subjectIds: [subjectId], fromUs: null, toUs: null, limit: TAGS_MAX };
        return (await events.subjectTags(api.acme.id, query)).rows.length;
      },
      lineage: async (subjectId) => {
        const answer = await app.request(`/v1/subjects/${subjectId}/lineage`, { headers });
        const text = await answer.text();
        if (answer.status !== 200) throw new Error(`the API answered ${answer.status}: ${text.slice(0, 300)}`);
        return LineageAnswer.parse(JSON.parse(text)).edges.length;
      },
    },
    exporter: {
      'all touches': (subjectId) => table.linesOf(allSpansOf(subjectId)),
      lineage: (subjectId) => table.linesOf(allTracesOf(subjectId)),
    },
    close: () => events.close(),
  };
}

/** Nobody warms the caches for somebody else: who comes first changes from round to round. */
async function measure(
  timed: Asking,
  metered: Asking,
  meter: ReadMeter,
  cast: Cast,
  rounds: number,
  say: (line: string) => void,
): Promise<QuestionReport[]> {
  const reports: QuestionReport[] = [];
  for (const group of Object.keys(cast) as Group[]) {
    for (const name of Object.keys(timed.ours)) {
      for (const whose of ['ours', 'exporter'] as const) {
        const ask = timed[whose][name];
        const askMetered = metered[whose][name];
        if (ask === undefined || askMetered === undefined) continue;
        const [read, msTaken] = [[] as { rows: number; bytes: number; answered: number }[], [] as number[]];
        for (const subjectId of cast[group]) {
          meter.take();
          const answered = await askMetered(subjectId);
          const costs = meter.take();
          read.push({ rows: rowsRead(costs), bytes: bytesRead(costs), answered });
          if (subjectId === cast[group][0]) {
            say(
              `${group} ${name} ${whose}: ${costs.map(({ statement, rows }) => `${statement || 'exporter'} ${rows}`).join(', ')}`,
            );
          }
        }
        for (let round = 0; round < rounds; round++) {
          for (const subjectId of cast[group]) {
            const startMs = performance.now();
            await ask(subjectId);
            msTaken.push(performance.now() - startMs);
          }
        }
        reports.push(reportOf({ group, name, whose }, read, msTaken));
      }
    }
  }
  return reports;
}

/** The people of the cast, as the alias table knows them. */
async function peopleOf({ deps, acme }: TestApi): Promise<string[]> {
  const tokens = Array.from({ length: CAST_SIZE }, (_, person) => ({ token: tokenOf(person), atMs: Date.now() }));
  return deps.aliases.resolve(acme.id, tokens);
}
