import { describe, expect, test } from 'vitest';
import { type LineageAnswer, LineageEdge, LineageNode } from './answer.ts';
import { directory } from './directory.ts';
import { OFFICER_NODES_MAX, officerMembers, officerView } from './officer-view.ts';
import { answerOf, type Drawn, type World, world } from './testing/world.ts';

const parties = [
  { id: 'mailco', legalName: 'Mail Co', role: 'processor', country: 'DE', hosts: ['mail.example', 'mail2.example'] },
];
const full = (from: World) => answerOf(from, { directory: directory({ parties }) }) as unknown as LineageAnswer;

const small = world({
  't/all': {
    at: [0, 10],
    self: 'agent:desk/a',
    person: 'declared',
    does: [
      'write store:postgres://db:5432/crm.public.customers',
      'write store:postgres://db:5432/crm.public.tickets',
      'share recipient:mail.example',
      'share recipient:mail2.example',
      'share recipient:other.example',
      'share model:openai/gpt-a@api.openai.com',
      'share model:openai/gpt-b@api.openai.com',
    ],
  },
});

describe('the officer’s view', () => {
  test('shows parties and systems, with the edges added up', () => {
    const { nodes, edges, residency } = officerView(full(small));
    expect(nodes.map(({ id, name }) => [id, name])).toEqual([
      ['agent:desk/a', 'desk/a'],
      ['model:openai', 'openai'],
      ['recipient:mailco', 'Mail Co'],
      ['recipient:other.example', 'other.example'],
      ['store:postgres://db:5432', 'postgres://db:5432'],
    ]);
    expect(edges.map(({ to, count, evidenceTotal }) => [to, count, evidenceTotal])).toContainEqual([
      'store:postgres://db:5432',
      2,
      2,
    ]);
    expect(residency, 'the statement stays exact').toHaveLength(2);
    for (const node of nodes) LineageNode.parse(node);
    for (const edge of edges) LineageEdge.parse(edge);
  });

  // The host of a call is the callee's: a service that fetched something from a company is not that company.
  test('leaves whoever got an answer from a company what it is', () => {
    const asking = world({
      't/call': {
        at: [0, 10],
        self: 'agent:desk/a',
        person: 'declared',
        does: ['share recipient:mail.example', 'receive recipient:mail.example'],
        recipientHost: 'api.mail.example',
      },
    });
    const { nodes } = officerView(full(asking));
    expect(nodes.map(({ id, party }) => [id, party?.id])).toEqual([
      ['agent:desk/a', undefined],
      ['recipient:mailco', 'mailco'],
    ]);
  });

  test('can say what is behind a node, for explain', () => {
    expect(officerMembers(full(small), 'recipient:mailco')).toEqual([
      'recipient:mail.example',
      'recipient:mail2.example',
    ]);
    expect(officerMembers(full(small), 'agent:desk/a')).toEqual(['agent:desk/a']);
    expect(officerMembers(full(small), 'agent:nobody')).toEqual(['agent:nobody']);
  });

  test('stays readable however large the path is, and loses no count', () => {
    const many: Record<string, Drawn> = {};
    for (let i = 0; i < 80; i++) {
      many[`t${i}/s`] = {
        at: [i, i + 1],
        self: i % 2 ? `tool:desk/t${i}` : `agent:desk/a${i}`,
        person: 'declared',
        does: [`write store:postgres://db${i}:5432/x`, `share recipient:r${i}.example`],
      };
    }
    const answer = full(world(many));
    const view = officerView(answer);
    expect(answer.nodes.length).toBeGreaterThan(200);
    expect(view.nodes.length).toBeLessThanOrEqual(OFFICER_NODES_MAX);
    const counted = (edges: readonly { count: number }[]) => edges.reduce((sum, { count }) => sum + count, 0);
    expect(counted(view.edges)).toBe(counted(answer.edges));
  });
});
