import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnOf } from './columns.ts';
import { edgeId, type LineageEdge, type LineageNode, pathGraph } from './graph.ts';
import { atLeast, collapse, collapsible, nearby, searchNodes, systemOf } from './narrow.ts';

const node = (id: string, party: LineageNode['party'] = null): LineageNode => ({
  id,
  kind: id.slice(0, id.indexOf(':')) as LineageNode['kind'],
  name: id,
  party,
  firstSeen: '2026-11-01T08:00:00.000Z',
  lastSeen: '2026-11-01T09:00:00.000Z',
  categories: ['user.contact'],
  purposes: [],
});
const edge = (from: string, to: string, more: Partial<LineageEdge> = {}): LineageEdge => ({
  from,
  to,
  action: 'write',
  confidence: 'declared',
  count: 1,
  firstSeen: '2026-11-01T08:00:00.000Z',
  lastSeen: '2026-11-01T09:00:00.000Z',
  categories: [],
  purposes: [],
  evidence: [],
  evidenceTotal: 0,
  ...more,
});

const [triage, users, tickets] = [
  'agent:desk/triage',
  'store:postgres://db:5432/shop.users',
  'store:postgres://db:5432/shop.tickets',
];
const mail = 'recipient:api.mail.example';
const desk = pathGraph({
  nodes: [node(triage), node(users), node(tickets), node(mail)],
  edges: [
    edge(users, triage, { action: 'read' }),
    edge(triage, tickets, { confidence: 'inferred', count: 2 }),
    edge(triage, tickets, { action: 'delete', confidence: 'ambient', count: 3, lastSeen: '2026-11-02T09:00:00.000Z' }),
    edge(triage, mail, { action: 'share', confidence: 'possible' }),
    edge(triage, triage),
  ],
});

describe('the picture of an answer', () => {
  test('has one line for two nodes, as sure as the surest of what it adds up', () => {
    expect(desk.edges.find(({ id }) => id === edgeId(triage, tickets))).toMatchObject({
      actions: ['write', 'delete'],
      confidence: 'ambient',
      count: 5,
      lastMs: Date.parse('2026-11-02T09:00:00.000Z'),
      parts: [{ from: triage, to: tickets }],
    });
  });

  test('has no line from a node to itself', () => {
    expect(desk.edges.some(({ from, to }) => from === to)).toBe(false);
  });

  test('begins with the stores that nothing of the person was put into', () => {
    const columns = new Map(desk.nodes.map(({ id, column }) => [id, column]));
    expect(columns.get(users)).toBe('source');
    expect(columns.get(tickets)).toBe('store');
    expect(columns.get(mail)).toBe('outside');
    expect(columnOf('recipient', false)).toBe('source');
  });
});

describe('narrowing', () => {
  test('by how sure: what is less sure goes, and what only that led to', () => {
    const sure = atLeast(desk, 'ambient');
    expect(sure.edges).toHaveLength(2);
    expect(sure.nodes.map(({ id }) => id)).not.toContain(mail);
    expect(atLeast(desk, 'possible')).toBe(desk);
  });

  test('to so many steps around a node, with and against the data', () => {
    expect(nearby(desk, users, 1).nodes.map(({ id }) => id)).toEqual([triage, users]);
    expect(nearby(desk, users, 2)).toEqual(desk);
    expect(nearby(desk, users, 0).edges).toEqual([]);
  });

  test('to systems: the tables of a database become one box, and a line knows what it stands for', () => {
    const system = 'store:postgres://db:5432';
    expect(collapsible(desk)).toEqual(new Map([[system, 2]]));
    const grouped = collapse(desk, new Set([system]));
    expect(grouped.nodes.find(({ id }) => id === system)).toMatchObject({ label: 'db', members: 2, column: 'store' });
    expect(grouped.edges.find(({ id }) => id === edgeId(triage, system))?.parts).toEqual([
      { from: triage, to: tickets },
    ]);
    expect(grouped.edges.find(({ id }) => id === edgeId(system, triage))?.parts).toEqual([{ from: users, to: triage }]);
  });

  test('to companies: what belongs to one is one, whatever it is called', () => {
    const party = { id: 'm', legalName: 'Mail GmbH', role: 'processor', country: 'DE' };
    const [a, b] = pathGraph({ nodes: [node(mail, party), node('model:mail/small', party)], edges: [] }).nodes;
    expect(a && b && systemOf(a) === systemOf(b)).toBe(true);
  });

  test('loses no movement of data, however nodes are drawn as one', () => {
    const names = fc.constantFrom('a.t', 'a.u', 'b.t', 'b.u', 'c.t');
    const id = fc.tuple(names, fc.constantFrom('db', 'eb')).map(([name, host]) => `store:postgres://${host}:1/${name}`);
    fc.assert(
      fc.property(fc.array(fc.tuple(id, id, fc.integer({ min: 1, max: 9 })), { maxLength: 30 }), (flows) => {
        const ids = [...new Set(flows.flatMap(([from, to, _count]) => [from, to]))];
        const graph = pathGraph({
          nodes: ids.map((each) => node(each)),
          edges: flows.map(([from, to, count]) => edge(from, to, { count })),
        });
        const grouped = collapse(graph, new Set(collapsible(graph).keys()));
        const between = graph.edges.filter(({ from, to }) => from.slice(0, 20) !== to.slice(0, 20));
        const sum = (edges: typeof graph.edges) => edges.reduce((all, { count }) => all + count, 0);
        const hasOneOnly = ids.some(
          (each) => !ids.some((other) => other !== each && other.slice(0, 20) === each.slice(0, 20)),
        );
        if (!hasOneOnly) expect(sum(grouped.edges)).toBe(sum(between));
        expect(sum(grouped.edges)).toBeLessThanOrEqual(sum(graph.edges));
        const shown = new Set(grouped.nodes.map((each) => each.id));
        expect(grouped.edges.every(({ from, to }) => shown.has(from) && shown.has(to))).toBe(true);
      }),
    );
  });

  test('by search: every word must be there, and labels that begin with it come first', () => {
    expect(searchNodes(desk, 'DB tick', 9).map(({ id }) => id)).toEqual([tickets]);
    expect(searchNodes(desk, 't', 2)[0]?.label.startsWith('t')).toBe(true);
    expect(searchNodes(desk, '  ', 9)).toEqual([]);
  });
});
