import { expect, test } from 'vitest';
import { satisfies } from './version-range.ts';

test.each([
  ['6.49.0', '>=4.19.0 <7', true],
  ['7.57.0', '>=4.19.0 <7', false],
  ['8.11.0', '>=8.0.3 <9', true],
  ['2.0.1', '^1.0.0 || ^2.0.0', true],
  ['3.0.0', '^1.0.0 || ^2.0.0', false],
  ['0.2.9', '^0.2.3', true],
  ['0.3.0', '^0.2.3', false],
  ['1.2.9', '~1.2', true],
  ['1.3.0', '~1.2', false],
  ['5.4.3', '5.x', true],
  ['5.4.3', '*', true],
  ['4.0.0', '>=2 <=4', true],
  ['4.1.0', '1.0.0 - 4.0.5', false],
  ['3.0.0-beta.1', '>=3', true],
  ['1.0.0', '>=3.3.0 <4.0.0 || 1.0.0', true],
  ['1.0.0', 'latest', null],
])('%s in %s: %s', (version, range, answer) => expect(satisfies(version, range)).toBe(answer));
