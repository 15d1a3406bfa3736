import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { LineageAnswer } from './answer.ts';
import { directory } from './directory.ts';
import { provOf } from './prov.ts';
import { randomWorld } from './testing/random-world.ts';
import { answerOf, type World, world } from './testing/world.ts';

/**
 * The structure of the Submission's JSON schema: which maps there are, which attributes a record must and may have;
 * attributes of other namespaces are free, nothing else is allowed.
 */
const name = z.string().regex(/^(_|[a-z]+):[\w.-]+$/);
const literal = z.union([z.string(), z.number(), z.boolean(), z.strictObject({ $: z.string(), type: z.string() })]);
const value = z.union([literal, z.array(literal)]);
const record = (required: readonly string[], optional: readonly string[] = []) =>
  z.record(z.string(), value).refine((given) => {
    const own = Object.keys(given).filter((key) => key.startsWith('prov:'));
    const allowed = new Set([
      ...required,
      ...optional,
      'prov:type',
      'prov:label',
      'prov:location',
      'prov:role',
      'prov:value',
    ]);
    return required.every((key) => own.includes(key)) && own.every((key) => allowed.has(key));
  });
const map = (of: z.ZodType) => z.record(name, of).optional();
const ProvJson = z.strictObject({
  prefix: z.record(z.string(), z.string()),
  entity: map(record([])),
  activity: map(record([], ['prov:startTime', 'prov:endTime'])),
  agent: map(record([])),
  used: map(record(['prov:activity'], ['prov:entity', 'prov:time'])),
  wasGeneratedBy: map(record(['prov:entity'], ['prov:activity', 'prov:time'])),
  wasAssociatedWith: map(record(['prov:activity'], ['prov:agent', 'prov:plan'])),
  wasAttributedTo: map(record(['prov:entity', 'prov:agent'])),
  actedOnBehalfOf: map(record(['prov:delegate', 'prov:responsible'], ['prov:activity'])),
  wasDerivedFrom: map(
    record(['prov:generatedEntity', 'prov:usedEntity'], ['prov:activity', 'prov:generation', 'prov:usage']),
  ),
});
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
  return ProvJson.parse(JSON.parse(JSON.stringify(provOf(answer, flows))));
}

test('any answer is a document of the schema whose relations name only what is in it', () => {
  fc.assert(
    fc.property(randomWorld, (random) => {
      const document = documentOf(random);
      for (const [kind, records] of Object.entries(document)) {
        if (kind === 'prefix') continue;
        for (const one of Object.values(records as Record<string, Record<string, unknown>>)) {
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
  expect(Object.values(document.wasDerivedFrom ?? {})).toHaveLength(2);
  expect(
    Object.values((document.agent ?? {}) as Record<string, Record<string, unknown>>).map(
      (agent) => agent['prov:label'],
    ),
  ).toEqual(['agent:desk/a', 'recipient:mail.example', 'Mail Co']);
  expect(Object.values(document.actedOnBehalfOf ?? {})).toHaveLength(1);
  expect(document).not.toHaveProperty('wasEndedBy');
});
