import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LineageAnswer } from './answer.ts';
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
