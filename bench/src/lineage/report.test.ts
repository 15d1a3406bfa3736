import { expect, test } from 'vitest';
import { lineageTable, reportOf } from './report.ts';

const asked = (ms: number[]) => ({
  read: [
    { rows: 5, bytes: 50, answered: 1 },
    { rows: 1_000, bytes: 9, answered: 3 },
    { rows: 7, bytes: 70, answered: 2 },
  ],
  ms,
  serverCpuMs: [10, 0, 20],
  ownCpuMs: [1, 1, 1],
});

test('times are told by the middle and the slow end, reads by the middle person, CPU on average', () => {
  const report = reportOf({ group: 'tail', name: 'lineage', whose: 'ours' }, asked([9, 1, 2, 3, 100]));
  expect(report).toMatchObject({
    p50Ms: 3,
    p95Ms: 100,
    serverCpuMs: 10,
    ownCpuMs: 1,
    rowsRead: 7,
    bytesRead: 50,
    answered: 2,
  });
});

test('how much faster is told beside our answer, where the exporter’s table could be asked the same', () => {
  const of = (name: string, whose: string, ms: number) => reportOf({ group: 'tail', name, whose }, asked([ms]));
  const table = lineageTable([of('lineage', 'ours', 4), of('lineage', 'exporter', 18), of('first answer', 'ours', 2)]);
  expect(table.split('\n').map((line) => /[\d.]+×/.exec(line)?.[0] ?? '')).toEqual(['', '4.5×', '', '']);
});
