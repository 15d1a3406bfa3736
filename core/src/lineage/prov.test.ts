import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LineageAnswer } from './answer.ts';
import { edgesCsv } from './csv.ts';
import { directory } from './directory.ts';
import { provOf } from './prov.ts';
import { provProblems } from './testing/prov-problems.ts';
import { randomWorld } from './testing/random-world.ts';
import { answerOf, type World, world } from './testing/world.ts';

type Records = Record<string, Record<string, unknown>>;
const REFERENCES: Record<string, 'entity' | 'activity' | 'agent'> = {
  'prov:entity': 'entity',
  'prov:generatedEntity': 'entity',
  'prov:usedEntity': 'entity',
  'prov:activity': 'activity',
  'prov:agent': 'agent',
  'prov:delegate': 'agent',
  'prov:responsible': 'agent',
  'prov:specificEntity': 'entity',
  'prov:generalEntity': 'entity',
};

function documentOf(from: World, names = directory({})) {
  const { nodes, edges, residency, recipients, flows } = answerOf(from, { directory: names });
  const answer = {
    subjectId: '00000000-0000-4000-8000-000000000001',
    nodes,
    edges,
    residency,
    recipients,
  } as unknown as LineageAnswer;
  const document = JSON.parse(JSON.stringify(provOf(answer, flows)));
  expect(provProblems(document)).toEqual([]);
  return document as Record<string, Records>;
}

test('any answer is a document of the schema whose relations name only what is in it', () => {
  fc.assert(
    fc.property(randomWorld, (random) => {
      const document = documentOf(random);
      for (const [kind, records] of Object.entries(document)) {
        if (kind === 'prefix') continue;
        for (const one of Object.values(records)) {
          for (const [key, target] of Object.entries(REFERENCES)) {
            if (one[key] !== undefined) expect(Object.keys(document[target] ?? {})).toContain(one[key]);
          }
        }
      }
    }),
    { numRuns: 200 },
  );
});

// W3C PROV-CONSTRAINTS: what makes a document mean something, beside being well-formed.
test('of any answer nothing came twice, derives from itself, or was used before it came', () => {
  fc.assert(
    fc.property(randomWorld, (random) => {
      const document = documentOf(random);
      const records = (kind: string) => Object.values(document[kind] ?? {}) as Record<string, string>[];
      const cameAt = new Map(
        records('wasGeneratedBy').map((one) => [one['prov:entity'] ?? '', one['prov:time'] ?? '']),
      );
      expect(cameAt.size, 'generated once').toBe(records('wasGeneratedBy').length);
      for (const one of records('wasGeneratedBy')) {
        const { 'prov:startTime': start, 'prov:endTime': end } =
          document['activity']?.[one['prov:activity'] ?? ''] ?? {};
        const time = Date.parse(one['prov:time'] ?? '');
        expect(time).toBeGreaterThanOrEqual(Date.parse(String(start)));
        expect(time).toBeLessThanOrEqual(Date.parse(String(end)));
      }
      for (const one of records('used')) {
        const came = cameAt.get(one['prov:entity'] ?? '');
        const end = document['activity']?.[one['prov:activity'] ?? '']?.['prov:endTime'];
        if (came !== undefined) expect(Date.parse(came)).toBeLessThanOrEqual(Date.parse(String(end)));
      }
      const derived = new Map<string, string>();
      // Records are written in time order: what derives from an entity is written after what it derives from.
      for (const one of records('wasDerivedFrom')) {
        const from = one['prov:usedEntity'] ?? '';
        expect(derived.has(from) || !cameAt.has(from), 'derived in order').toBe(true);
        expect(derived.has(one['prov:generatedEntity'] ?? '')).toBe(false);
        derived.set(one['prov:generatedEntity'] ?? '', from);
      }
    }),
    { numRuns: 200 },
  );
});

test('of any answer JSON, CSV and PROV tell the same edges, as often', () => {
  fc.assert(
    fc.property(randomWorld, (random) => {
      const { edges } = answerOf(random);
      const told = edges.map(({ from, to, action, count }) => [from, to, action, count]);
      const [, ...lines] = edgesCsv(edges).trimEnd().split('\r\n');
      expect(lines.map((line) => line.split(','))).toMatchObject(
        told.map(([from, to, action, count]) => ({ 0: from, 1: to, 2: action, 5: String(count) })),
      );
      const document = documentOf(random);
      const labelOf = (id: unknown) => document['entity']?.[String(id)]?.['prov:label'];
      const moved = Object.values(document['wasDerivedFrom'] ?? {}).map((one) =>
        [labelOf(one['prov:usedEntity']), labelOf(one['prov:generatedEntity']), one['v:action']].join(' '),
      );
      const counts = [...Map.groupBy(moved, (edge) => edge)].map(([edge, each]) => `${edge} ${each.length}`);
      const perEdge = Map.groupBy(
        edges.filter(({ action }) => action !== 'delete'),
        ({ from, to, action }) => [from, to, action].join(' '),
      );
      const expected = [...perEdge].map(([edge, each]) => `${edge} ${each.reduce((sum, { count }) => sum + count, 0)}`);
      expect(counts.toSorted()).toEqual(expected.toSorted());
    }),
    { numRuns: 200 },
  );
});

test('a write is an activity that used the data of its holder and generated that of the store', () => {
  const parties = [{ id: 'mail co', legalName: 'Mail Co', role: 'processor', country: 'DE', hosts: ['mail.example'] }];
  const w = world({
    't/put': {
      at: [0, 10],
      self: 'agent:desk/a',
      person: 'declared',
      does: ['write store:crm', 'share recipient:mail.example'],
      categories: ['user.contact.email'],
    },
  });
  const document = documentOf(w, directory({ parties }));
  expect(Object.values(document['wasDerivedFrom'] ?? {})).toHaveLength(2);
  expect(Object.values(document['agent'] ?? {}).map((agent) => agent['prov:label'])).toEqual([
    'agent:desk/a',
    'recipient:mail.example',
    'Mail Co',
  ]);
  expect(Object.values(document['actedOnBehalfOf'] ?? {})).toHaveLength(1);
  expect(Object.values(document['specializationOf'] ?? {})).toHaveLength(2);
  expect(document).not.toHaveProperty('wasEndedBy');
});

test.each([
  ['a relation of another name', (document: Record<string, Records>) => ({ ...document, wasEndedBy: {} })],
  ['a use without its entity', (document: Record<string, Records>) => ({ ...document, used: { '_:x': {} } })],
  [
    'a time that is none',
    (document: Record<string, Records>) => ({
      ...document,
      wasGeneratedBy: { '_:x': { 'prov:entity': 'v:data0', 'prov:time': 'yesterday' } },
    }),
  ],
])('the validator notices %s', (_title, broken) => {
  const document = documentOf(world({ 't/put': { at: [0, 10], person: 'declared', does: ['write store:crm'] } }));
  expect(provProblems(broken(document))).not.toEqual([]);
});
