import { expect, test } from 'vitest';
import { selfTimes } from './cpu-profile.ts';

const frame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 9 });

test('idle time and what came before the measurement are left out', () => {
  const { functions, files } = selfTimes(
    {
      startTime: 1_000,
      nodes: [
        { id: 1, callFrame: frame('(idle)') },
        { id: 2, callFrame: frame('load', 'node:fs') },
        { id: 3, callFrame: frame('encode', 'node:zlib') },
        { id: 4, callFrame: frame('flush', 'node:zlib') },
      ],
      samples: [2, 1, 3, 4, 3],
      timeDeltas: [500, 500, 100, 300, 100],
    },
    2_000,
  );
  expect(functions.map(({ where, us }) => [where, us])).toEqual([
    ['flush node:zlib:10', 300],
    ['encode node:zlib:10', 200],
  ]);
  expect(files).toEqual([{ where: 'node:zlib', us: 500, share: 1 }]);
});
