import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Accumulated, accumulationOf } from './accumulation.ts';
import { directory } from './directory.ts';
import { randomWorld } from './testing/random-world.ts';
import { answerOf, type Drawn, world } from './testing/world.ts';

const of = (drawn: Record<string, Drawn>) => accumulationOf(answerOf(world(drawn)).flows, directory({}));

test('an agent that saw one thing here and another there knows both', () => {
  const visit = (trace: string, at: number, source: string, category: string): Record<string, Drawn> => ({
    [`${trace}/root`]: { at: [at, at + 90], kind: 'server', person: 'ambient' },
    [`${trace}/agent < root`]: { at: [at + 1, at + 80], self: 'agent:desk/triage' },
    [`${trace}/read < agent`]: { at: [at + 10, at + 20], does: [`read ${source}`], categories: [category] },
  });
  const [first] = of({
    ...visit('a', 0, 'store:crm', 'user.contact'),
    ...visit('b', 1_000, 'store:clinic', 'user.health'),
  });
  expect(first).toMatchObject({
    node: 'agent:desk/triage',
    sessions: 2,
    sources: ['service:desk', 'store:clinic', 'store:crm'],
    categories: ['user.contact', 'user.health'],
  });
});

test('who got something from a company is not that company', () => {
  const parties = [{ id: 'mailco', legalName: 'Mail Co', role: 'processor', country: 'DE', hosts: ['mail.example'] }];
  const { flows } = answerOf(
    world({
      't/a': {
        at: [0, 9],
        self: 'agent:desk/a',
        person: 'declared',
        does: ['share recipient:mail.example', 'receive recipient:mail.example'],
        recipientHost: 'mail.example',
      },
    }),
  );
  expect(accumulationOf(flows, directory({ parties })).map(({ node, party }) => [node, party?.id])).toEqual([
    ['agent:desk/a', undefined],
    ['recipient:mail.example', 'mailco'],
  ]);
});

test('neither a delete nor what the person did as an actor gives anybody anything', () => {
  expect(of({ 't/a': { at: [0, 9], person: 'declared', does: ['delete store:crm'] } })).toEqual([]);
  expect(of({ 't/a': { at: [0, 9], person: 'actor', does: ['write store:crm'] } })).toEqual([]);
});

test('of any lineage every row is well formed and every node that got something has one', () => {
  fc.assert(
    fc.property(randomWorld, (random) => {
      const { flows } = answerOf(random);
      const rows = accumulationOf(flows, directory({}));
      for (const row of rows) expect(Accumulated.parse(row)).toEqual(row);
      const got = flows.filter(({ actor, action, from, to }) => !actor && action !== 'delete' && from !== to);
      expect(new Set(rows.map(({ node }) => node))).toEqual(new Set(got.map(({ to }) => to)));
      expect(rows.reduce((sum, { received }) => sum + received, 0)).toBe(got.length);
    }),
    { numRuns: 200 },
  );
});
