import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Asking, type MeasureOptions, measureQuestion } from './measure.ts';

const question = { group: 'middle', name: 'lineage' };

/** Counts who is asked how often, by way of the meter and straight. */
function options(sideMsMax: number): { readonly with: MeasureOptions; readonly asked: string[] } {
  const asked: string[] = [];
  const asking = (how: string): Asking => {
    const ask = (whose: string) => async (subjectId: string) => {
      asked.push(`${how} ${whose} ${subjectId}`);
      await turn();
      return 1;
    };
    return { ours: { lineage: ask('ours') }, exporter: { lineage: ask('exporter') } };
  };
  const cast = { middle: ['a', 'b', 'c'] };
  const meter = { by: (url: never) => url, take: () => [], close: async () => undefined };
  const engine = { pid: process.pid } as MeasureOptions['engine'];
  const measured = { timed: asking('timed'), metered: asking('metered'), meter, engine, cast, rounds: 2, sideMsMax };
  return { with: measured, asked };
}

test('both tables are asked about everybody, in turn, as often as wanted', async () => {
  const all = options(Number.POSITIVE_INFINITY);
  const reports = await measureQuestion(question, all.with);
  expect(reports.map(({ whose, asked }) => [whose, asked])).toEqual([
    ['ours', 6],
    ['exporter', 6],
  ]);
  expect(all.asked.slice(0, 2)).toEqual(['metered ours a', 'metered exporter a']);
});

test('a side whose time is up was asked about one person all the same, once each way', async () => {
  const slow = options(0);
  const reports = await measureQuestion(question, slow.with);
  expect(reports.map(({ asked }) => asked)).toEqual([1, 1]);
  expect(slow.asked).toEqual(['metered ours a', 'metered exporter a', 'timed ours a', 'timed exporter a']);
});
