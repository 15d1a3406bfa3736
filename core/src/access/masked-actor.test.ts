import { expect, test } from 'vitest';
import { maskedActor } from './masked-actor.ts';

test('a look is told by role, and names neither key nor person', () => {
  const roleOf = new Map([
    ['a', 'dsr_agent'],
    ['b', null],
  ] as const);
  expect(
    ['key:a', 'key:b', 'key:gone', 'system:workflow', 'worker:w-1'].map((actor) => maskedActor(actor, roleOf)),
  ).toEqual(['dsr_agent', 'staff', 'staff', 'system', 'system']);
});
