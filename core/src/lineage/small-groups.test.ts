import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ROLES } from '../access/roles.ts';
import { mayCountFew, roundedCount } from '../access/small-groups.ts';
import type { DataMap } from './data-map.ts';
import type { ExposureAnswer } from './exposure-answer.ts';
import { roundedExposure, roundedMap } from './small-groups.ts';

const SEEN = { firstSeen: '2026-03-01T10:11:12.131Z', lastSeen: '2026-03-02T20:21:22.232Z' };
const meaning = { categories: [], purposes: [] };

const mapOf = (count: number): DataMap => {
  const people = { count, exact: true };
  return {
    window: { from: null, to: null },
    nodes: [
      { id: 'agent:a/b', kind: 'agent', name: 'b', party: null, people, ...SEEN, ...meaning },
      { id: 'job:n/j', kind: 'job', name: 'j', party: null, people: null, ...SEEN, ...meaning },
    ],
    edges: [{ from: 'agent:a/b', to: 'store:x', action: 'write', count: count + 2, people, ...SEEN, ...meaning }],
    agents: [{ from: 'agent:a/b', to: 'agent:a/c', via: null, count: count + 2, people, ...meaning }],
    drawnFrom: { kinds: 2, traces: count + 2, allKinds: 2, allTraces: count + 2 },
    truncated: false,
    statement: '',
  };
};
const exposureOf = (people: number): ExposureAnswer => ({
  affected: {
    people,
    exact: true,
    atMost: people,
    candidates: people,
    byConfidence: { declared: people, ambient: 0, inferred: 0, possible: 0 },
  },
  categories: [{ category: 'user.contact', people }],
  recipients: [
    {
      party: 'p',
      node: 'recipient:p',
      country: null,
      people,
      downstream: false,
      firstDisclosed: SEEN.firstSeen,
      lastDisclosed: SEEN.lastSeen,
    },
  ],
  downstream: [{ node: 'store:x', people }],
  gaps: {
    unexplainedTraces: people,
    erasedTraces: people,
    notFollowed: people,
    partlyFollowed: people,
    searchCut: false,
    uncategorised: people,
  },
  statement: `${people} people were affected`,
});

describe('counts for whoever may not look at people one by one', () => {
  test('are those of a viewer alone: roles that work on single people see them as they are', () => {
    const rounded = Object.entries(ROLES)
      .filter(([, { scopes }]) => (scopes as readonly string[]).includes('lineage:read') && !mayCountFew(scopes))
      .map(([name]) => name);
    expect(rounded).toEqual(['viewer']);
  });

  test('say the same for every group of one to four people, in whatever answer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), (one, other) => {
        const [map, exposure] = [roundedMap(mapOf(one)), roundedExposure(exposureOf(one))];
        expect(exposure).toEqual(roundedExposure(exposureOf(other)));
        // Traces beside people may differ, in fives.
        expect(map.nodes).toEqual(roundedMap(mapOf(other)).nodes);
      }),
    );
  });

  test('tell no difference of less than five between two questions', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), (one, other) => {
        const difference = roundedCount(one) - roundedCount(other);
        expect(Math.abs(difference % 5)).toBe(0);
        expect(Math.abs(difference - (one - other))).toBeLessThan(5);
      }),
    );
    expect(JSON.stringify(roundedExposure(exposureOf(77)))).not.toContain('77');
  });

  test('leave what flows where, and put rows of few people on days', () => {
    const { nodes, edges, agents, statement, roundedTo } = roundedMap(mapOf(3));
    expect([nodes.length, edges.length, agents.length, roundedTo]).toEqual([2, 1, 1, 5]);
    expect(nodes[0]).toMatchObject({ people: { count: 0, exact: false }, firstSeen: '2026-03-01T00:00:00.000Z' });
    expect(nodes[1]).toMatchObject({ people: null, ...SEEN });
    expect(roundedMap(mapOf(7)).nodes[0]).toMatchObject({ people: { count: 5, exact: false }, ...SEEN });
    expect(statement).toContain('multiples of 5');
    expect(roundedExposure(exposureOf(3)).statement).toContain('Fewer than 5 people');
  });
});
