import { expect, test } from 'vitest';
import { timesOf } from './cpu-profile.ts';

const frame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 9 });

test('idle time and what came before the measurement are left out', () => {
  const { own, whole, files } = timesOf(
    {
      startTime: 1_000,
      nodes: [
        { id: 1, callFrame: frame('(idle)') },
        { id: 2, callFrame: frame('load', 'node:fs') },
        { id: 3, callFrame: frame('encode', 'node:zlib'), children: [4] },
        { id: 4, callFrame: frame('flush', 'node:zlib') },
      ],
      samples: [2, 1, 3, 4, 3],
      timeDeltas: [500, 500, 100, 300, 100],
    },
    2_000,
  );
  expect(own.map(({ where, us }) => [where, us])).toEqual([
    ['flush node:zlib:10', 300],
    ['encode node:zlib:10', 200],
  ]);
  expect(whole.map(({ where, us }) => [where, us])).toEqual([
    ['encode node:zlib:10', 500],
    ['flush node:zlib:10', 300],
  ]);
  expect(files).toEqual([{ where: 'node:zlib', us: 500, share: 1 }]);
});
